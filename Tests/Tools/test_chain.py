"""The chain as web3.py sees it: proofs, subscriptions, traces, system contracts."""

import asyncio
import unittest

from web3 import AsyncWeb3, WebSocketProvider

import proof
import shared
from contracts import deploy, done


def raw(method, *parameters):
    answer = shared.web3.provider.make_request(method, list(parameters))
    assert "result" in answer, answer
    return answer["result"]


class Chain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.web3, (cls.alice, cls.bob, cls.carol) = shared.web3, shared.accounts
        cls.token = deploy(cls.web3, "Token", "Token", "TOK", 10**24, sender=cls.alice)

    def test_proof_of_an_account_and_its_slots(self):
        block = raw("eth_getBlockByNumber", "latest", False)
        self.assertEqual("0x" + proof.block_hash(block).hex(), block["hash"])
        height, root = int(block["number"], 16), bytes.fromhex(block["stateRoot"][2:])
        for address in (self.alice, self.token.address, "0x" + "11" * 20):
            answer = self.web3.eth.get_proof(address, list(range(8)), height)
            balance, nonce, slots = proof.check(answer, root, address, range(8))
            self.assertEqual(balance, self.web3.eth.get_balance(address, height))
            self.assertEqual(nonce, self.web3.eth.get_transaction_count(address, height))
            for slot, value in slots.items():
                self.assertEqual(value, int.from_bytes(self.web3.eth.get_storage_at(address, slot, height), "big"))
        token = self.web3.eth.get_proof(self.token.address, list(range(8)), height)
        self.assertTrue(any(proof.check(token, root, self.token.address, range(8))[2].values()))

    def test_a_changed_proof_is_noticed(self):
        block = self.web3.eth.get_block("latest")
        honest = self.web3.eth.get_proof(self.token.address, list(range(8)), block.number)
        used = next(n for n, slot in enumerate(honest["storageProof"]) if slot["proof"])

        def changed(nodes):
            return [bytes([*nodes[0][:40], nodes[0][40] ^ 1, *nodes[0][41:]]), *nodes[1:]]

        slots = [dict(slot) for slot in honest["storageProof"]]
        slots[used]["proof"] = changed(slots[used]["proof"])
        forged = {
            "account": {"accountProof": changed(honest["accountProof"])},
            "slot": {"storageProof": slots},
            "longer": {"accountProof": [*honest["accountProof"], b"\x80"]},
            "other account": {"address": self.alice},
            "other slots": {"storageProof": list(reversed(honest["storageProof"]))},
        }
        for what, change in forged.items():
            with self.subTest(what), self.assertRaises(proof.Forged):
                proof.check({**honest, **change}, bytes(block.stateRoot), self.token.address, range(8))
        header = dict(raw("eth_getBlockByNumber", hex(block.number), False), gasUsed="0x1")
        self.assertNotEqual("0x" + proof.block_hash(header).hex(), header["hash"])

    def test_subscriptions(self):
        async def listen():
            url = shared.network.gateway.replace("http://", "ws://")
            async with AsyncWeb3(WebSocketProvider(url)) as web3:
                heads = await web3.eth.subscribe("newHeads")
                logs = await web3.eth.subscribe("logs", {"address": self.token.address})
                hash = await web3.eth.send_transaction(
                    {"from": self.alice, "to": self.token.address, "data": self.token.encode_abi("transfer", [self.bob, 9])}
                )
                seen = {}
                async for message in web3.socket.process_subscriptions():
                    if message["subscription"] == heads:
                        seen["head"] = message["result"]["number"]
                    elif message["subscription"] == logs and message["result"]["transactionHash"] == hash:
                        seen["log"] = message["result"]["blockNumber"]
                    if "log" in seen and seen.get("head", 0) >= seen["log"]:
                        return

        asyncio.run(asyncio.wait_for(listen(), 30))

    def test_traces(self):
        receipt = done(self.web3, self.token.functions.transfer(self.bob, 1).transact({"from": self.alice}))
        steps = raw("debug_traceTransaction", "0x" + bytes(receipt.transactionHash).hex())
        self.assertEqual(steps["gas"], receipt.gasUsed)
        self.assertTrue(any(step["op"] == "SSTORE" for step in steps["structLogs"]))
        call = raw(
            "debug_traceTransaction", "0x" + bytes(receipt.transactionHash).hex(),
            {"tracer": "callTracer", "tracerConfig": {"withLog": True}},
        )
        self.assertEqual(call["to"], self.token.address.lower())
        self.assertEqual(len(call["logs"]), 1)

    def test_every_transaction_has_its_own_key(self):
        before = raw("qs_getAccountKey", self.alice)
        done(self.web3, self.web3.eth.send_transaction({"from": self.alice, "to": self.bob, "value": 1}))
        after = raw("qs_getAccountKey", self.alice)
        self.assertNotEqual(before["commitment"], after["commitment"])

    def test_system_contracts_answer_calls(self):
        registry = self.web3.eth.contract(
            address="0x0000000000000000000000000000000000000820",
            abi=[{"type": "function", "name": "fee", "stateMutability": "view", "inputs": [{"type": "uint64", "name": "size"}],
                  "outputs": [{"type": "uint256", "name": ""}]}],
        )
        self.assertGreater(registry.functions.fee(1 << 30).call(), registry.functions.fee(1).call())

    def test_the_commands_do_the_same(self):
        command = shared.network.command
        address = self.token.address
        printed = command("contract", "call", "--to", address, "balanceOf(address)(uint256)", self.carol)
        self.assertEqual(int(printed), self.token.functions.balanceOf(self.carol).call())
        command("contract", "send", "--from", "alice", "--to", address, "--wait", "transfer(address,uint256)", self.carol, 3)
        self.assertEqual(self.token.functions.balanceOf(self.carol).call(), int(printed) + 3)
