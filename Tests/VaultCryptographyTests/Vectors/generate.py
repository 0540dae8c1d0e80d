#!/usr/bin/env python3
"""Writes the frozen vectors beside this file: an independent, slow implementation of every format.

Needs the `cryptography` package for AES. Running it again must change nothing.
"""
import decimal, functools, json, os
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

M = (1 << 64) - 1


def keccak_f(state):
    """FIPS 202, section 3, on A[x][y]."""
    a = [[state[x + 5 * y] for y in range(5)] for x in range(5)]
    rol = lambda v, n: (v << n | v >> (64 - n)) & M if n else v
    lfsr = 1
    for _ in range(24):
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        a = [[a[x][y] ^ c[x - 1] ^ rol(c[(x + 1) % 5], 1) for y in range(5)] for x in range(5)]
        x, y, moving = 1, 0, a[1][0]
        for t in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            moving, a[x][y] = a[x][y], rol(moving, (t + 1) * (t + 2) // 2 % 64)
        a = [[a[x][y] ^ (~a[(x + 1) % 5][y] & M & a[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
        for j in range(7):
            if lfsr & 1:
                a[0][0] ^= 1 << ((1 << j) - 1)
            lfsr = (lfsr << 1) ^ (0x171 * (lfsr >> 7))
    return [a[i % 5][i // 5] for i in range(25)]


def lanes(data):
    return [int.from_bytes(data[i:i + 8], "little") for i in range(0, len(data), 8)]


def unlanes(values):
    return b"".join(v.to_bytes(8, "little") for v in values)


def keccak256(data):
    padded = bytearray(data + b"\x01" + bytes(-(len(data) + 1) % 136))
    padded[-1] |= 0x80
    state = [0] * 25
    for i in range(0, len(padded), 136):
        block = lanes(padded[i:i + 136])
        state = keccak_f([s ^ (block[j] if j < 17 else 0) for j, s in enumerate(state)])
    return unlanes(state)[:32]


def tkp(key, domain, suite, key_id, message=0, segment=0, salt=bytes(12), block=0):
    x = bytes([domain, suite]) + bytes(6) + key_id + message.to_bytes(8, "big") + segment.to_bytes(8, "big")
    x += salt + block.to_bytes(4, "big")
    numbers = [int.from_bytes(x[i:i + 8], "big") for i in range(0, 72, 8)]
    return unlanes(keccak_f(lanes(key) + numbers))[:72]


def stream(key, count, *args, **named):
    return b"".join(tkp(key, *args, block=i, **named) for i in range((count + 71) // 72))[:count]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def aes(key, block):
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def xaes(key, salt):
    number = int.from_bytes(aes(key, bytes(16)), "big") << 1
    subkey = (number ^ (0x87 if number >> 128 else 0)) & ((1 << 128) - 1)
    message = lambda i: xor(bytes([0, i, 0x58, 0]) + salt, subkey.to_bytes(16, "big"))
    return aes(key, message(1)) + aes(key, message(2))


def rlp(item):
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    short, body = (0xC0, b"".join(map(rlp, item))) if isinstance(item, list) else (0x80, item)
    if short == 0x80 and len(body) == 1 and body[0] < 0x80:
        return body
    if len(body) <= 55:
        return bytes([short + len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([short + 55 + len(length)]) + length + body


class Random:
    """SplitMix64, least significant byte first."""

    def __init__(self, seed):
        self.state = seed

    def bytes(self, count):
        out = bytearray()
        while len(out) < count:
            self.state = (self.state + 0x9E3779B97F4A7C15) & M
            z = self.state
            z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & M
            z = ((z ^ z >> 27) * 0x94D049BB133111EB) & M
            out += (z ^ z >> 31).to_bytes(8, "little")
        return bytes(out[:count])


def write(name, value):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".json"), "w") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


def tkp_vectors():
    r, out = Random(1), []
    for domain in range(1, 6):
        v = dict(key=r.bytes(128).hex(), domain=domain, suite=1, keyID=r.bytes(32).hex(), message=domain * 1000 + 7,
                 segment=(1 << 40) + domain, salt=r.bytes(12).hex(), block=domain * 65537)
        raw = {k: bytes.fromhex(v[k]) for k in ("key", "keyID", "salt")}
        v["output"] = tkp(raw["key"], domain, 1, raw["keyID"], v["message"], v["segment"], raw["salt"], v["block"]).hex()
        out.append(v)
    write("tkp", out)


def toeplitz(block, seed, bits):
    n, out = 8 * len(block), 0
    mask = (1 << bits) - 1
    for j in range(n):
        if block[j // 8] >> (j % 8) & 1:
            start = n - 1 - j
            window = int.from_bytes(seed[start // 8:start // 8 + bits // 8 + 3], "little") >> (start % 8)
            out ^= window & mask
    return out


def material(seed):
    return Random(seed).bytes(160)


def key_generation_vectors():
    r = Random(2)
    block, seed = r.bytes(1 << 18), r.bytes(((1 << 21) + 1310 + 7) // 8)
    out = toeplitz(block, seed, 1311)
    segments = [out >> 57 * i & ((1 << 57) - 1) for i in range(23)]
    join = lambda part: sum(s << 57 * i for i, s in enumerate(part))
    k1 = (join(segments[:18]) & ((1 << 1024) - 1)).to_bytes(128, "little")
    k2 = (join(segments[18:]) & ((1 << 256) - 1)).to_bytes(32, "little")
    root, key_id = r.bytes(128), r.bytes(32)
    bound = xor(k1 + k2, stream(root, 160, 3, 1, key_id))
    write("key-generation", dict(generator=2, material=(k1 + k2).hex(), root=root.hex(), keyID=key_id.hex(), bound=bound.hex()))


def segment_vectors():
    r, out = Random(3), []
    for length in (0, 1, 100, 16383, 16384, 16385, 40000):
        s, ids = r.bytes(160), [r.bytes(32) for _ in range(3)]
        salt, field, epoch, message = r.bytes(12), length + 1, 77, 1 << 33
        header = rlp([ids[0], ids[1], field, ids[2], epoch, message, 1, salt, 16384])
        digest = keccak256(b"qs-segment-header-1" + header)
        plain, sealed = r.bytes(length), []
        count = max(1, (length + 16383) // 16384)
        for i in range(count):
            part, last = plain[16384 * i:16384 * (i + 1)], i == count - 1
            nonce = bytes(3) + i.to_bytes(8, "big") + bytes([last])
            associated = digest + (length.to_bytes(8, "big") if last else b"")
            box = AESGCM(xaes(s[128:], salt)).encrypt(nonce, part, associated)
            sealed.append(xor(box, stream(s[:128], len(box), 1, 1, ids[0], message=message, segment=i, salt=salt)))
        commitment = tkp(s[:128], 2, 1, ids[0], block=0) + tkp(s[:128], 2, 1, ids[0], block=1)
        commitment += xor(aes(s[128:], b"qustream-commit1") + aes(s[128:], b"qustream-commit2"),
                          tkp(s[:128], 2, 1, ids[0], block=2)[:32])
        out.append(dict(material=s.hex(), keyID=ids[0].hex(), record=ids[1].hex(), field=field, policy=ids[2].hex(),
                        epoch=epoch, message=message, salt=salt.hex(), header=header.hex(), headerDigest=digest.hex(),
                        plaintext=(plain.hex() if length <= 100 else None), length=length,
                        plaintextDigest=keccak256(plain).hex(), segmentDigests=[keccak256(c).hex() for c in sealed],
                        firstBytes=sealed[0][:64].hex(), commitment=commitment.hex()))
    write("segments", out)


def xaes_vectors():
    """From the C2SP specification."""
    write("xaes-256-gcm", [
        dict(key="01" * 32, salt=b"ABCDEFGHIJKL".hex(), derived="c8612c9ed53fe43e8e005b828a1631a0bbcb6ab2f46514ec4f439fcfd0fa969b"),
        dict(key="03" * 32, salt=b"ABCDEFGHIJKL".hex(), derived="e9c621d4cdd9b11b00a6427ad7e559aeedd66b3857646677748f8ca796cb3fd8")])
    assert xaes(b"\x01" * 32, b"ABCDEFGHIJKL").hex().startswith("c8612c9e")


def gf(a, b, width=8, modulus=0x11B):
    product = 0
    for i in range(width):
        product ^= (a << i) * (b >> i & 1)
    for i in range(2 * width - 2, width - 1, -1):
        product ^= (modulus << (i - width)) * (product >> i & 1)
    return product


def gf_inverse(a):
    return next(b for b in range(256) if gf(a, b) == 1)


def polynomial(coefficients, x):
    out = 0
    for c in reversed(coefficients):
        out = gf(out, x) ^ c
    return out


def split(secret, threshold, count, randomness):
    length = len(secret)
    rows = [secret] + [randomness[length * i:length * (i + 1)] for i in range(threshold - 1)]
    return [bytes(polynomial([row[i] for row in rows], x + 1) for i in range(length)) for x in range(count)]


def authenticate(key, key_id, epoch, is_operator, slot, share):
    a, b = int.from_bytes(key[:16], "big"), int.from_bytes(key[16:], "big")
    text = key_id + epoch.to_bytes(8, "big") + bytes([is_operator, slot, 0, 0]) + len(share).to_bytes(4, "big") + share
    text += bytes(-len(text) % 16)
    coefficients = [1] + [int.from_bytes(text[i:i + 16], "big") for i in range(0, len(text), 16)]
    power, total = a, b
    for coefficient in reversed(coefficients):
        total ^= gf(coefficient, power, 128, 1 << 128 | 0x87)
        power = gf(power, a, 128, 1 << 128 | 0x87)
    return total.to_bytes(16, "big")


def sharing_vectors():
    r, out = Random(4), []
    for (t1, n1), (t2, n2) in (((2, 3), (3, 5)), ((9, 16), (38, 64)), ((1, 1), (128, 128))):
        secret, randomness = r.bytes(160), r.bytes(160 * (t1 + t2 - 1))
        half = randomness[:160]
        operators = split(half, t1, n1, randomness[160:160 * t1])
        community = split(xor(half, secret), t2, n2, randomness[160 * t1:])
        key, key_id = r.bytes(32), r.bytes(32)
        tag = authenticate(key, key_id, 5, 1, 0, operators[0])
        out.append(dict(operatorThreshold=t1, operatorCount=n1, communityThreshold=t2, communityCount=n2,
                        secret=secret.hex(), randomnessDigest=keccak256(randomness).hex(), randomnessLength=len(randomness),
                        operatorsDigest=keccak256(b"".join(operators)).hex(), communityDigest=keccak256(b"".join(community)).hex(),
                        firstOperator=operators[0].hex(), lastCommunity=community[-1].hex(),
                        tagKey=key.hex(), keyID=key_id.hex(), tag=tag.hex()))
    write("sharing", out)


def erasure_vectors():
    r, out = Random(5), []
    for k, n, length in ((5, 8, 1003), (1, 3, 10), (20, 30, 4097), (4, 4, 0), (128, 255, 256)):
        data = r.bytes(length)
        size = -(-length // k)
        sources = [data[size * i:size * (i + 1)].ljust(size, b"\0") for i in range(k)]
        fragments = list(sources)
        for i in range(k, n):
            weights = [gf_inverse(i ^ j) for j in range(k)]
            fragments.append(bytes(functools.reduce(lambda s, j: s ^ gf(sources[j][p], weights[j]), range(k), 0)
                                   for p in range(size)))
        out.append(dict(dataCount=k, totalCount=n, length=length, dataDigest=keccak256(data).hex(),
                        fragmentDigests=[keccak256(f).hex() for f in fragments]))
    write("erasure", out)


def rendezvous_vectors():
    decimal.getcontext().prec = 60
    r, out = Random(6), []
    for count in (8, 80, 500):
        key = r.bytes(32)
        nodes = [(r.bytes(32), int.from_bytes(r.bytes(8), "little") % 1000 if i % 7 else 0) for i in range(count)]

        def clock(node):
            uniform = int.from_bytes(keccak256(b"qs-rendezvous-1" + key + node[0])[:8], "big") + 1
            return -(decimal.Decimal(uniform) / 2 ** 64).ln() / node[1]

        order = sorted((i for i in range(count) if nodes[i][1]), key=lambda i: clock(nodes[i]))
        out.append(dict(key=key.hex(), ids=[n[0].hex() for n in nodes], weights=[n[1] for n in nodes], order=order))
    write("rendezvous", out)


for step in (tkp_vectors, key_generation_vectors, segment_vectors, xaes_vectors, sharing_vectors, erasure_vectors, rendezvous_vectors):
    step()
