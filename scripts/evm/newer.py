"""What Prague and Osaka bring to the random cases: delegated accounts (EIP-7702), the history contract (EIP-2935), prices of calldata
and of whole transactions (EIP-7623, 7825), and inputs that bring precompiles to their limits (EIP-2537, 7823, 7883, 7951)."""

import hashlib

from addresses import CALLER, CONTRACTS, SINK, push
from driver import Account, Case

DELEGATED = [bytes.fromhex("de%02x" % n * 10) for n in range(3)]
HISTORY = bytes.fromhex("0000F90827F1C53a10cb7A02335B175320002935")
HISTORY_CODE = bytes.fromhex(
    "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff3"
    "5b5f5ffd5b5f35611fff60014303065500")
GAS_CAP = 1 << 24


def extras(random, accounts):
    """Accounts that only the newer forks have, added to a world."""
    for address in DELEGATED:
        if random.random() < 0.4:
            target = random.choice((*CONTRACTS, *DELEGATED, CALLER, SINK, HISTORY, bytes(19) + bytes([random.randrange(1, 0x12)])))
            accounts[address] = Account(random.choice((0, 5)), 1, b"\xef\x01\x00" + target, {0: 1} if random.random() < 0.3 else {})
    if random.random() < 0.2:
        accounts[CALLER] = Account(10**18, 5, b"\xef\x01\x00" + random.choice((*CONTRACTS, *DELEGATED)))
    if random.random() < 0.2:
        accounts[HISTORY] = Account(0, 1, HISTORY_CODE, {random.randrange(250, 300): random.getrandbits(256) | 1 for _ in range(3)})


def calldata(random):
    """Enough of it for the floor to matter, and gas about what it asks for."""
    data = bytearray(random.randbytes(random.choice((10, 100, 1000))) + bytes(random.choice((0, 50, 500))))
    random.shuffle(data)
    tokens = data.count(0) + 4 * (len(data) - data.count(0))
    floor, intrinsic = 21_000 + 10 * tokens, 21_000 + 4 * tokens
    return bytes(data), max(0, random.choice((floor, floor, intrinsic, floor + 5_000, floor + 50_000)) + random.choice((-1, 0, 1)))


def probe(random, address):
    """Code that passes its calldata to a precompile, and returns success, gas spent and what came back."""
    gas = b"\x5a" if random.random() < 0.8 else push(random.choice((0, 100, 375, 500, 600, 3_450, 6_900, 12_000, 50_000)))
    call = random.choice((b"\xfa", b"\xfa", b"\xf4", b"\xf1"))
    value = b"\x5f" if call == b"\xf1" else b""
    return (b"\x36\x5f\x5f\x37\x5a\x5f\x5f\x36\x5f" + value + push(address) + gas + call
            + b"\x5a\x90\x5f\x52\x90\x03\x60\x20\x52\x3d\x5f\x60\x40\x3e\x3d\x60\x40\x01\x5f\xf3")


def precompile_cases(random, fork):
    address, write = random.choice(WEIGHTED)
    accounts = {CALLER: Account(10**18, 5), CONTRACTS[0]: Account(0, 1, probe(random, address))}
    for _ in range(2):
        gas = random.choice((300_000, 1_000_000, 3_000_000, GAS_CAP - 1, GAS_CAP, GAS_CAP + 1))
        to = CONTRACTS[0] if random.random() < 0.9 else address.to_bytes(20, "big")
        yield Case(CALLER, to, gas, accounts, 0, damaged(random, write(random)), [], fork)


def damaged(random, data):
    kind = random.random()
    if kind < 0.75 or not data:
        return data
    if kind < 0.85:
        return data[:random.randrange(len(data))] if random.random() < 0.5 else data + bytes(random.randrange(1, 40))
    at = random.randrange(len(data))
    return data[:at] + bytes([random.randrange(256)]) + data[at + 1:]


def modexp(random):
    def length():
        kind = random.random()
        if kind < 0.8:
            return random.choice((0, 1, 2, 31, 32, 33, 40, 64, 65, 96, 128, 200, 256))
        return random.choice((1023, 1024, 1025, 2**32 - 1, 2**32, 2**64 - 1, 2**64, 2**255, 2**256 - 1))

    sizes = [length() for _ in range(3)]
    if random.random() < 0.5:
        sizes[1] = random.choice((0, 1, 2, 8, 32, 33))
    numbers = b""
    for size in sizes:
        size = min(size, 1100)
        number = random.randbytes(size)
        kind = random.random()
        if kind < 0.2:
            number = bytes(size)
        elif kind < 0.4:
            number = bytes(max(0, size - 1)) + number[:min(1, size)]
        numbers += number
    return b"".join(size.to_bytes(32, "big") for size in sizes) + numbers


P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
P256_FIELD = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff
signatures = []


