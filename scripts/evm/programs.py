"""Structured-random programs: stack effects that mostly fit, and constants where implementations tend to differ."""

import newer
from addresses import BENEFICIARY, CALLER, CONTRACTS, SINK, SLOTS, push
from driver import Account, Case

EDGES = [0, 1, 2, 3, 5, 31, 32, 33, 64, 127, 128, 255, 256, 257, 1023, 2**16 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 2**64,
         2**128 - 1, 2**128, 2**192 - 1, 2**192, 2**255 - 1, 2**255, 2**255 + 1, 2**256 - 2**64, 2**256 - 2, 2**256 - 1,
         2**256 - 2**32 - 977, 21888242871839275222246405745257275088548364400416034343698204186575808495617]
NULLARY = [0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x4a, 0x58, 0x59, 0x5a, 0x5f]
UNARY = [0x15, 0x19, 0x35, 0x51, 0x54, 0x5c, 0x40, 0x49, 0x31, 0x3b, 0x3f]
BINARY = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a, 0x1b, 0x1c, 0x1d]
# Some input that makes a precompile succeed, found in its own specification.
ECRECOVER = bytes.fromhex(
    "456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3000000000000000000000000000000000000000000000000000000000000001c"
    "9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac80388256084f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada")


class Program:
    """Writes one contract's code; `height` is what is known to be on the stack."""

    def __init__(self, random, fork):
        self.random, self.fork, self.code, self.height, self.marks = random, fork, bytearray(), 0, []

    def op(self, opcode, pops, pushes):
        while self.height < pops:
            self.constant()
        self.code.append(opcode)
        self.height += pushes - pops

    def number(self):
        random = self.random
        kind = random.random()
        if kind < 0.4:
            return random.choice(EDGES)
        if kind < 0.7:
            return random.randrange(256)
        if kind < 0.8:
            return (1 << random.randrange(256)) + random.choice((-1, 0, 1)) & 2**256 - 1
        return random.getrandbits(random.choice((16, 64, 65, 128, 129, 192, 250, 256)))

    def constant(self, number=None):
        self.code += push(self.number() if number is None else number)
        self.height += 1

    def offset(self):
        kind = self.random.random()
        return self.random.randrange(0, 200) if kind < 0.995 else self.number()

    def size(self):
        kind = self.random.random()
        return self.random.choice((0, 1, 31, 32, 33, 64, 96)) if kind < 0.6 else self.random.randrange(300) if kind < 0.995 else self.number()

    def address(self):
        random = self.random
        kind = random.random()
        if kind < 0.6:
            self.constant(int.from_bytes(random.choice(CONTRACTS), "big"))
        elif kind < 0.75:
            self.constant(random.randrange(0, 0x13))
        elif kind < 0.8:
            self.constant(0x100)
        elif kind < 0.9:
            others = (CALLER, SINK, BENEFICIARY) if self.fork == "Cancun" else (CALLER, SINK, *newer.DELEGATED, newer.HISTORY)
            self.constant(int.from_bytes(random.choice(others), "big"))
        elif kind < 0.96:
            self.op(random.choice((0x30, 0x33)), 0, 1)
        else:
            self.constant()

    def arithmetic(self):
        random = self.random
        for _ in range(random.randrange(1, 6)):
            kind = random.random()
            if kind < 0.5:
                if random.random() < 0.5:
                    self.constant()
                self.op(random.choice(BINARY), 2, 1)
            elif kind < 0.62:
                self.op(random.choice((0x08, 0x09)), 3, 1)
            elif kind < 0.75:
                self.op(random.choice(UNARY[:2]) if random.random() < 0.8 or self.fork != "Osaka" else 0x1e, 1, 1)
            elif kind < 0.88:
                depth = random.randrange(min(16, max(1, self.height)))
                self.op(0x80 + depth, depth + 1, depth + 2)
            else:
                depth = random.randrange(min(16, max(1, self.height)))
                self.op(0x90 + depth, depth + 2, depth + 2)

    def environment(self):
        random = self.random
        if random.random() < 0.5:
            self.op(random.choice(NULLARY), 0, 1)
        elif random.random() < 0.5:
            self.address()
            self.op(random.choice((0x31, 0x3b, 0x3f)), 1, 1)
        else:
            self.constant(random.randrange(310) if random.random() < 0.5 else None)
            self.op(random.choice((0x35, 0x40, 0x49)), 1, 1)

    def memory(self):
        random = self.random
        kind = random.randrange(8)
        if kind == 0:
            self.constant(self.offset())
            self.op(0x51, 1, 1)
        elif kind == 1:
            self.constant(self.offset())
            self.op(0x52, 2, 0)
        elif kind == 2:
            self.constant(self.offset())
            self.op(0x53, 2, 0)
        elif kind == 3:
            self.ranges(self.size(), self.offset())
            self.op(0x20, 2, 1)
        elif kind == 7:
            self.ranges(self.size(), self.offset())
            self.address()
            self.op(0x3c, 4, 0)
        else:
            opcode = random.choice((0x37, 0x39, 0x3e, 0x5e))
            if opcode == 0x3e and random.random() < 0.9:  # all of the last call's output, or none
                self.op(random.choice((0x3d, 0x5f)), 0, 1)
                self.ranges(0, self.offset())
            else:
                self.ranges(self.size(), self.offset(), self.offset())
            self.op(opcode, 3, 0)

    def ranges(self, *numbers):
        for number in numbers:
            self.constant(number)

    def storage(self):
        random = self.random
        for _ in range(random.randrange(1, 4)):
            kind = random.randrange(4)
            if kind in (0, 2):
                self.constant(random.choice(SLOTS))
                self.op(0x54 if kind == 0 else 0x5c, 1, 1)
            else:
                if random.random() < 0.8:
                    self.constant(random.randrange(4))
                else:
                    self.op(0x80, 1, 2)
                self.constant(random.choice(SLOTS))
                self.op(0x55 if kind == 1 else 0x5d, 2, 0)

    def call(self):
        random = self.random
        if random.random() < 0.15:
            self.precompile_input()
        opcode = random.choice((0xf1, 0xf1, 0xf2, 0xf4, 0xfa))
        self.ranges(self.size() if random.random() < 0.5 else 0, self.offset(), self.size(), self.offset())
        if opcode in (0xf1, 0xf2):
            self.constant(random.choice((0, 0, 0, 1, 1, 7)) if random.random() < 0.95 else self.number())
        self.address()
        if random.random() < 0.6:
            self.op(0x5a, 0, 1)
        else:
            self.constant(random.choice((0, 100, 700, 2300, 3000, 10_000, 30_000)) if random.random() < 0.8 else None)
        pops = 7 if opcode in (0xf1, 0xf2) else 6
        self.op(opcode, pops, 1)

    def precompile_input(self):
        data = ECRECOVER if self.random.random() < 0.5 else bytes(self.random.choice((0, 0, 1, 2, 3)) for _ in range(96))
        for index in range(0, len(data), 32):
            self.constant(int.from_bytes(data[index:index + 32], "big"))
            self.constant(index)
            self.op(0x52, 2, 0)

    def create(self):
        """Puts init code into memory: one that returns some code, or anything."""
        random = self.random
        runtime = bytes(random.choice((0x00, 0x30, 0x33, 0x5b, 0x5f, 0x50, 0x54, 0x55, 0xff, 0xfe, 0xef, 0xf3)) for _ in range(random.randrange(8)))
        if random.random() < 0.3:
            init = Program(random, self.fork).some(3)[:32]
        else:
            init = bytes([0x5f + max(1, len(runtime))]) + (runtime or b"\0") + bytes([0x5f, 0x52])
            init += random.choice((b"", b"\x33\x5f\x55", b"\x30\xff")) + push(len(runtime)) + push(32 - len(runtime)) + b"\xf3"
        word = init[:32].ljust(32, b"\0")
        self.constant(int.from_bytes(word, "big"))
        self.constant(0)
        self.op(0x52, 2, 0)
        salted = random.random() < 0.5
        if salted:
            self.constant(random.randrange(2))
        size = len(init[:32]) if random.random() < 0.9 else self.size()
        self.ranges(size, 0, random.choice((0, 0, 0, 1)) if random.random() < 0.95 else self.number())
        self.op(0xf5 if salted else 0xf0, 4 if salted else 3, 1)
        if random.random() < 0.4:  # call what was made
            self.code += bytes([0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x85, 0x5a, 0xf1])
            self.height += 1

    def log(self):
        topics = self.random.randrange(5)
        for _ in range(topics):
            self.constant()
        self.ranges(self.size(), self.offset())
        self.op(0xa0 + topics, topics + 2, 0)

    def flow(self):
        random = self.random
        kind = random.random()
        if kind < 0.45:  # a short branch over code that is right either way
            if random.random() < 0.3:
                self.op(random.choice((0x36, 0x3d, 0x5a)), 0, 1)
            else:
                self.constant(random.randrange(2))
            here = len(self.code)
            self.code += b"\x61\0\0\x57"
            self.height -= 1
            before = self.height
            self.code += bytes(random.choice((b"\x5f\x50", b"\x5a\x50", b"\x60\x5b\x50", b"\x5b")))
            self.height = before
            self.code[here + 1:here + 3] = len(self.code).to_bytes(2, "big")
            self.code.append(0x5b)
        elif kind < 0.6:
            self.marks.append((len(self.code), self.height))
            self.code.append(0x5b)
        elif kind < 0.75 and self.marks:  # back, until the gas is gone or a counter in memory says so
            target, height = random.choice(self.marks)
            while self.height > height:
                self.op(0x50, 1, 0)
            # mem[0x1e0] += 1; loop while it is below a bound
            self.code += bytes([0x61, 1, 0xe0, 0x51, 0x60, 1, 0x01, 0x80, 0x61, 1, 0xe0, 0x52, 0x60, random.randrange(2, 12), 0x11])
            self.code += b"\x61" + target.to_bytes(2, "big") + b"\x57"
        elif kind < 0.76:
            self.constant()
            self.op(0x56, 1, 0)
        else:
            self.op(0x5b, 0, 0)

    def wild(self):
        self.code += bytes(self.random.randrange(256) for _ in range(self.random.randrange(1, 4)))

    def end(self):
        random = self.random
        kind = random.random()
        if kind < 0.45:
            self.ranges(self.size(), self.offset())
            self.op(0xf3, 2, 0)
        elif kind < 0.65:
            self.ranges(self.size(), self.offset())
            self.op(0xfd, 2, 0)
        elif kind < 0.75:
            self.address()
            self.op(0xff, 1, 0)
        elif kind < 0.8:
            self.op(0xfe, 0, 0)
        # else it falls off the end

    STEPS = [arithmetic] * 9 + [environment] * 4 + [memory] * 5 + [storage] * 4 + [call] * 4 + [create, log, flow, flow, flow]

    def some(self, steps):
        random = self.random
        for _ in range(steps):
            if random.random() < 0.004:
                self.wild()
            random.choice(self.STEPS)(self)
            if self.height > 40:
                self.code += b"\x50" * 20
                self.height -= 20
        self.end()
        return bytes(self.code)


