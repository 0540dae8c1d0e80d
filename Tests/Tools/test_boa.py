"""titanoboa in network mode: Vyper source to a live contract."""

import unittest

import boa

import shared

SOURCE = """
# pragma version ~=0.4.3
count: public(uint256)

event Counted:
    by: indexed(address)
    total: uint256

@external
def add(more: uint256) -> uint256:
    assert more > 0, "nothing to add"
    self.count += more
    log Counted(by=msg.sender, total=self.count)
    return self.count
"""


class Boa(unittest.TestCase):
    def test_a_contract_from_source(self):
        alice = shared.accounts[0]
        with boa.set_network_env(shared.network.gateway):
            boa.env.add_accounts_from_rpc(shared.network.gateway)
            contract = boa.loads(SOURCE)
            self.assertEqual(contract.add(5), 5)
            self.assertEqual(contract.add(7), 12)
            (event,) = contract.get_logs()
            self.assertEqual((event.by, event.total), (alice, 12))
            self.assertEqual(contract.count(), 12)
            with boa.reverts("nothing to add"):
                contract.add(0)
        # Another client sees the same.
        web3 = shared.web3
        self.assertGreater(len(web3.eth.get_code(str(contract.address))), 0)
