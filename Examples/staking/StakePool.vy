# pragma version ~=0.4.3
"""
@title  Stakes its users' QST with one validator.
@notice Shares of the pool are worth what it has bonded. Rewards are bonded again by claim(), which anyone may call.
        Whoever leaves joins a batch: the pool unbonds batches, because a delegation has only so many unbonding entries at a
        time, and each batch is paid what came back for it, less than it asked for where the validator was slashed meanwhile.
@dev    What a pool has to withstand, and where it does here:
        - Shares made dear by who comes first: `VIRTUAL_SHARES`, and no deposit that gets nothing.
        - Joining just before rewards are shared: newcomers pay for what has been earned already (`_price`).
        - Who leaves last paid by who leaves first: wei belong to batches (`_settle`), and none to a batch before it is free.
        - Dust that fills all unbonding entries: one entry a batch, and batches no closer than the unbonding time allows.
        - A slash while somebody leaves: shares leave the pool when their batch unbonds, until then they bear what all bear.
        - A validator that is removed: leaving needs nothing of it.
"""

interface Staking:
    def delegate(validator: address) -> bool: payable
    def undelegate(validator: address, amount: uint256) -> uint256: nonpayable
    def completeUnbonding(delegator: address, validator: address) -> uint256: nonpayable
    def delegation(delegator: address, validator: address) -> (uint256, uint256): view

interface Distribution:
    def withdrawDelegatorRewards(validator: address) -> uint256: nonpayable
    def periodRewards(delegator: address, validator: address) -> uint256: view

interface Parameters:
    def get(name: String[64]) -> uint256: view

STAKING: constant(address) = 0x0000000000000000000000000000000000000800
DISTRIBUTION: constant(address) = 0x0000000000000000000000000000000000000801
PARAMETERS: constant(address) = 0x0000000000000000000000000000000000000804
# Nobody's: with them a wei of shares cannot be worth much.
VIRTUAL_SHARES: constant(uint256) = 10**6
# Batches that one call settles at most. More cannot be on their way: see _interval.
MOST_BATCHES: constant(uint256) = 64

event Deposited:
    user: indexed(address)
    amount: uint256
    shares: uint256

event Left:
    user: indexed(address)
    batch: indexed(uint256)
    shares: uint256

event Unbonding:
    batch: indexed(uint256)
    amount: uint256
    free_at: uint256

event Collected:
    user: indexed(address)
    batch: indexed(uint256)
    amount: uint256

struct Batch:
    shares: uint256
    # Wei that it asked for, and that came back for it.
    asked: uint256
    paid: uint256
    # Seconds since 1970; 0 until it unbonds.
    free_at: uint256

validator: public(immutable(address))
shares: public(HashMap[address, uint256])
total_shares: public(uint256)
batches: public(HashMap[uint256, Batch])
# The batch that takes who leaves now, and the first that is not paid yet.
open_batch: public(uint256)
first_unpaid: public(uint256)
# Shares of each user in each batch.
leaving: public(HashMap[address, HashMap[uint256, uint256]])
last_unbonding: uint256
# Wei of batches that are paid and that nobody has collected yet.
reserved: public(uint256)

@deploy
def __init__(_validator: address):
    validator = _validator

# There is no __default__: the system contracts pay without a call, and gifts would be nobody's.

@internal
@view
def _bonded() -> uint256:
    shares: uint256 = 0
    bonded: uint256 = 0
    shares, bonded = staticcall Staking(STAKING).delegation(self, validator)
    return bonded

@internal
@view
def _price() -> uint256:
    # With what the running period has earned, though its close may give less: else it would be the newcomer's too.
    return self._bonded() + staticcall Distribution(DISTRIBUTION).periodRewards(self, validator)

@internal
@view
def _value(shares: uint256) -> uint256:
    return shares * (self._bonded() + 1) // (self.total_shares + VIRTUAL_SHARES)

@internal
@view
def _interval() -> uint256:
    # As many batches as there are entries fit into an unbonding time; one entry is left free.
    entries: uint256 = staticcall Parameters(PARAMETERS).get("maximumEntries")
    seconds: uint256 = staticcall Parameters(PARAMETERS).get("unbondingMilliseconds") // 1000
    return seconds // max(entries - 1, 1) + 1