def world(random, fork):
    """The contracts that call each other, and the accounts around them."""
    accounts = {CALLER: Account(10**18, 5), SINK: Account(3), BENEFICIARY: Account(1)}
    for address in CONTRACTS[:random.randrange(1, 5)]:
        code = Program(random, fork).some(random.randrange(2, 22))
        storage = {slot: random.randrange(1, 4) for slot in SLOTS if random.random() < 0.3}
        accounts[address] = Account(random.choice((0, 1, 10, 10**18)), 1, code, storage)
    if fork != "Cancun":
        newer.extras(random, accounts)
    return accounts


def cases(random, fork, per_world=8):
    if fork != "Cancun" and random.random() < 0.3:
        yield from newer.precompile_cases(random, fork)
        return
    accounts = world(random, fork)
    contracts = [address for address in accounts if accounts[address].code]
    for _ in range(per_world):
        to = random.choice(contracts) if random.random() < 0.93 else random.choice((None, bytes(19) + bytes([random.randrange(1, 11)]), SINK))
        data = random.choice((b"", bytes(33), random.randbytes(random.randrange(1, 100)), b"\xff" * 32))
        if to is None and random.random() < 0.7:
            data = Program(random, fork).some(random.randrange(1, 12))
        gas = random.choice((random.randrange(21_000, 60_000), random.randrange(50_000, 200_000), 300_000, 400_000))
        if fork != "Cancun" and to is not None and random.random() < 0.15:
            data, gas = newer.calldata(random)
        access = []
        if random.random() < 0.2:
            for address in random.sample(list(accounts), random.randrange(1, min(4, len(accounts)))):
                access.append((address, random.sample(SLOTS, random.randrange(3))))
        yield Case(CALLER, to, gas, accounts, random.choice((0, 0, 0, 1, 1000)), data, access, fork)
