"""What one stranger can take from the others at a node's RPC: `make bench-rpc-floods`.

A second client asks for the block number twenty times a second, from another address, while the stranger does its worst for a
while. For each kind: how long the second client waits (p50, p99, most), how many of its questions fail, and how much memory the
node has used at most. The stranger runs in a process of its own, on the same machine: the cores are shared.
"""

import asyncio
import base64
import json
import multiprocessing
import os
import sys
import time

from network import Network

SECONDS = int(os.environ.get("FLOOD_SECONDS", "15"))
STRANGER, CLIENT = "127.0.0.9", "127.0.0.1"
# KECCAK256 over a mebibyte, until the gas is gone.
LOOP = "0x5b621000005f20505f56"
CALL = {"to": "0x00000000000000000000000000000000000000aa", "gas": hex(1 << 24)}
OVERRIDE = {CALL["to"]: {"code": LOOP}}
ADDRESSES = ["0x" + index.to_bytes(20).hex() for index in range(1, 1001)]
TOPICS = [["0x" + (1000 * place + index).to_bytes(32).hex() for index in range(1000)] for place in range(4)]


def request(method, *parameters):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}


def post(body):
    return b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


async def read_reply(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    return head, await reader.readexactly(length)


async def open_connection(port, source):
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))


async def asking(port, body):
    """One connection that asks on and on, and comes again when it is closed."""
    message = post(body)
    while True:
        try:
            reader, writer = await open_connection(port, STRANGER)
            while True:
                writer.write(message)
                await writer.drain()
                await read_reply(reader)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await asyncio.sleep(0.05)


async def deaf(port, body):
    """One that asks and does not read."""
    while True:
        try:
            _, writer = await open_connection(port, STRANGER)
            writer.transport.pause_reading()
            writer.write(post(body) * 4)
            await asyncio.sleep(60)
        except OSError:
            await asyncio.sleep(0.05)


async def idle(port):
    while True:
        try:
            reader, _ = await open_connection(port, STRANGER)
            await reader.read()
        except OSError:
            pass
        await asyncio.sleep(0.05)


async def subscribing(port):
    """A WebSocket with as many subscriptions to logs as it gets."""
    body = json.dumps(request("eth_subscribe", "logs", {"address": ADDRESSES})).encode()
    while True:
        try:
            reader, writer = await open_connection(port, STRANGER)
            key = base64.b64encode(os.urandom(16))
            writer.write(
                b"GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
                b"sec-websocket-key: " + key + b"\r\n\r\n"
            )
            await reader.readuntil(b"\r\n\r\n")
            for _ in range(32):
                # A mask of zeros leaves the text as it is.
                writer.write(bytes([0x81, 0xFE]) + len(body).to_bytes(2) + bytes(4) + body)
                await writer.drain()
                await asyncio.sleep(0.01)
            await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.05)


def kinds():
    """Name, connections, and what each of them does."""
    def ask(*call):
        body = json.dumps(request(*call)).encode()
        return lambda port: asking(port, body)

    dear = request("eth_call", CALL, "latest", OVERRIDE)
    calls = {"calls": [CALL] * 8, "stateOverrides": OVERRIDE}
    steps = {"limit": 380_000, "stateOverrides": {CALL["to"]: {"code": "0x5b5f56"}}}
    memory = {"enableMemory": True, "limit": 22, "stateOverrides": {CALL["to"]: {"code": "0x5b620fffff51505f56"}}}
    big = json.dumps([request("eth_getBlockByNumber", "latest", True)] * 100).encode()
    return [
        ("nothing", 0, None),
        ("255 connections that say nothing", 255, idle),
        ("8 connections of calls that use 16.8 M gas", 8, ask("eth_call", CALL, "latest", OVERRIDE)),
        ("100 connections of them", 100, ask("eth_call", CALL, "latest", OVERRIDE)),
        ("50 connections with batches of 100 of them", 50, lambda port: asking(port, json.dumps([dear] * 100).encode())),
        ("64 connections of eth_estimateGas", 64, ask("eth_estimateGas", CALL, "latest", OVERRIDE)),
        ("32 connections of eth_simulateV1 with 8 calls", 32, ask("eth_simulateV1", {"blockStateCalls": [calls]}, "latest")),
        ("32 connections of debug_traceCall, 380,000 steps", 32, ask("debug_traceCall", CALL, "latest", steps)),
        ("32 connections of debug_traceCall with a mebibyte of memory", 32, ask("debug_traceCall", CALL, "latest", memory)),
        ("64 connections of eth_getLogs, 1,000 addresses, 4,000 topics", 64,
         ask("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "address": ADDRESSES, "topics": TOPICS})),
        ("64 connections of eth_chainId with 500 KB of parameters", 64, ask("eth_chainId", *[1] * 240_000)),
        ("200 WebSockets, 32 subscriptions to 1,000 addresses each", 200, subscribing),
        ("100 connections of long batches that read nothing", 100, lambda port: deaf(port, big)),
    ]


def flood(port, index):
    _, count, attack = kinds()[index]

    async def run():
        await asyncio.gather(*(attack(port) for _ in range(count)))

    asyncio.run(run())


async def probe(port, seconds):
    """Milliseconds of each answer, and how many did not come."""
    delays, failures = [], 0
    body = post(json.dumps(request("eth_blockNumber")).encode())
    reader = writer = None
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            if writer is None:
                reader, writer = await open_connection(port, CLIENT)
            writer.write(body)
            head, answer = await asyncio.wait_for(read_reply(reader), 10)
            if b"200" not in head.split(b"\r\n")[0] or b"result" not in answer:
                raise OSError(answer[:80])
            delays.append((time.monotonic() - began) * 1000)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            failures += 1
            if writer is not None:
                writer.close()
            writer = None
        await asyncio.sleep(max(0, 0.05 - (time.monotonic() - began)))
    return sorted(delays), failures


def resident(pid, field):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) >> 10 for line in status if line.startswith(field))


def main():
    chosen = os.environ.get("BENCH", "")
    # The RPC node traces here, although it would not where strangers can reach it.
    print(f"{'kind':64} {'p50 ms':>8} {'p99 ms':>8} {'most':>8} {'failed':>7} {'peak MiB':>9}", flush=True)
    for index, (name, _, _) in enumerate(kinds()):
        if chosen and chosen not in name:
            continue
        # A network for each kind: what it does to memory is not the next one's.
        with Network() as network:
            port = int(network.node.rsplit(":", 1)[1])
            pid = int((network.folder / "net/rpc-1/node.pid").read_text())
            stranger = multiprocessing.Process(target=flood, args=(port, index), daemon=True)
            if index:
                stranger.start()
                time.sleep(1)
            delays, failures = asyncio.run(probe(port, SECONDS))
            if index:
                stranger.kill()
                stranger.join()
            peak = resident(pid, "VmHWM")
            at = lambda share: delays[min(int(len(delays) * share), len(delays) - 1)] if delays else float("nan")
            print(f"{name:64} {at(0.5):8.1f} {at(0.99):8.1f} {at(1):8.1f} {failures:7} {peak:9}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
