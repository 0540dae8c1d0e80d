"""The same cases on revm, through pyrevm: what it did, and where that differs from ours."""

import re

import pyrevm
from addresses import BENEFICIARY, SLOTS

BLOCK = dict(number=300, coinbase="0x" + BENEFICIARY.hex(), timestamp=1000, prevrandao=(0x77).to_bytes(32, "big"), basefee=0,
             gas_limit=30_000_000, excess_blob_gas=0)


def text(address):
    return "0x" + address.hex()


def machine(case, gas_limit=30_000_000):
    env = pyrevm.Env(block=pyrevm.BlockEnv(**BLOCK), cfg=pyrevm.CfgEnv(chain_id=1))
    evm = pyrevm.EVM(spec_id=case.fork.upper(), env=env, gas_limit=gas_limit)
    for address, account in case.accounts.items():
        name = text(address)
        evm.insert_account_info(name, pyrevm.AccountInfo(nonce=account.nonce, balance=account.balance, code=account.code))
        for slot, value in account.storage.items():
            checkpoint = evm.snapshot()
            evm.insert_account_storage(name, slot, value)
            evm.revert(checkpoint)  # else the slot is warm, and the next one is lost
    # Fees are charged by neither.
    evm.set_tx_env(pyrevm.TxEnv(gas_price=10, nonce=case.accounts[case.caller].nonce, access_list=[(text(a), s) for a, s in case.access]))
    return evm


def differences(case, ours):
    """Human-readable differences between our result and revm's; empty where they agree."""
    evm = machine(case)
    output, error = b"", ""
    try:
        if case.to is None:
            output = evm.deploy(text(case.caller), case.data, value=case.value, gas=case.gas)
        else:
            output = evm.message_call(text(case.caller), text(case.to), calldata=case.data, value=case.value, gas=case.gas, gas_price=10)
    except Exception as problem:
        error = str(problem)
    if error and not error.startswith(("Revert", "Halt")):
        return [] if ours.status == 3 else [f"revm refuses: {error}, we have {ours.status}"]
    if ours.status == 3:
        return [f"we refuse, revm: {error or 'success'}"]
    found = []
    status = 0 if not error else 1 if error.startswith("Revert") else 2
    if status != ours.status:
        return [f"status {ours.status} (fault {ours.fault}), revm {status} {error}"]
    gas = evm.result.gas_used if status < 2 or evm.result else 0
    if status:
        gas = int(re.search(r"gas_used: (\d+)", error).group(1))
    if gas != ours.gas:
        found.append(f"gas {ours.gas}, revm {gas}")
    if status == 1:
        output = bytes.fromhex(re.search(r"output: 0x([0-9a-f]*)", error).group(1))
    if status < 2 and case.to is not None and bytes(output) != ours.output:
        found.append(f"output {ours.output.hex()}, revm {bytes(output).hex()}")
    if status == 0:
        logs = [(bytes.fromhex(log.address[2:]), [bytes.fromhex(topic[2:]) for topic in log.topics], log.data[1]) for log in evm.result.logs]
        if logs != ours.logs:
            found.append(f"logs {ours.logs}, revm {logs}")
    return found + state_differences(case, ours, evm)


def state_differences(case, ours, evm):
    found = []
    theirs = {bytes.fromhex(name[2:]): info for name, info in evm.journal_state.items()}
    for address in theirs.keys() | ours.accounts.keys() | case.accounts.keys():
        before = case.accounts.get(address)
        base = (before.balance, before.nonce, b"", {}) if before else (0, 0, b"", {})
        mine = ours.accounts.get(address, base)
        info = theirs.get(address)
        name = text(address)
        if mine is None:  # revm keeps what was destroyed until the end of the transaction, without balance
            if info is not None and info.balance != 0:
                found.append(f"{name} is deleted, revm: balance {info.balance}")
            continue
        balance, nonce, code, slots = mine
        if info is not None:
            if (balance, nonce) != (info.balance, info.nonce):
                found.append(f"{name} balance {balance} nonce {nonce}, revm {info.balance} {info.nonce}")
            code = code or (before.code if before else b"")
            found += code_difference(name, code, info.code or b"")
        elif (balance, nonce) != base[:2]:
            found.append(f"{name} balance {balance} nonce {nonce}, revm never touched it")
        known = before.storage if before else {}
        for slot in set(SLOTS) | slots.keys() | known.keys():
            value = evm.storage(name, slot) if info is not None else known.get(slot, 0)
            if value == 0 and slot not in slots:
                continue  # pyrevm gives zero for what the program did not load
            if value != slots.get(slot, known.get(slot, 0)):
                found.append(f"{name} slot {slot:#x} is {slots.get(slot, known.get(slot, 0)):#x}, revm {value:#x}")
    return found


def code_difference(name, code, theirs):
    """revm gives analysed code with zeros at its end."""
    if theirs[:len(code)] == code and not any(theirs[len(code):]) and len(theirs) - len(code) <= 34:
        return []
    return [f"{name} code {code.hex()}, revm {theirs.hex()}"]
