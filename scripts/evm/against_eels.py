"""The same cases on the Ethereum execution specification (EELS, in Python): what it did, and where that differs from ours.

EELS is the specification itself, so the comparison covers forks that revm 8 does not know."""

import functools
import importlib
import sys

from ethereum.crypto.hash import keccak256
from ethereum.exceptions import EthereumException
from ethereum_types.bytes import Bytes, Bytes0, Bytes20, Bytes32
from ethereum_types.numeric import U64, U256, Uint
from addresses import BENEFICIARY

NAME = "the specification"
BLOCK_NUMBER = 300
HASHES = [keccak256(str(number).encode()) for number in range(BLOCK_NUMBER - 256, BLOCK_NUMBER)]
sys.setrecursionlimit(100_000)  # a frame of the machine takes several of Python's


class Fork:
    """The modules of one fork."""

    def __init__(self, name):
        def module(path):
            return importlib.import_module(f"ethereum.forks.{name}.{path}")

        self.state, self.vm, self.interpreter = module("state"), module("vm"), module("vm.interpreter")
        # Half of the time would go into these: the same codes come again and again, and nobody reads a trace.
        self.interpreter.get_valid_jump_destinations = functools.lru_cache(4096)(self.interpreter.get_valid_jump_destinations)
        self.interpreter.evm_trace = module("vm.gas").evm_trace = lambda *_: None
        self.transactions, self.types, self.message = module("transactions"), module("fork_types"), module("utils.message")


FORKS = {}
undecided = 0  # cases in which the specification's own arithmetic gave up


def fork_named(name):
    if name not in FORKS:
        FORKS[name] = Fork(name.lower())
    return FORKS[name]


def world(case, fork):
    state = fork.state.State()
    for address, account in case.accounts.items():
        name = Bytes20(address)
        fork.state.set_account(state, name, fork.types.Account(Uint(account.nonce), U256(account.balance), Bytes(account.code)))
        for slot, value in account.storage.items():
            fork.state.set_storage(state, name, Bytes32(slot.to_bytes(32, "big")), U256(value))
    return state


def transaction(case, fork):
    entries = tuple(
        fork.transactions.Access(Bytes20(address), tuple(Bytes32(slot.to_bytes(32, "big")) for slot in slots)) for address, slots in case.access)
    return fork.transactions.AccessListTransaction(
        U64(1), U256(case.accounts[case.caller].nonce), Uint(0), Uint(case.gas), Bytes0(b"") if case.to is None else Bytes20(case.to),
        U256(case.value), Bytes(case.data), entries, U256(0), U256(0), U256(0))


def execute(case):
    """Output, gas used, error and state; None where the transaction is refused. As in our driver no fees are charged, and only
    creations raise the sender's nonce."""
    fork = fork_named(case.fork)
    state, signed = world(case, fork), transaction(case, fork)
    try:
        intrinsic, floor = fork.transactions.validate_transaction(signed)
    except EthereumException:
        return None
    block = fork.vm.BlockEnvironment(
        chain_id=U64(1), state=state, block_gas_limit=Uint(30_000_000), block_hashes=HASHES, coinbase=Bytes20(BENEFICIARY),
        number=Uint(BLOCK_NUMBER), base_fee_per_gas=Uint(0), time=U256(1000), prev_randao=Bytes32((0x77).to_bytes(32, "big")),
        excess_blob_gas=U64(0), parent_beacon_block_root=Bytes32(bytes(32)))
    caller = Bytes20(case.caller)
    if case.to is None:
        fork.state.increment_nonce(state, caller)
    environment = fork.vm.TransactionEnvironment(
        origin=caller, gas_price=Uint(0 if case.to is None else 10), gas=signed.gas - intrinsic,
        access_list_addresses={block.coinbase} | {entry.account for entry in signed.access_list},
        access_list_storage_keys={(entry.account, slot) for entry in signed.access_list for slot in entry.slots},
        transient_storage=fork.state.TransientStorage(), blob_versioned_hashes=(), authorizations=(), index_in_block=Uint(0), tx_hash=None)
    output = fork.interpreter.process_message_call(fork.message.prepare_message(block, environment, signed))
    used = signed.gas - output.gas_left
    used = max(used - min(used // Uint(5), Uint(output.refund_counter)), floor)
    for address in output.accounts_to_delete:
        fork.state.destroy_account(state, address)
    return output, int(used), state


def differences(case, ours):
    """Human-readable differences between our result and the specification's; empty where they agree."""
    global undecided
    try:
        theirs = execute(case)
    except OverflowError:  # before Osaka its MODEXP adds to lengths near 2^256
        undecided += 1
        return []
    if theirs is None or ours.status == 3:
        return [] if theirs is None and ours.status == 3 else [f"{'we refuse' if ours.status == 3 else NAME + ' refuses'}, not the other"]
    output, gas, state = theirs
    status = 0 if output.error is None else 1 if type(output.error).__name__ == "Revert" else 2
    if status != ours.status:
        return [f"status {ours.status} (fault {ours.fault}), {NAME} {status} {output.error!r}"]
    found = []
    if gas != ours.gas:
        found.append(f"gas {ours.gas}, {NAME} {gas}")
    if status < 2 and case.to is not None and bytes(output.return_data) != ours.output:
        found.append(f"output {ours.output.hex()}, {NAME} {bytes(output.return_data).hex()}")
    logs = [(bytes(log.address), [bytes(topic) for topic in log.topics], bytes(log.data)) for log in output.logs]
    if status == 0 and logs != ours.logs:
        found.append(f"logs {ours.logs}, {NAME} {logs}")
    return found + state_differences(case, ours, state)


def state_differences(case, ours, state):
    mine = {address: (account.balance, account.nonce, account.code, account.storage) for address, account in case.accounts.items()}
    for address, changed in ours.accounts.items():
        if changed is None:
            mine.pop(address, None)
            continue
        balance, nonce, code, slots = changed
        _, _, old_code, old_slots = mine.get(address, (0, 0, b"", {}))
        mine[address] = (balance, nonce, code or old_code, old_slots | slots)
    mine = {address: (*fields, {slot: value for slot, value in slots.items() if value}) for address, (*fields, slots) in mine.items()}
    theirs = {}
    for address, account in state._main_trie._data.items():
        storage = state._storage_tries.get(address)
        slots = {int.from_bytes(slot, "big"): int(value) for slot, value in storage._data.items()} if storage else {}
        theirs[bytes(address)] = (int(account.balance), int(account.nonce), bytes(account.code), slots)
    return [f"{address.hex()} is {mine.get(address)}, {NAME} {theirs.get(address)}"
            for address in sorted(mine.keys() | theirs.keys()) if mine.get(address) != theirs.get(address)]
