"""Ours and revm on the programs of evm-benchmarks and on 40,000 ERC-20 transfers: best of many, interleaved.

Both machines keep one state and run the same message again and again. A call through pyrevm includes what Python adds: the first
row, an empty program, shows how much, and nothing is subtracted from the others."""

import argparse
import json
import math
import os
import sys
import time

from against_revm import machine, text
from driver import ROOT, Account, Case, Driver
from addresses import CALLER, CONTRACTS

GAS = 2_000_000_000


def vectors():
    return os.environ.get("QUSTREAM_VECTORS", os.path.join(os.path.dirname(ROOT), "shared/vectors"))


def number(text):
    return int(text, 16)


def case(to, accounts, data=b""):
    return Case(CALLER, to, GAS, {CALLER: Account(10**18, 1)} | accounts, data=data, repetitions=1)


def published():
    for folder in ("main", "micro"):
        path = os.path.join(vectors(), "evm/evm-benchmarks", folder)
        for name in sorted(os.listdir(path)):
            with open(os.path.join(path, name)) as file:
                (title, test), = json.load(file).items()
            accounts = {bytes.fromhex(key[2:]): Account(number(value["balance"]), number(value["nonce"]), bytes.fromhex(value["code"][2:]))
                        for key, value in test["pre"].items()}
            to = bytes.fromhex(test["transaction"]["to"][2:])
            labels = test["_info"].get("labels", {})
            for index, data in enumerate(test["transaction"]["data"]):
                yield f"{title} {labels.get(str(index), index)}", case(to, {to: accounts[to]}, bytes.fromhex(data[2:]))


def transfers():
    token, loop = CONTRACTS[:2]
    codes = []
    for name in ("token", "transfers"):
        with open(os.path.join(ROOT, f"Benchmarks/EVM/{name}.hex")) as file:
            codes.append(bytes.fromhex(file.read().strip()[2:]))
    data = bytes.fromhex("381fd190") + token.rjust(32, b"\0") + (40_000).to_bytes(32, "big")
    return case(loop, {token: Account(0, 1, codes[0]), loop: Account(0, 1, codes[1])}, data)


def revm(one, repetitions, evm):
    best = math.inf
    caller, to = text(one.caller), text(one.to)
    for _ in range(repetitions):
        start = time.perf_counter_ns()
        evm.message_call(caller, to, calldata=one.data, gas=one.gas)
        best = min(best, time.perf_counter_ns() - start)
    return best, evm.result.gas_used


def measure(one, driver, seconds):
    """Best nanoseconds of both, in rounds that take turns."""
    evm = machine(one, gas_limit=GAS)
    ours, (theirs, gas) = math.inf, revm(one, 1, evm)
    one.repetitions = max(1, min(5_000, int(2e7 / theirs)))
    end = time.monotonic() + seconds
    rounds = 0
    while rounds < 3 or time.monotonic() < end:
        status, used, best = driver.benchmark(one)
        if status or (rounds == 0 and used != gas):
            raise RuntimeError(f"status {status}, gas {used}, revm {gas}")
        ours = min(ours, best)
        theirs = min(theirs, revm(one, one.repetitions, evm)[0])
        rounds += 1
    return ours, theirs, gas


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="for each program")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    driver = Driver()
    programs = [("empty program", case(CONTRACTS[0], {CONTRACTS[0]: Account(0, 1, b"\0")})), *published(), ("40,000 ERC-20 transfers", transfers())]
    print(f"load average {os.getloadavg()[0]:.1f}\n\n| Program | Ours, µs | revm 8, µs | Ratio | Mgas/s |\n|---|---|---|---|---|")
    ratios = []
    for name, one in programs:
        if options.only not in name:
            continue
        ours, theirs, gas = measure(one, driver, options.seconds)
        if name != "empty program":
            ratios.append(ours / theirs)
        print(f"| {name} | {ours / 1e3:.1f} | {theirs / 1e3:.1f} | {ours / theirs:.2f} | {(gas - 21_000) / ours * 1e3:.0f} |", flush=True)
    if ratios:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        print(f"\ngeometric mean {mean:.2f}, slowest {max(ratios):.2f}, of {len(ratios)} (without the empty program)")


main()
