"""Differential fuzzing: the same random programs on our EVM and on another. Prints the seed; the same seed repeats the run."""

import argparse
import importlib
import random
import sys
import time
from collections import Counter
from dataclasses import replace

from driver import Driver
from programs import cases

ENDINGS = ["success", "revert", "", "refused"]
# In the order of `Fault`.
FAULTS = ["revert", "out of gas", "stack underflow", "stack overflow", "undefined instruction", "invalid jump", "write in static call",
          "return data out of bounds", "code too long", "init code too long", "forbidden code", "address occupied", "nonce exhausted",
          "balance too small", "call too deep", "precompile"]


def describe(case, found):
    target = "creation" if case.to is None else case.to.hex()
    lines = [f"DIFFERENT: {'; '.join(found)}", f"  to {target} gas {case.gas} value {case.value} data {case.data.hex()} fork {case.fork}"]
    lines += [f"  access {address.hex()} {slots}" for address, slots in case.access]
    for address, account in case.accounts.items():
        lines.append(f"  {address.hex()} balance {account.balance} nonce {account.nonce} code {account.code.hex()} storage {account.storage}")
    return "\n".join(lines)


def smaller(case):
    """Cases a step simpler: fewer extras, an account less, a piece of code gone."""
    for change in ({"value": 0}, {"data": b""}, {"access": []}):
        if any(getattr(case, name) != value for name, value in change.items()):
            yield replace(case, **change)
    for address, account in case.accounts.items():
        others = {name: other for name, other in case.accounts.items() if name != address}
        if address not in (case.caller, case.to):
            yield replace(case, accounts=others)
        for slot in account.storage:
            storage = {key: value for key, value in account.storage.items() if key != slot}
            yield replace(case, accounts=case.accounts | {address: replace(account, storage=storage)})
        width = len(account.code) // 2
        while width:
            for at in range(0, len(account.code), width):
                for filler in (b"", b"\x5b" * width):
                    code = account.code[:at] + filler + account.code[at + width:]
                    if code and code != account.code:
                        yield replace(case, accounts=case.accounts | {address: replace(account, code=code)})
            width //= 2


def minimised(case, driver, differences):
    """Takes any simplification that keeps a difference, until none does."""
    shrinking = True
    while shrinking:
        shrinking = False
        for simpler in smaller(case):
            if differences(simpler, driver.run([simpler])[0]):
                case, shrinking = simpler, True
                break
    return case, differences(case, driver.run([case])[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fork", choices=("cancun", "prague", "osaka"), default="cancun", help="Cancun on revm, the others on the specification")
    parser.add_argument("--show", type=int, default=5, help="differences to print before stopping")
    options = parser.parse_args()
    fork = options.fork.capitalize()
    other = importlib.import_module("against_revm" if fork == "Cancun" else "against_eels")
    differences = other.differences
    source, driver = random.Random(options.seed), Driver()
    done, shown, faults, start = 0, 0, Counter(), time.time()
    print(f"seed {options.seed}, {options.cases} cases on {fork}", flush=True)
    while done < options.cases and shown < options.show:
        batch = []
        while len(batch) < min(256, options.cases - done):
            batch += cases(source, fork)
        for case, ours in zip(batch, driver.run(batch)):
            found = differences(case, ours)
            faults[ENDINGS[ours.status] if ours.status != 2 else FAULTS[ours.fault]] += 1
            if found and shown < options.show:
                shown += 1
                print(describe(*minimised(case, driver, differences)), flush=True)
        done += len(batch)
    seconds = time.time() - start
    endings = ", ".join(f"{name} {count}" for name, count in faults.most_common())
    print(f"{done} cases of {fork} in {seconds:.0f} s: {endings}; {shown} different, {getattr(other, 'undecided', 0)} undecided")
    sys.exit(1 if shown else 0)


main()
