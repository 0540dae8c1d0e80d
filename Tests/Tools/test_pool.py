"""Examples/staking/StakePool.vy against those who would take from it. The staking contracts are played by mocks with the
same rules, so that slashes and weeks cost nothing; `make drill-economy` runs the pool on a network."""

import unittest

import boa
from eth.exceptions import Revert

from network import ROOT

QST = 10**18
DAY = 86_400
UNBONDING = 21 * DAY
VALIDATOR = "0x" + "11" * 20

STAKING = """
# pragma version ~=0.4.3
struct Entry:
    amount: uint256
    free_at: uint256

bonded: HashMap[address, uint256]
entries: HashMap[address, DynArray[Entry, 7]]

@external
@payable
def __default__():
    pass

@external
@payable
def delegate(validator: address) -> bool:
    assert msg.value > 0, "the amount is zero"
    self.bonded[msg.sender] += msg.value
    return True

@external
def undelegate(validator: address, amount: uint256) -> uint256:
    self._complete(msg.sender)
    assert len(self.entries[msg.sender]) < 7, "too many unbonding entries"
    self.bonded[msg.sender] -= amount
    free_at: uint256 = block.timestamp + 1814400
    self.entries[msg.sender].append(Entry(amount=amount, free_at=free_at))
    return free_at

@internal
def _complete(delegator: address) -> uint256:
    paid: uint256 = 0
    left: DynArray[Entry, 7] = []
    for entry: Entry in self.entries[delegator]:
        if entry.free_at <= block.timestamp:
            paid += entry.amount
        else:
            left.append(entry)
    self.entries[delegator] = left
    # Without a call, as the chain pays.
    if paid > 0:
        self._pay(delegator, paid)
    return paid

@internal
def _pay(receiver: address, amount: uint256):
    raw_call(0x0000000000000000000000000000000000000999, abi_encode(receiver), value=amount)

@external
def completeUnbonding(delegator: address, validator: address) -> uint256:
    return self._complete(delegator)

@external
@view
def delegation(delegator: address, validator: address) -> (uint256, uint256):
    return self.bonded[delegator], self.bonded[delegator]

@external
def slash(delegator: address, percent: uint256):
    self.bonded[delegator] -= self.bonded[delegator] * percent // 100
    left: DynArray[Entry, 7] = []
    for entry: Entry in self.entries[delegator]:
        left.append(Entry(amount=entry.amount - entry.amount * percent // 100, free_at=entry.free_at))
    self.entries[delegator] = left
"""

# Pays without running the receiver's code: a contract that ends itself in the transaction that made it.
PAYER = """
# pragma version ~=0.4.3
@external
@payable
def __default__():
    receiver: address = abi_decode(slice(msg.data, 0, 32), address)
    # PUSH20 receiver SELFDESTRUCT
    code: Bytes[32] = concat(x"73", convert(receiver, bytes20), x"ff")
    created: address = raw_create(code, value=msg.value)
"""

DISTRIBUTION = """
# pragma version ~=0.4.3
due: uint256
earned: public(uint256)

interface Payer:
    def pay(receiver: address): payable

@external
@payable
def reward():
    self.due += msg.value

@external
def earn(amount: uint256):
    self.earned = amount

@external
def withdrawDelegatorRewards(validator: address) -> uint256:
    amount: uint256 = self.due
    self.due = 0
    if amount > 0:
        raw_call(0x0000000000000000000000000000000000000999, abi_encode(msg.sender), value=amount)
    return amount

@external
@view
def periodRewards(delegator: address, validator: address) -> uint256:
    return self.earned
"""

PARAMETERS = """
# pragma version ~=0.4.3
@external
@view
def get(name: String[64]) -> uint256:
    if name == "maximumEntries":
        return 7
    assert name == "unbondingMilliseconds"
    return 1814400000
"""


def address(number):
    return "0x" + number.rjust(40, "0")


