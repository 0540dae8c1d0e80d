"""The post-quantum multisig of Examples/, with keys and signatures of another implementation of FIPS 204."""

import unittest

from dilithium_py.ml_dsa import ML_DSA_65
from eth_utils import keccak
from web3.exceptions import ContractLogicError

import shared
from contracts import deploy, done


class Multisig(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.web3, (cls.alice, cls.bob, cls.carol) = shared.web3, shared.accounts
        cls.keys = [ML_DSA_65.key_derive(bytes([7, n]) * 16) for n in range(3)]
        cls.wallet = deploy(cls.web3, "PostQuantumMultisig", [keccak(public) for public, _ in cls.keys], 2, sender=cls.alice)
        done(cls.web3, cls.web3.eth.send_transaction({"from": cls.alice, "to": cls.wallet.address, "value": 10**18}))

    def approvals(self, owners, to, amount, data=b""):
        digest = self.wallet.functions.digest(to, amount, data).call()
        return [(n, self.keys[n][0], ML_DSA_65.sign(self.keys[n][1], digest)) for n in owners]

    def test_two_of_three_pay_and_only_once(self):
        to = "0x" + "22" * 20
        approvals = self.approvals([0, 2], to, 10**15)
        # Whoever pays for the transaction has no say: bob owns nothing here.
        receipt = done(self.web3, self.wallet.functions.execute(to, 10**15, b"", approvals).transact({"from": self.bob}))
        self.assertEqual(self.web3.eth.get_balance(to), 10**15)
        (event,) = self.wallet.events.Executed().process_receipt(receipt)
        self.assertEqual(event.args.amount, 10**15)
        with self.assertRaisesRegex(ContractLogicError, "invalid signature"):
            self.wallet.functions.execute(to, 10**15, b"", approvals).call({"from": self.bob})

    def test_an_approval_opens_one_wallet_only(self):
        other = deploy(self.web3, "PostQuantumMultisig", [keccak(public) for public, _ in self.keys], 2, sender=self.alice)
        approvals = self.approvals([0, 1], self.bob, 0)
        with self.assertRaisesRegex(ContractLogicError, "invalid signature"):
            other.functions.execute(self.bob, 0, b"", approvals).call({"from": self.alice})

    def test_a_targets_reason_comes_up(self):
        token = deploy(self.web3, "Token", "Token", "TOK", 1, sender=self.alice)
        data = bytes.fromhex(token.encode_abi("transfer", [self.bob, 5])[2:])
        approvals = self.approvals([1, 2], token.address, 0, data)
        with self.assertRaisesRegex(ContractLogicError, "erc20: transfer amount exceeds balance"):
            self.wallet.functions.execute(token.address, 0, data, approvals).call({"from": self.alice})

    def test_payments_are_logged_and_bad_owners_refused(self):
        receipt = done(self.web3, self.web3.eth.send_transaction({"from": self.bob, "to": self.wallet.address, "value": 3}))
        (event,) = self.wallet.events.Received().process_receipt(receipt)
        self.assertEqual((event.args.sender, event.args.amount), (self.bob, 3))
        owner = keccak(self.keys[0][0])
        for reason, arguments in {"owner twice": ([owner, owner], 1), "threshold out of range": ([owner], 2)}.items():
            with self.subTest(reason), self.assertRaisesRegex(ContractLogicError, reason):
                deploy(self.web3, "PostQuantumMultisig", *arguments, sender=self.alice)

    def test_too_few_or_false_approvals_pay_nothing(self):
        to, execute = "0x" + "33" * 20, self.wallet.functions.execute
        good = self.approvals([0, 1], to, 5)
        refused = {
            "not enough approvals": good[:1],
            "owners out of order": [good[1], good[0]],
            "not the owner's key": [good[0], (2, good[1][1], good[1][2])],
            "invalid signature": [good[0], (1, good[1][1], good[0][2])],
        }
        for reason, approvals in refused.items():
            with self.subTest(reason), self.assertRaisesRegex(ContractLogicError, reason):
                execute(to, 5, b"", approvals).call({"from": self.alice})
        with self.assertRaisesRegex(ContractLogicError, "invalid signature"):
            execute(to, 6, b"", good).call({"from": self.alice})