@internal
def _claim() -> uint256:
    claimed: uint256 = extcall Distribution(DISTRIBUTION).withdrawDelegatorRewards(validator)
    if claimed > 0:
        extcall Staking(STAKING).delegate(validator, value=claimed)
    return claimed

@internal
def _settle(sent: uint256):
    """
    @notice Gives batches that are free what has come back for them.
    @param  sent Wei that came with the present call.
    """
    # Whoever called it before, the wei are here: what is reserved is not theirs, and rewards are never left lying here.
    extcall Staking(STAKING).completeUnbonding(self, validator)
    arrived: uint256 = self.balance - self.reserved - sent
    asked: uint256 = 0
    last: uint256 = self.first_unpaid
    for i: uint256 in range(MOST_BATCHES):
        if last == self.open_batch or self.batches[last].free_at > block.timestamp:
            break
        asked += self.batches[last].asked
        last += 1
    left: uint256 = min(arrived, asked)
    self.reserved += left
    arrived = left
    for i: uint256 in range(MOST_BATCHES):
        if self.first_unpaid == last:
            break
        batch: uint256 = self.first_unpaid
        part: uint256 = left
        if batch + 1 < last:
            part = arrived * self.batches[batch].asked // max(asked, 1)
        self.batches[batch].paid = part
        left -= part
        self.first_unpaid = batch + 1

@external
@view
def worth(user: address) -> uint256:
    """
    @notice Wei that a user's shares would bring if they unbonded now. Without what is leaving.
    """
    return self._value(self.shares[user])

@external
@payable
def deposit(least: uint256):
    """
    @param least Shares that the caller wants at least.
    """
    self._settle(msg.value)
    self._claim()
    new: uint256 = msg.value * (self.total_shares + VIRTUAL_SHARES) // (self._price() + 1)
    assert new > 0 and new >= least, "too few shares"
    extcall Staking(STAKING).delegate(validator, value=msg.value)
    self.shares[msg.sender] += new
    self.total_shares += new
    log Deposited(user=msg.sender, amount=msg.value, shares=new)

@external
def claim() -> uint256:
    """
    @notice Claims the pool's rewards and bonds them again for all.
    """
    self._settle(0)
    return self._claim()

@external
def leave(part: uint256) -> uint256:
    """
    @notice Joins the batch that unbonds next. Until it does, the shares earn and lose like all others.
    @return The batch, to collect from.
    """
    assert part > 0 and part <= self.shares[msg.sender], "more than your shares"
    batch: uint256 = self.open_batch
    self.shares[msg.sender] -= part
    self.leaving[msg.sender][batch] += part
    self.batches[batch].shares += part
    log Left(user=msg.sender, batch=batch, shares=part)
    return batch

@external
def unbond() -> uint256:
    """
    @notice Unbonds the open batch for all who are in it; anyone may call it, once in an interval.
    @return When its wei are free, in seconds since 1970.
    """
    self._settle(0)
    batch: uint256 = self.open_batch
    assert self.batches[batch].shares > 0, "nobody leaves"
    assert self.last_unbonding == 0 or block.timestamp >= self.last_unbonding + self._interval(), "too early for another batch"
    amount: uint256 = self._value(self.batches[batch].shares)
    free_at: uint256 = block.timestamp
    if amount > 0:
        free_at = extcall Staking(STAKING).undelegate(validator, amount)
    self.total_shares -= self.batches[batch].shares
    self.batches[batch].asked = amount
    self.batches[batch].free_at = free_at
    self.open_batch = batch + 1
    self.last_unbonding = block.timestamp
    log Unbonding(batch=batch, amount=amount, free_at=free_at)
    return free_at

@external
def collect(batch: uint256) -> uint256:
    """
    @notice Pays the caller's part of a batch that is free. Call it soon: batches that are free together share what came back.
    """
    self._settle(0)
    assert batch < self.first_unpaid, "nothing is free yet"
    mine: uint256 = self.leaving[msg.sender][batch]
    assert mine > 0, "nothing of it is yours"
    amount: uint256 = self.batches[batch].paid * mine // self.batches[batch].shares
    self.leaving[msg.sender][batch] = 0
    self.reserved -= amount
    raw_call(msg.sender, b"", value=amount)
    log Collected(user=msg.sender, batch=batch, amount=amount)
    return amount