def p256(random):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    if not signatures:
        for secret in (1, 2, 12345, P256_ORDER - 1):
            key = ec.derive_private_key(secret, ec.SECP256R1())
            for name in (b"a", b"b"):
                digest = hashlib.sha256(name).digest()
                algorithm = ec.ECDSA(utils.Prehashed(hashes.SHA256()), deterministic_signing=True)
                point = key.public_key().public_numbers()
                signatures.append([int.from_bytes(digest, "big"), *utils.decode_dss_signature(key.sign(digest, algorithm)), point.x, point.y])
    fields = list(random.choice(signatures))
    if random.random() < 0.2:
        fields[2] = P256_ORDER - fields[2]  # as valid: nothing asks for the lower half
    if random.random() < 0.3:
        at = random.randrange(5)
        fields[at] = random.choice((0, 1, P256_ORDER - 1, P256_ORDER, P256_FIELD, P256_FIELD - fields[4], (fields[at] + P256_FIELD) % 2**256,
                                    (fields[at] + P256_ORDER) % 2**256, 2**256 - 1))
    if random.random() < 0.05:
        fields[3:] = [0, 0]
    return b"".join(field.to_bytes(32, "big") for field in fields)


class BLS:
    """Points of BLS12-381, in and out of their subgroups; made once."""

    MODULUS = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab
    pools = None

    @classmethod
    def points(cls, random, group):
        if cls.pools is None:
            cls.pools = cls.make()
        kind = random.random()
        return bytes(128 * group) if kind < 0.15 else random.choice(cls.pools[group][0 if kind < 0.9 else 1])

    @classmethod
    def make(cls):
        from py_ecc.bls.hash_to_curve import map_to_curve_G1, map_to_curve_G2
        from py_ecc.optimized_bls12_381 import FQ, FQ2, G1, G2, multiply, neg, normalize

        def number(value):
            return int(value).to_bytes(64, "big")

        def text(point):
            return b"".join(number(part) for part in normalize(point)[:2])

        def text2(point):
            return b"".join(number(part) for field in normalize(point)[:2] for part in field.coeffs)

        scalars = (1, 2, 3, 5, 1234567)
        inside = [multiply(G1, scalar) for scalar in scalars], [multiply(G2, scalar) for scalar in scalars]
        # Mapped to the curve without clearing the cofactor.
        outside = [map_to_curve_G1(FQ(n)) for n in range(3)], [map_to_curve_G2(FQ2([n, 1])) for n in range(3)]
        return {1: ([text(point) for p in inside[0] for point in (p, neg(p))], [text(point) for point in outside[0]]),
                2: ([text2(point) for p in inside[1] for point in (p, neg(p))], [text2(point) for point in outside[1]])}

    @classmethod
    def add(cls, group):
        return lambda random: cls.points(random, group) + cls.points(random, group)

    @classmethod
    def sums(cls, group):
        def write(random):
            count = random.choice((0, 1, 1, 1, 2, 2, 3, 5)) if random.random() < 0.98 else random.choice((16, 127, 128, 129))
            scalar = lambda: random.choice((0, 1, 2, 2**16 - 1, random.getrandbits(64), random.getrandbits(256), 2**256 - 1,
                                            0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001))
            if count > 5:  # the price is the point of it
                return (bytes(128 * group) + scalar().to_bytes(32, "big")) * count
            return b"".join(cls.points(random, group) + scalar().to_bytes(32, "big") for _ in range(count))

        return write

    @classmethod
    def pairs(cls, random):
        first, second = cls.points(random, 1), cls.points(random, 2)
        if random.random() < 0.9:  # mostly those that the specification is done with quickly
            pair = random.choice((bytes(128) + second, first + bytes(256)))
            return pair * random.choice((0, 1, 1, 2))
        negated = first[:64] + ((cls.MODULUS - int.from_bytes(first[64:], "big")) % cls.MODULUS).to_bytes(64, "big")
        return first + second + random.choice((b"", negated + second, first + second))

    @classmethod
    def field(cls, degree):
        def write(random):
            element = lambda: random.choice((0, 1, cls.MODULUS - 1, random.getrandbits(380), random.getrandbits(380), cls.MODULUS,
                                             2**384 - 1, 2**384 + 1)).to_bytes(64, "big")
            return b"".join(element() for _ in range(degree))

        return write


def blob_proof(random):
    """The commitment to the zero polynomial opens to zero everywhere."""
    commitment = b"\xc0" + bytes(47)
    return b"\x01" + hashlib.sha256(commitment).digest()[1:] + random.getrandbits(254).to_bytes(32, "big") + bytes(32) + commitment + commitment


WRITERS = [(5, modexp, 30), (0x100, p256, 20), (0x0b, BLS.add(1), 8), (0x0c, BLS.sums(1), 4), (0x0d, BLS.add(2), 6), (0x0e, BLS.sums(2), 2),
           (0x0f, BLS.pairs, 1), (0x10, BLS.field(1), 3), (0x11, BLS.field(2), 1), (0x0a, blob_proof, 0)]
WEIGHTED = [(address, write) for address, write, weight in WRITERS for _ in range(weight)]
