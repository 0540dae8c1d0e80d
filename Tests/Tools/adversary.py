"""What one account or a bad day can do to a whole network, on real processes: `make drill-adversary`.

Calls that cost much more time than gas, blocks that are full of them, and a chain that stands still: blocks go on, the way back
needs no hand, and nobody is punished for it.
"""

import json
import os
import signal
import subprocess
import time

from web3 import HTTPProvider, Web3

from network import QUSTREAM, Network
from shared import until

PARAMETERS = 0x0804
# The most that one transaction may take.
MOST = 1 << 24


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def looping(call, length):
    """Init code of a contract that calls the parameters' contract until its gas is gone: with these bytes first, and zeros."""
    loop = bytes.fromhex("5b5f5f62") + length.to_bytes(3) + bytes.fromhex("5f61") + PARAMETERS.to_bytes(2) + bytes.fromhex("5afa50600656")
    # CODECOPY of what stands behind the code, then the loop.
    head = bytes([0x60, len(call), 0x60, 7 + len(loop), 0x5F, 0x39, 0x5B])
    runtime = head + loop + call
    return bytes([0x60, len(runtime), 0x80, 0x60, 0x09, 0x5F, 0x39, 0x5F, 0xF3]) + runtime


class Drill:
    def __init__(self, network):
        self.network = network
        self.web3 = Web3(HTTPProvider(network.gateway))
        self.accounts = self.web3.eth.accounts[:3]
        self.nodes = []

    def validators(self):
        return json.loads(self.network.command("validator", "list", "--json"))

    def block(self, number="latest"):
        """As the node gives it, with the view."""
        return self.web3.provider.make_request("eth_getBlockByNumber", [number if number == "latest" else hex(number), False])["result"]

    def deploy(self, code):
        hash = self.web3.eth.send_transaction({"from": self.accounts[0], "data": code, "gas": 500_000})
        receipt = self.web3.eth.wait_for_transaction_receipt(hash, timeout=30, poll_latency=0.05)
        assert receipt.status == 1, receipt
        # It does what it is for.
        call = {"from": self.accounts[0], "to": receipt.contractAddress, "gas": hex(1_000_000)}
        trace = self.web3.provider.make_request("debug_traceCall", [call, "latest", {"tracer": "callTracer"}])["result"]
        assert len(trace["calls"]) > 5 and int(trace["calls"][0]["to"], 16) == PARAMETERS, trace
        return receipt.contractAddress

    def burn(self, contract, sender, gas):
        return self.web3.eth.send_transaction({"from": sender, "to": contract, "gas": gas})

    def spent(self, hashes, gas):
        """The blocks in which these transactions have used up all their gas."""
        receipts = [self.web3.eth.wait_for_transaction_receipt(hash, timeout=60, poll_latency=0.05) for hash in hashes]
        assert all(receipt.status == 0 and receipt.gasUsed == gas for receipt in receipts), receipts
        return sorted({receipt.blockNumber for receipt in receipts})

    def views_lost(self, first, last):
        """Views that ended without a block between two blocks."""
        views = [int(self.block(number)["view"], 16) for number in (first, last)]
        return views[1] - views[0] - (last - first)

    # The chapters.

    def calls_that_were_too_cheap_are_paid(self):
        name = b"minimumSelfStake"
        text = bytes(31) + b"\x20" + len(name).to_bytes(32) + name.ljust(32, b"\0")
        self.bounds = self.deploy(looping(Web3.keccak(text="bounds(string)")[:4] + text, 100))
        self.count = self.deploy(looping(Web3.keccak(text="count()")[:4], 512 << 10))
        for contract in (self.bounds, self.count):
            before = int(self.block()["number"], 16)
            (number,) = self.spent([self.burn(contract, self.accounts[1], MOST)], MOST)
            until(lambda: int(self.block()["number"], 16) > number + 2)
            say(f"  16.8 M gas of it in block {number}, views lost since block {before}: {self.views_lost(before, number + 2)}")

    def blocks_full_of_them_are_final(self):
        before = int(self.block()["number"], 16)
        gas = 14_500_000
        hashes = [self.burn(contract, sender, gas) for contract in (self.bounds, self.count) * 3 for sender in self.accounts]
        blocks = self.spent(hashes, gas)
        full = [number for number in blocks if int(self.block(number)["gasUsed"], 16) > 28_000_000]
        assert full, blocks
        until(lambda: int(self.block()["number"], 16) > blocks[-1] + 2)
        say(f"  {len(hashes)} such calls in {len(blocks)} blocks, {len(full)} of them full; views lost: {self.views_lost(before, blocks[-1] + 2)}")

    def a_chain_that_stood_still_punishes_nobody(self):
        before = self.validators()
        pids = [int((self.network.folder / f"net/validator-{index}/node.pid").read_text()) for index in (1, 2)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        stood = None

        def stands():
            nonlocal stood
            height = int(self.block()["number"], 16)
            if stood is None or stood[0] != height:
                stood = (height, time.monotonic())
            return time.monotonic() - stood[1] > 20

        until(stands, 60)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        until(lambda: int(self.block()["number"], 16) > stood[0] + 8, 90)
        self.unpunished(before)

    def all_validators_die_and_come_back(self):
        before = self.validators()
        waiting = self.burn(self.bounds, self.accounts[2], 5_000_000)
        for index in range(1, 5):
            os.kill(int((self.network.folder / f"net/validator-{index}/node.pid").read_text()), signal.SIGKILL)
        height = int(self.block()["number"], 16)
        for index in range(1, 5):
            home = self.network.folder / f"net/validator-{index}"
            log = open(self.network.folder / f"validator-{index}.out", "a")
            self.nodes.append(subprocess.Popen([str(QUSTREAM), "node", "validator", "--home", str(home)], stdout=log, stderr=log))
        until(lambda: int(self.block()["number"], 16) > height + 8, 90)
        # What waited is tried again by the node where it came in.
        self.spent([waiting], 5_000_000)
        self.unpunished(before)

    def unpunished(self, before):
        after = {validator["address"]: validator for validator in self.validators()}
        for validator in before:
            now = after[validator["address"]]
            assert now["status"] == validator["status"] and int(now["stake"]) >= int(validator["stake"]), (validator, now)

    def run(self):
        for chapter in (
            self.calls_that_were_too_cheap_are_paid, self.blocks_full_of_them_are_final,
            self.a_chain_that_stood_still_punishes_nobody, self.all_validators_die_and_come_back,
        ):
            started = time.monotonic()
            chapter()
            say(f"{chapter.__name__.replace('_', ' ')}: {time.monotonic() - started:.0f} s")

    def stop(self):
        for node in self.nodes:
            node.terminate()
        for node in self.nodes:
            node.wait(30)


if __name__ == "__main__":
    with Network("--operator-nodes", 0, "--community-nodes", 0) as network:
        drill = Drill(network)
        try:
            drill.run()
        finally:
            drill.stop()
