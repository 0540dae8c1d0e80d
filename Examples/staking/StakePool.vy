# pragma version ~=0.4.3
"""
@title  Stakes its users' QST with one validator.
@notice Shares of the pool are worth its stake and what it has claimed. Rewards come by claim(), which anyone may call.
"""

interface Staking:
    def delegate(validator: address) -> bool: payable
    def undelegate(validator: address, amount: uint256) -> uint256: nonpayable
    def completeUnbonding(delegator: address, validator: address) -> uint256: nonpayable
    def delegation(delegator: address, validator: address) -> (uint256, uint256): view

interface Distribution:
    def withdrawDelegatorRewards(validator: address) -> uint256: nonpayable

STAKING: constant(address) = 0x0000000000000000000000000000000000000800
DISTRIBUTION: constant(address) = 0x0000000000000000000000000000000000000801

event Deposited:
    user: indexed(address)
    amount: uint256
    shares: uint256

validator: public(immutable(address))
shares: public(HashMap[address, uint256])
total_shares: public(uint256)
# Unbonding QST of each user, paid in the order of asking.
leaving: public(HashMap[address, uint256])

@deploy
def __init__(_validator: address):
    validator = _validator

@external
@payable
def __default__():
    # Rewards and unbonded stake come without a call; this takes gifts.
    pass

@internal
@view
def _worth() -> uint256:
    shares: uint256 = 0
    worth: uint256 = 0
    shares, worth = staticcall Staking(STAKING).delegation(self, validator)
    return worth

@external
@view
def worth(user: address) -> uint256:
    if self.total_shares == 0:
        return 0
    return self._worth() * self.shares[user] // self.total_shares

@external
@payable
def deposit():
    assert msg.value > 0, "nothing to stake"
    before: uint256 = self._worth()
    new: uint256 = msg.value
    if self.total_shares > 0:
        new = msg.value * self.total_shares // before
    extcall Staking(STAKING).delegate(validator, value=msg.value)
    self.shares[msg.sender] += new
    self.total_shares += new
    log Deposited(user=msg.sender, amount=msg.value, shares=new)

@external
def claim() -> uint256:
    """
    @notice Claims the pool's rewards and stakes them again for all.
    """
    claimed: uint256 = extcall Distribution(DISTRIBUTION).withdrawDelegatorRewards(validator)
    if claimed > 0:
        extcall Staking(STAKING).delegate(validator, value=claimed)
    return claimed

@external
def leave(part: uint256):
    assert part <= self.shares[msg.sender], "more than your shares"
    amount: uint256 = self._worth() * part // self.total_shares
    self.shares[msg.sender] -= part
    self.total_shares -= part
    self.leaving[msg.sender] += amount
    extcall Staking(STAKING).undelegate(validator, amount)

@external
def collect() -> uint256:
    extcall Staking(STAKING).completeUnbonding(self, validator)
    amount: uint256 = min(self.leaving[msg.sender], self.balance)
    assert amount > 0, "nothing is free yet"
    self.leaving[msg.sender] -= amount
    send(msg.sender, amount)
    return amount
