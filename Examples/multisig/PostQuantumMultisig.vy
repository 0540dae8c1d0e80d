# pragma version ~=0.4.3
"""
@title A wallet that k of n owners open together with ML-DSA-65 signatures (FIPS 204)
@dev The contract keeps the hash of each owner's public key; keys and signatures come with the call. What is signed binds
     chain, contract and a number that is used once, so a signature opens nothing else and nothing twice. Anyone may bring
     the signatures: the account that pays for the transaction has no say.
"""

MAX_OWNERS: constant(uint256) = 16
KEY_BYTES: constant(uint256) = 1952
SIGNATURE_BYTES: constant(uint256) = 3309
# Verifies message (32) ‖ signature ‖ public key; returns 1 or 0 in 32 bytes.
ML_DSA_65: constant(address) = 0x0000000000000000000000000000000000000901

struct Approval:
    owner: uint256
    key: Bytes[KEY_BYTES]
    signature: Bytes[SIGNATURE_BYTES]

event Received:
    sender: indexed(address)
    amount: uint256

event Executed:
    nonce: indexed(uint256)
    to: indexed(address)
    amount: uint256
    data: Bytes[4096]

owners: public(DynArray[bytes32, MAX_OWNERS])
threshold: public(uint256)
nonce: public(uint256)


@deploy
def __init__(owners: DynArray[bytes32, MAX_OWNERS], threshold: uint256):
    """
    @param owners Keccak-256 of each owner's public key
    """
    assert threshold > 0 and threshold <= len(owners), "threshold out of range"
    for i: uint256 in range(len(owners), bound=MAX_OWNERS):
        for j: uint256 in range(i, bound=MAX_OWNERS):
            assert owners[i] != owners[j], "owner twice"
    self.owners = owners
    self.threshold = threshold


@external
@payable
def __default__():
    log Received(sender=msg.sender, amount=msg.value)


@view
@internal
def _digest(to: address, amount: uint256, data: Bytes[4096]) -> bytes32:
    return keccak256(abi_encode(chain.id, self, self.nonce, to, amount, keccak256(data)))


@view
@external
def digest(to: address, amount: uint256, data: Bytes[4096]) -> bytes32:
    """
    @notice What owners sign to approve the next execution, with an empty context
    """
    return self._digest(to, amount, data)


@external
def execute(to: address, amount: uint256, data: Bytes[4096], approvals: DynArray[Approval, MAX_OWNERS]) -> Bytes[1024]:
    """
    @notice Sends `amount` and `data` to `to`, if enough owners have approved
    @param approvals In ascending order of owners, so that none counts twice
    """
    assert len(approvals) >= self.threshold, "not enough approvals"
    digest: bytes32 = self._digest(to, amount, data)
    next_owner: uint256 = 0
    for approval: Approval in approvals:
        assert approval.owner >= next_owner and approval.owner < len(self.owners), "owners out of order"
        next_owner = approval.owner + 1
        assert keccak256(approval.key) == self.owners[approval.owner], "not the owner's key"
        assert len(approval.key) == KEY_BYTES and len(approval.signature) == SIGNATURE_BYTES, "wrong length"
        valid: bytes32 = convert(
            raw_call(
                ML_DSA_65, concat(digest, approval.signature, approval.key), max_outsize=32, is_static_call=True
            ),
            bytes32,
        )
        assert convert(valid, uint256) == 1, "invalid signature"
    log Executed(nonce=self.nonce, to=to, amount=amount, data=data)
    # Counted up first: a call back into this contract meets another number.
    self.nonce += 1
    return raw_call(to, data, value=amount, max_outsize=1024)
