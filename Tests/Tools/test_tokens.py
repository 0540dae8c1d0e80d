"""snekmate's contracts through web3.py and the gateway."""

import unittest

from web3.exceptions import ContractCustomError, ContractLogicError

import shared
from contracts import deploy, done


class Tokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.web3, (cls.alice, cls.bob, cls.carol) = shared.web3, shared.accounts
        cls.token = deploy(cls.web3, "Token", "Token", "TOK", 10**24, sender=cls.alice)

    def test_transfer_and_its_event(self):
        before = self.token.functions.balanceOf(self.bob).call()
        receipt = done(self.web3, self.token.functions.transfer(self.bob, 5).transact({"from": self.alice}))
        (event,) = self.token.events.Transfer().process_receipt(receipt)
        self.assertEqual((event.args.sender, event.args.receiver, event.args.value), (self.alice, self.bob, 5))
        self.assertEqual(self.token.functions.balanceOf(self.bob).call(), before + 5)
        logs = self.token.events.Transfer().get_logs(from_block=receipt.blockNumber, argument_filters={"receiver": self.bob})
        self.assertIn(receipt.transactionHash, [log.transactionHash for log in logs])

    def test_a_revert_says_why(self):
        with self.assertRaisesRegex(ContractLogicError, "erc20: transfer amount exceeds balance"):
            self.token.functions.transfer(self.bob, 10**30).call({"from": self.carol})
        with self.assertRaisesRegex(ContractLogicError, "erc20: transfer amount exceeds balance"):
            self.token.functions.transfer(self.bob, 10**30).transact({"from": self.carol})

    def test_a_filter_tells_of_new_events(self):
        events = self.token.events.Transfer.create_filter(from_block="latest")
        receipt = done(self.web3, self.token.functions.transfer(self.carol, 7).transact({"from": self.alice}))
        found = shared.until(lambda: [e for e in events.get_new_entries() if e.transactionHash == receipt.transactionHash])
        self.assertEqual(found[0].args.value, 7)

    def test_collection(self):
        collection = deploy(self.web3, "Collection", "Art", "ART", "https://example.org/", sender=self.alice)
        done(self.web3, collection.functions.safe_mint(self.bob, "one").transact({"from": self.alice}))
        self.assertEqual(collection.functions.ownerOf(0).call(), self.bob)
        done(self.web3, collection.functions.transferFrom(self.bob, self.carol, 0).transact({"from": self.bob}))
        self.assertEqual(collection.functions.balanceOf(self.carol).call(), 1)
        with self.assertRaises(ContractLogicError):
            collection.functions.transferFrom(self.bob, self.alice, 0).call({"from": self.bob})

    def test_shares_of_a_pool(self):
        shares = deploy(self.web3, "Shares", "Shares", "SHR", self.token.address, sender=self.alice)
        done(self.web3, self.token.functions.approve(shares.address, 1000).transact({"from": self.alice}))
        done(self.web3, shares.functions.deposit(1000, self.alice).transact({"from": self.alice}))
        done(self.web3, self.token.functions.transfer(shares.address, 1000).transact({"from": self.alice}))
        self.assertEqual(shares.functions.convertToAssets(500).call(), 999)
        done(self.web3, shares.functions.redeem(500, self.bob, self.alice).transact({"from": self.alice}))
        self.assertEqual(shares.functions.balanceOf(self.alice).call(), 500)

    def test_multicall(self):
        multicall = deploy(self.web3, "Multicall", sender=self.alice)
        asks = [self.token.encode_abi("balanceOf", [who]) for who in (self.alice, self.bob, self.carol)]
        calls = [(self.token.address, False, ask) for ask in asks] + [(self.token.address, True, b"\xff" * 4)]
        results = multicall.functions.multistaticcall(calls).call()
        self.assertEqual([success for success, _ in results], [True, True, True, False])
        balances = [int.from_bytes(data, "big") for _, data in results[:3]]
        self.assertEqual(balances, [self.token.functions.balanceOf(who).call() for who in (self.alice, self.bob, self.carol)])
