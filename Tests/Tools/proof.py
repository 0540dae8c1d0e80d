"""Checks of eth_getProof that share nothing with the node: a walk of the Merkle-Patricia trie (Yellow Paper, appendix D),
and the block hash from the header's own fields."""

import rlp
from eth_utils import keccak

EMPTY_ROOT = keccak(rlp.encode(b""))


class Forged(Exception):
    pass


def nibbles(key):
    return [digit for byte in key for digit in (byte >> 4, byte & 15)]


def walk(root, key, proof):
    """The value under a key, or None where the proof shows that there is none."""
    nodes = iter(proof)
    value = None if root == EMPTY_ROOT else follow(root, nibbles(key), nodes)
    if next(nodes, None) is not None:
        raise Forged("the proof goes on after its end")
    return value


def follow(root, path, nodes):
    expected, encoded = root, next(nodes, None)
    while True:
        if encoded is None:
            raise Forged("the proof ends early")
        if isinstance(expected, bytes) and keccak(encoded) != expected:
            raise Forged("a node's hash is another")
        node = rlp.decode(encoded)
        if len(node) == 17:
            if not path:
                return node[16] or None
            child, path = node[path[0]], path[1:]
        else:
            if len(node) != 2 or not node[0]:
                raise Forged("no node of a trie")
            prefix = nibbles(node[0])
            is_leaf, part = prefix[0] >= 2, prefix[1:] if prefix[0] % 2 else prefix[2:]
            if path[: len(part)] != part:
                return None
            path = path[len(part) :]
            if is_leaf:
                return node[1] if not path else None
            child = node[1]
        if child == b"":
            return None
        if isinstance(child, list):
            # A node shorter than 32 bytes stands inside its parent.
            encoded, expected = rlp.encode(child), None
        else:
            encoded, expected = next(nodes, None), child


def number(value):
    return int.from_bytes(value, "big")


def check(proof, state_root, address, slots):
    """Verifies the account and the slots that were asked for under a state root; balance, nonce and the slots' values."""
    if proof["address"].lower() != address.lower():
        raise Forged("another account's proof")
    leaf = walk(state_root, keccak(bytes.fromhex(proof["address"][2:])), proof["accountProof"])
    nonce, balance, storage_root, code_hash = rlp.decode(leaf) if leaf else (b"", b"", EMPTY_ROOT, keccak(b""))
    if bytes(proof["storageHash"]) != storage_root or bytes(proof["codeHash"]) != code_hash:
        raise Forged("the account is another")
    values = {}
    for asked, slot in zip(slots, proof["storageProof"], strict=True):
        key = int(slot["key"].hex(), 16) if isinstance(slot["key"], bytes) else int(slot["key"], 16)
        if key != asked:
            raise Forged("another slot's proof")
        value = walk(storage_root, keccak(key.to_bytes(32, "big")), slot["proof"])
        values[key] = number(rlp.decode(value)) if value else 0
    return number(balance), number(nonce), values


HEADER = [
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "difficulty", "number",
    "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce", "baseFeePerGas", "withdrawalsRoot", "blobGasUsed",
    "excessBlobGas", "parentBeaconBlockRoot", "requestsHash",
]


def block_hash(block):
    """Keccak-256 of the header's RLP, from what eth_getBlockByNumber says (raw JSON)."""
    numbers = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed", "excessBlobGas"}
    return keccak(rlp.encode([int(block[f], 16) if f in numbers else bytes.fromhex(block[f][2:]) for f in HEADER]))