class Pool(unittest.TestCase):
    def setUp(self):
        # A chain of its own in memory: no test of the network sees it.
        environment = boa.swap_env(boa.Env())
        environment.__enter__()
        self.addCleanup(environment.__exit__, None, None, None)
        self.staking = boa.loads(STAKING, override_address=address("800"))
        self.distribution = boa.loads(DISTRIBUTION, override_address=address("801"))
        boa.loads(PARAMETERS, override_address=address("804"))
        boa.loads(PAYER, override_address=address("999"))
        self.pool = boa.load(str(ROOT / "Examples/staking/StakePool.vy"), VALIDATOR)
        self.alice, self.bob, self.mallory = (boa.env.generate_address() for _ in range(3))
        for user in (self.alice, self.bob, self.mallory):
            boa.env.set_balance(user, 10_000 * QST)

    def deposit(self, user, wei):
        self.pool.deposit(0, value=wei, sender=user)

    def leave(self, user, part=None):
        return self.pool.leave(self.pool.shares(user) if part is None else part, sender=user)

    def test_who_comes_and_goes_gets_its_own(self):
        self.deposit(self.alice, 300 * QST)
        self.deposit(self.bob, 100 * QST)
        self.distribution.reward(value=40 * QST, sender=self.mallory)
        self.pool.claim()
        self.assertAlmostEqual(self.pool.worth(self.bob), 110 * QST, delta=10**6)
        batch = self.leave(self.bob)
        self.pool.unbond()
        with boa.reverts("nothing is free yet"):
            self.pool.collect(batch, sender=self.bob)
        boa.env.time_travel(UNBONDING)
        self.assertAlmostEqual(self.pool.collect(batch, sender=self.bob), 110 * QST, delta=10**6)
        with boa.reverts("nothing of it is yours"):
            self.pool.collect(batch, sender=self.bob)
        self.assertAlmostEqual(self.pool.worth(self.alice), 330 * QST, delta=10**6)

    def test_who_comes_first_makes_no_share_dear(self):
        self.deposit(self.mallory, 1)
        # Rewards, or whatever else comes to be bonded for the pool.
        self.distribution.reward(value=100 * QST, sender=self.mallory)
        self.deposit(self.alice, 150 * QST)
        self.assertGreater(self.pool.worth(self.alice), 149 * QST)
        self.assertLess(self.pool.worth(self.mallory), 100 * QST)

    def test_nobody_deposits_for_nothing(self):
        with boa.reverts("too few shares"):
            self.deposit(self.alice, 0)
        with boa.reverts("too few shares"):
            self.pool.deposit(2 * 10**6 * QST, value=QST, sender=self.alice)
        # Nor gives anything that would be nobody's.
        with self.assertRaises(Revert):
            boa.env.raw_call(self.pool.address, sender=self.mallory, value=QST)

    def test_a_newcomer_pays_for_what_has_been_earned(self):
        self.deposit(self.alice, 100 * QST)
        self.distribution.earn(50 * QST)
        self.deposit(self.mallory, 300 * QST)
        self.distribution.earn(0)
        self.distribution.reward(value=50 * QST, sender=self.bob)
        self.pool.claim()
        self.assertLessEqual(self.pool.worth(self.mallory), 300 * QST)
        self.assertGreaterEqual(self.pool.worth(self.alice), 149 * QST)

    def test_who_leaves_last_does_not_take_what_is_the_firsts(self):
        self.deposit(self.alice, 100 * QST)
        self.deposit(self.mallory, 100 * QST)
        first = self.leave(self.alice)
        self.pool.unbond()
        boa.env.time_travel(UNBONDING // 2)
        second = self.leave(self.mallory)
        self.pool.unbond()
        boa.env.time_travel(UNBONDING // 2 + 1)
        # Alice's wei are there, also when a stranger has called for them.
        self.staking.completeUnbonding(self.pool.address, VALIDATOR)
        for batch in (first, second):
            with boa.reverts():
                self.pool.collect(batch, sender=self.mallory)
        self.assertAlmostEqual(self.pool.collect(first, sender=self.alice), 100 * QST, delta=10**6)

    def test_dust_locks_nobody(self):
        self.deposit(self.alice, 100 * QST)
        self.deposit(self.mallory, QST)
        for _ in range(20):
            self.leave(self.mallory, 1)
        self.pool.unbond(sender=self.mallory)
        self.leave(self.mallory, 1)
        with boa.reverts("too early for another batch"):
            self.pool.unbond(sender=self.mallory)
        # As often as it may, for three unbonding times: there is always an entry left.
        for _ in range(20):
            boa.env.time_travel(UNBONDING // 6 + 1)
            self.leave(self.mallory, 1)
            self.pool.unbond(sender=self.mallory)
        boa.env.time_travel(UNBONDING // 6 + 1)
        batch = self.leave(self.alice)
        self.pool.unbond(sender=self.alice)
        boa.env.time_travel(UNBONDING)
        self.assertAlmostEqual(self.pool.collect(batch, sender=self.alice), 100 * QST, delta=10**6)

    def test_a_slash_is_borne_by_all_who_were_there(self):
        for user in (self.alice, self.bob):
            self.deposit(user, 100 * QST)
        first = self.leave(self.alice)
        self.pool.unbond()
        self.staking.slash(self.pool.address, 10)
        boa.env.time_travel(UNBONDING // 2)
        second = self.leave(self.bob)
        self.pool.unbond()
        boa.env.time_travel(UNBONDING // 2)
        self.assertAlmostEqual(self.pool.collect(first, sender=self.alice), 90 * QST, delta=10**6)
        boa.env.time_travel(UNBONDING // 2)
        self.assertAlmostEqual(self.pool.collect(second, sender=self.bob), 90 * QST, delta=10**6)

    def test_shares_that_wait_for_their_batch_bear_what_all_bear(self):
        for user in (self.alice, self.bob):
            self.deposit(user, 100 * QST)
        batch = self.leave(self.alice)
        self.staking.slash(self.pool.address, 50)
        self.pool.unbond()
        boa.env.time_travel(UNBONDING)
        self.assertAlmostEqual(self.pool.collect(batch, sender=self.alice), 50 * QST, delta=10**6)
        self.assertAlmostEqual(self.pool.worth(self.bob), 50 * QST, delta=10**6)

    def test_a_pool_that_lost_everything_pays_nothing_and_goes_on(self):
        self.deposit(self.alice, 100 * QST)
        batch = self.leave(self.alice)
        self.staking.slash(self.pool.address, 100)
        self.pool.unbond()
        boa.env.time_travel(UNBONDING)
        self.assertEqual(self.pool.collect(batch, sender=self.alice), 0)
        self.deposit(self.bob, QST)
        self.assertAlmostEqual(self.pool.worth(self.bob), QST, delta=10**6)
