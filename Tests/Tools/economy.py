"""The life of a validator, by commands alone: `make drill-economy`.

A fifth validator joins, leads, is killed, comes back, and has a twin; delegators move and lose their share;
proposals change the chain and admit a node; an upgrade stops the nodes that do not know it. All on real processes, with
epochs of some seconds.
"""

import json
import subprocess
import sys
import time

from web3 import HTTPProvider, Web3

import rewards
from contracts import deploy, done
from network import QUSTREAM, Network
from shared import until

EPOCH = 8
QST = 10**18


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


class Drill:
    def __init__(self, network):
        self.network = network
        self.folder = network.folder
        self.nodes = {}

    # What everyone uses.

    def json(self, *arguments):
        return json.loads(self.network.command(*arguments, "--json"))

    def validator(self, moniker):
        return next((v for v in self.json("validator", "list") if v["moniker"] == moniker), None)

    def stake(self, account, moniker):
        found = [d for d in self.json("stake", "show", account)["delegations"] if d["moniker"] == moniker]
        return found[0] if found else None

    def send(self, *arguments):
        return self.network.command(*arguments, "--wait")

    def start_node(self, kind, name, home=None):
        log = open(self.folder / f"{name}.out", "a")
        command = [str(QUSTREAM), "node", kind, "--home", str(home or self.folder / name)]
        self.nodes[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def stop_node(self, name, kill=False):
        process = self.nodes.pop(name)
        process.kill() if kill else process.terminate()
        process.wait(30)

    def stop_all(self):
        for name in list(self.nodes):
            self.stop_node(name)

    def proposal(self, id, status, seconds=10 * EPOCH):
        return until(lambda: (p := self.json("gov", "show", id))["status"] == status and p, seconds)

    # The chapters.

    def a_fifth_validator_joins_and_leads(self):
        base = self.network.base
        self.network.command(
            "init", "--home", self.folder / "erin", "--kind", "validator", "--moniker", "erin", "--operator", "alice",
            "--genesis", self.network.wallet / "genesis.rlp", "--p2p-listen", f"127.0.0.1:{base + 10}",
        )
        self.start_node("validator", "erin")
        keys = self.folder / "erin/operator.json"
        assert "proofs are made for" in self.network.refusal(
            "validator", "create", "--from", "bob", "--keys", keys, "--amount", 250000)
        assert "below the minimum" in self.network.refusal(
            "validator", "create", "--from", "alice", "--keys", keys, "--amount", 1000)
        self.send("validator", "create", "--from", "alice", "--keys", keys, "--amount", 250000, "--commission", 5)
        self.send("stake", "delegate", "--from", "bob", "--validator", "erin", "--amount", 100000)
        erin = until(lambda: (v := self.validator("erin"))["delivered"] > 0 and v, 4 * EPOCH)
        assert erin["status"] == "active" and erin["power"] == 350000, erin

    def rewards_are_those_of_a_spreadsheet(self):
        chain, erin = rewards.Chain(self.network.node), self.validator("erin")["address"]
        say(rewards.compare(chain, erin, self.bob.lower(), commission=5, period_milliseconds=2000 * EPOCH, periods=3))

    def it_is_killed_jailed_and_comes_back(self):
        self.stop_node("erin", kill=True)
        jailed = until(lambda: (v := self.validator("erin"))["status"] == "jailed" and v, 10 * EPOCH)
        assert int(jailed["stake"]) < 350000 * QST, "an outage costs a little"
        self.start_node("validator", "erin")
        until(lambda: time.time() > jailed["jailedUntil"] + 1, 3 * EPOCH)
        self.send("validator", "unjail", "--from", "alice")
        before = self.validator("erin")["delivered"]
        until(lambda: (v := self.validator("erin"))["status"] == "active" and v["power"] > 0 and v["delivered"] > before, 6 * EPOCH)

    def a_delegator_moves_and_leaves(self):
        self.send("stake", "redelegate", "--from", "bob", "--source", "erin", "--destination", "validator-1", "--amount", 20000)
        assert "too recently" in self.network.refusal(
            "stake", "redelegate", "--from", "bob", "--source", "validator-1", "--destination", "validator-2", "--amount", 1)
        self.send("stake", "unbond", "--from", "bob", "--validator", "erin", "--amount", 10000)
        (entry,) = self.stake("bob", "erin")["unbonding"]
        self.send("stake", "cancel", "--from", "bob", "--validator", "erin", "--height", entry["height"], "--amount", 4000)
        (entry,) = self.stake("bob", "erin")["unbonding"]
        assert int(entry["amount"]) == 6000 * QST, entry
        until(lambda: time.time() > entry["completesAt"] + 1, 4 * EPOCH)
        before = self.web3.eth.get_balance(self.bob)
        self.send("stake", "claim", "--from", "bob")
        assert self.web3.eth.get_balance(self.bob) > before + 5999 * QST
        assert not self.stake("bob", "erin")["unbonding"]

    def proposals_change_the_chain(self):
        self.send("gov", "propose", "parameters", "blockGasLimit=40000000", "--from", "bob", "--title", "Larger blocks", "--deposit", 1000)
        assert "is not voted on" in self.network.refusal("gov", "vote", 1, "yes", "--from", "bob")
        self.send("gov", "deposit", 1, "--from", "carol", "--amount", 9000)
        self.send("gov", "propose", "admit-operator", "carol", "--from", "carol", "--title", "Carol's node", "--deposit", 10000)
        for id in (1, 2):
            for voter in ("alice", "validator-1", "validator-2"):
                self.send("gov", "vote", id, "yes", "--from", voter)
            self.send("gov", "vote", id, "yes=0.5,no=0.5", "--from", "bob")
        assert self.json("gov", "show", 1, "--voter", "bob")["vote"] == {"yes": str(QST // 2), "no": str(QST // 2)}
        for id in (1, 2):
            self.proposal(id, "executed")
        until(lambda: self.web3.eth.get_block("latest").gasLimit == 40_000_000)
        assert "is not voted on" in self.network.refusal("gov", "vote", 1, "no", "--from", "bob")
        self.send("gov", "withdraw", 1, "--from", "carol")

    def an_operator_node_joins(self):
        """Governance has admitted it in the chapter before."""
        self.network.command(
            "init", "--home", self.folder / "carol-node", "--kind", "encryption", "--moniker", "carol-node", "--operator", "carol",
            "--genesis", self.network.wallet / "genesis.rlp", "--p2p-listen", f"127.0.0.1:{self.network.base + 11}",
        )
        self.start_node("encryption", "carol-node")
        keys = self.folder / "carol-node/operator.json"
        self.send("encryption-node", "register", "--from", "carol", "--class", "operator", "--keys", keys, "--amount", 200000)
        until(lambda: [n for n in self.json("encryption-node", "list") if n["moniker"] == "carol-node" and n["status"] == "active"], 3 * EPOCH)
        until(lambda: [n for n in self.json("encryption-node", "list") if n["moniker"] == "carol-node" and int(n["rewards"]) > 0], 5 * EPOCH)
        self.send("stake", "claim", "--from", "carol", "--node")

    def a_node_that_is_silent_pays_for_it(self):
        """The operator node of the chapter before: challenged while it runs, and while it is away."""
        challenge = lambda status: until(
            lambda: (c := self.json("encryption-node", "challenges", "--node", "carol-node")[0])["status"] == status and c, 4 * EPOCH)
        node = lambda: next(n for n in self.json("encryption-node", "list") if n["moniker"] == "carol-node")
        self.send("encryption-node", "challenge", "carol-node", "--from", "bob")
        challenge("answered")
        assert node()["status"] == "active"
        self.stop_node("carol-node", kill=True)
        before = self.web3.eth.get_balance(self.bob)
        self.send("encryption-node", "challenge", "carol-node", "--from", "bob")
        failed = challenge("failed")
        assert time.time() >= failed["deadline"] and self.web3.eth.get_balance(self.bob) > before - QST, "the deposit comes back"
        assert node()["status"] == "jailed" and int(node()["stake"]) == 198_000 * QST, node()
        assert "suspended already" in self.network.refusal("encryption-node", "challenge", "carol-node", "--from", "bob")
        self.start_node("encryption", "carol-node")
        self.send("encryption-node", "add-stake", "--from", "carol", "--amount", 2000)
        until(lambda: time.time() > node()["jailedUntil"] + 1, 3 * EPOCH)
        self.send("encryption-node", "unjail", "--from", "carol")
        until(lambda: node()["status"] == "active", 3 * EPOCH)

    def a_contract_stakes_for_its_users(self):
        web3, staking = self.web3, Web3.to_checksum_address("0x" + "800".rjust(40, "0"))
        abi = [{
            "type": "function", "name": "delegate", "stateMutability": "payable",
            "inputs": [{"name": "validator", "type": "address"}], "outputs": [{"name": "", "type": "bool"}],
        }, {
            "type": "function", "name": "delegation", "stateMutability": "view",
            "inputs": [{"name": "delegator", "type": "address"}, {"name": "validator", "type": "address"}],
            "outputs": [{"name": "shares", "type": "uint256"}, {"name": "wei", "type": "uint256"}],
        }]
        validator = Web3.to_checksum_address(self.validator("validator-3")["address"])
        contract = web3.eth.contract(address=staking, abi=abi)
        done(web3, contract.functions.delegate(validator).transact({"from": self.bob, "value": 7 * QST}))
        assert contract.functions.delegation(self.bob, validator).call()[1] == 7 * QST
        self.pool = deploy(web3, "StakePool", validator, sender=self.alice)
        for user, wei in ((self.bob, 300 * QST), (self.carol, 100 * QST)):
            done(web3, self.pool.functions.deposit(0).transact({"from": user, "value": wei}))
        assert contract.functions.delegation(self.pool.address, validator).call()[1] == 400 * QST

    def its_users_are_paid(self):
        web3, pool = self.web3, self.pool
        claimed = until(lambda: pool.functions.claim().call(), 5 * EPOCH)
        done(web3, pool.functions.claim().transact({"from": self.carol}))
        assert pool.functions.worth(self.bob).call() >= 300 * QST + claimed * 3 // 4 - 4
        done(web3, pool.functions.leave(pool.functions.shares(self.carol).call()).transact({"from": self.carol}))
        done(web3, pool.functions.unbond().transact({"from": self.bob}))
        free = until(lambda: self._collectable(), 5 * EPOCH)
        assert free > 100 * QST
        done(web3, pool.functions.collect(0).transact({"from": self.carol}))

    def blocks_tell_what_they_do(self):
        """Tools find what no transaction did."""
        web3 = self.web3
        closed = {"address": rewards.DISTRIBUTION, "topics": [Web3.keccak(text="ClosePeriod(uint256,uint256,uint256)")], "fromBlock": 1}
        log = until(lambda: web3.eth.get_logs(closed), 8 * EPOCH)[-1]
        block = web3.eth.get_block(log.blockNumber, full_transactions=True)
        transaction, receipt = web3.eth.get_transaction(log.transactionHash), web3.eth.get_transaction_receipt(log.transactionHash)
        assert block.transactions[-1] == transaction and int(transaction["from"], 16) == 2**160 - 2, transaction
        assert log in receipt.logs and receipt.gasUsed == 0 and receipt.transactionIndex == len(block.transactions) - 1, receipt
        assert len(web3.eth.get_block_receipts(log.blockNumber)) == len(block.transactions)

    def _collectable(self):
        try:
            return self.pool.functions.collect(0).call({"from": self.carol})
        except Exception:
            return 0

    def its_twin_votes_too_and_it_is_removed(self):
        """A second machine is set up with its key while the first still runs: both lead, and say two things."""
        before = int(self.stake("bob", "erin")["stake"])
        self.network.command(
            "init", "--home", self.folder / "twin", "--kind", "validator", "--moniker", "erin", "--genesis",
            self.network.wallet / "genesis.rlp", "--consensus-key-of", self.folder / "erin/node.key",
            "--p2p-listen", f"127.0.0.1:{self.network.base + 12}",
        )
        self.start_node("validator", "twin")
        until(lambda: self.validator("erin")["status"] == "tombstoned", 12 * EPOCH)
        after = int(self.stake("bob", "erin")["stake"])
        assert abs(after - before * 9 // 10) <= 1, (before, after)
        assert "removed for good" in self.network.refusal("validator", "unjail", "--from", "alice")
        self.send("stake", "unbond", "--from", "bob", "--validator", "erin", "--amount", 1)
        until(lambda: self.validator("erin")["power"] == 0, 4 * EPOCH)
        for name in ("erin", "twin"):
            self.stop_node(name)

    def an_upgrade_stops_who_does_not_know_it(self):
        network = self.network
        # Three of four validators know version 2 (in a rehearsal, because their settings say so).
        for index in (1, 2, 3):
            home = network.folder / f"net/validator-{index}"
            subprocess.run(["kill", (home / "node.pid").read_text().strip()], check=True)
            until(lambda: not (home / "node.pid").exists())
            toml = (home / "node.toml").read_text().replace("protocol_version = 1", "protocol_version = 2")
            (home / "node.toml").write_text(toml)
            self.start_node("validator", f"validator-{index}", home)
            until(lambda: self._height(index - 1) is not None and self._height(index - 1) >= self.web3.eth.block_number - 2)
        height = self.web3.eth.block_number + 6 * EPOCH
        self.send(
            "gov", "propose", "upgrade", "--name", "aurora", "--protocol", 2, "--height", height, "--from", "bob", "--title", "Aurora",
            "--deposit", 10000)
        id = self.json("gov", "list")[0]["id"]
        for voter in ("validator-1", "validator-2", "validator-3"):
            self.send("gov", "vote", id, "yes", "--from", voter)
        self.proposal(id, "executed")
        until(lambda: (self._height(0) or 0) > height + 3, 12 * EPOCH)
        # The fourth validator and the node that served RPC have stopped, and say why.
        for name in ("validator-4", "rpc-1"):
            home = network.folder / "net" / name
            until(lambda: not (home / "node.pid").exists())
            assert f"block {height} is of protocol version 2 (aurora)" in (home / "node.log").read_text()
        again = subprocess.run(
            [str(QUSTREAM), "node", "validator", "--home", str(network.folder / "net/validator-4")], capture_output=True, text=True, timeout=60)
        assert again.returncode == 1 and "install a release" in again.stderr, again

    def _height(self, index):
        try:
            return Web3(HTTPProvider(self.network.nodes[1 + index])).eth.block_number
        except Exception:
            return None

    def run(self):
        self.web3 = Web3(HTTPProvider(self.network.gateway))
        self.alice, self.bob, self.carol = self.web3.eth.accounts[:3]
        for chapter in (
            self.a_fifth_validator_joins_and_leads, self.a_contract_stakes_for_its_users, self.rewards_are_those_of_a_spreadsheet,
            self.it_is_killed_jailed_and_comes_back, self.a_delegator_moves_and_leaves, self.its_users_are_paid,
            self.blocks_tell_what_they_do, self.proposals_change_the_chain, self.an_operator_node_joins, self.a_node_that_is_silent_pays_for_it,
            self.its_twin_votes_too_and_it_is_removed, self.an_upgrade_stops_who_does_not_know_it,
        ):
            if len(sys.argv) > 1 and chapter.__name__ not in sys.argv[1:]:
                continue
            started = time.monotonic()
            chapter()
            say(f"{chapter.__name__.replace('_', ' ')}: {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    # The RPC node adds the whole economy up after final blocks: a fault stops it, and the drill with it.
    with Network("--epoch-seconds", EPOCH, "--operator-nodes", 0, "--community-nodes", 0, "--check-invariants") as network:
        drill = Drill(network)
        try:
            drill.run()
        finally:
            drill.stop_all()
