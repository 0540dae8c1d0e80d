"""Speaks with the EVMDriver process: batches of cases there, batches of results back."""

import os
import struct
import subprocess
from dataclasses import dataclass, field

FORKS = {"Cancun": 12, "Prague": 13, "Osaka": 14}
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@dataclass
class Account:
    balance: int = 0
    nonce: int = 0
    code: bytes = b""
    storage: dict = field(default_factory=dict)


@dataclass
class Case:
    """One message on a small state. `to` is None for a creation. Addresses are 20 bytes."""

    caller: bytes
    to: bytes
    gas: int
    accounts: dict
    value: int = 0
    data: bytes = b""
    access: list = field(default_factory=list)
    fork: str = "Cancun"
    repetitions: int = 0

    def encode(self):
        word = lambda number: number.to_bytes(32, "big")
        out = [
            struct.pack(">BBQ", 1 if self.repetitions else 0, FORKS[self.fork], self.gas), self.caller,
            b"\1" + bytes(20) if self.to is None else b"\0" + self.to,
            word(self.value), struct.pack(">I", len(self.data)), self.data, bytes([len(self.access)]),
        ]
        for address, slots in self.access:
            out += [address, bytes([len(slots)])] + [word(slot) for slot in slots]
        out.append(bytes([len(self.accounts)]))
        for address, account in self.accounts.items():
            out += [address, word(account.balance), struct.pack(">QI", account.nonce, len(account.code)), account.code]
            out.append(bytes([len(account.storage)]))
            for slot, value in account.storage.items():
                out += [word(slot), word(value)]
        out.append(struct.pack(">I", self.repetitions))
        return b"".join(out)


@dataclass
class Result:
    """`accounts` maps the changed ones to (balance, nonce, new code, changed slots), or to None where it was deleted."""

    status: int  # 0 success, 1 revert, 2 fault, 3 refused
    fault: int = 255
    gas: int = 0
    output: bytes = b""
    logs: list = field(default_factory=list)
    accounts: dict = field(default_factory=dict)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def blob(self):
        return self.take(self.number(4))

    def result(self):
        status = self.number(1)
        if status == 3:
            return Result(3)
        result = Result(status, self.number(1), self.number(8), self.blob())
        for _ in range(self.number(2)):
            address = self.take(20)
            topics = [self.take(32) for _ in range(self.number(1))]
            result.logs.append((address, topics, self.blob()))
        for _ in range(self.number(2)):
            address = self.take(20)
            if not self.number(1):
                result.accounts[address] = None
                continue
            balance, nonce, code = self.number(32), self.number(8), self.blob()
            slots = {self.number(32): self.number(32) for _ in range(self.number(2))}
            result.accounts[address] = (balance, nonce, code, slots)
        return result


class Driver:
    def __init__(self):
        path = os.environ.get("QUSTREAM_EVM_DRIVER", os.path.join(ROOT, ".build/release/EVMDriver"))
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, cases):
        message = struct.pack(">I", len(cases)) + b"".join(case.encode() for case in cases)
        self.process.stdin.write(struct.pack(">I", len(message)) + message)
        self.process.stdin.flush()

    def receive(self):
        header = self.process.stdout.read(4)
        if len(header) < 4:
            raise RuntimeError("the driver ended")
        return Reader(self.process.stdout.read(int.from_bytes(header, "big")))

    def run(self, cases):
        self.send(cases)
        reader = self.receive()
        return [reader.result() for _ in cases]

    def benchmark(self, case):
        """Status, gas of the first run and nanoseconds of the fastest."""
        self.send([case])
        reader = self.receive()
        return reader.number(1), reader.number(8), reader.number(8)
