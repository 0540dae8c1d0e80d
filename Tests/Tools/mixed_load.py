"""A local network under transfers and ERC-20 calls for some minutes: every node must have the same state roots.

    mixed_load.py MINUTES
"""

import random
import sys
import threading
import time

from web3 import HTTPProvider, Web3

import shared
from contracts import deploy
from network import Network


class Load(threading.Thread):
    """One account sends without waiting for what it sent; every second transaction moves tokens."""

    def __init__(self, url, account, others, token, seed, end):
        super().__init__()
        self.web3, self.account, self.others = Web3(HTTPProvider(url)), account, others
        self.token = self.web3.eth.contract(address=token.address, abi=token.abi)
        self.random, self.end = random.Random(seed), end
        self.transfers = self.calls = self.refusals = 0
        self.failure = None

    def run(self):
        try:
            while time.monotonic() < self.end:
                self.send()
        except Exception as failure:
            self.failure = failure

    def send(self):
        to, amount = self.random.choice(self.others), self.random.randrange(1, 10**6)
        try:
            if self.random.random() < 0.5:
                self.web3.eth.send_transaction({"from": self.account, "to": to, "value": amount, "gas": 21_000})
                self.transfers += 1
            else:
                self.token.functions.transfer(to, amount).transact({"from": self.account, "gas": 100_000})
                self.calls += 1
        except Exception as refusal:
            # The wallet keeps at most 64 in flight, and says so.
            if "in flight" not in str(refusal) and "inFlight" not in str(refusal):
                raise
            self.refusals += 1
            time.sleep(0.05)


def compare(nodes):
    """The height up to which all nodes agree: the newest block that all have is the same."""
    height = min(node.eth.block_number for node in nodes)
    blocks = [node.eth.get_block(height) for node in nodes]
    assert len({(block.hash, block.stateRoot) for block in blocks}) == 1, f"nodes differ at {height}: {blocks}"
    return height


def main(minutes):
    seed = random.randrange(1 << 32)
    with Network() as network:
        shared.start(network)
        token = deploy(shared.web3, "Token", "Token", "TOK", 10**24, sender=shared.accounts[0])
        for other in shared.accounts[1:]:
            hash = token.functions.transfer(other, 10**23).transact({"from": shared.accounts[0]})
            shared.web3.eth.wait_for_transaction_receipt(hash, poll_latency=0.05)
        nodes = [Web3(HTTPProvider(url)) for url in network.nodes]
        end = time.monotonic() + 60 * minutes
        loads = [
            Load(network.gateway, account, [a for a in shared.accounts if a != account], token, seed + index, end)
            for index, account in enumerate(shared.accounts)
        ]
        first = compare(nodes)
        for load in loads:
            load.start()
        comparisons = 0
        while any(load.is_alive() for load in loads):
            time.sleep(5)
            compare(nodes)
            comparisons += 1
        for load in loads:
            if load.failure:
                raise load.failure
        last = compare(nodes)
        supply = token.functions.totalSupply().call()
        assert sum(token.functions.balanceOf(a).call() for a in shared.accounts) == supply
        print(
            f"seed {seed}: {minutes} min, {sum(l.transfers for l in loads)} transfers, {sum(l.calls for l in loads)} ERC-20 calls, "
            f"blocks {first} to {last}, state roots of {len(nodes)} nodes equal in all {comparisons + 2} comparisons"
        )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
