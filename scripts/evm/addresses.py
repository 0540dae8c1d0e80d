"""Who is in every random world."""

CALLER = bytes.fromhex("ca" * 20)
CONTRACTS = [bytes.fromhex("c%x" % n * 20) for n in range(1, 5)]
SINK = bytes.fromhex("5e" * 20)
BENEFICIARY = bytes(19) + b"\xcb"
SLOTS = [0, 1, 2, 3, 2**256 - 1]


def push(number):
    size = max(1, (number.bit_length() + 7) // 8)
    return bytes([0x5f + size]) + number.to_bytes(size, "big")
