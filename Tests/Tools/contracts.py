"""Contracts of Examples/, compiled by the Vyper compiler of this environment."""

import functools
import json
import pathlib
import subprocess
import sys

from network import ROOT


@functools.cache
def compiled(name):
    """ABI and init code."""
    (source,) = (ROOT / "Examples").rglob(f"{name}.vy")
    vyper = pathlib.Path(sys.executable).parent / "vyper"
    output = subprocess.run([str(vyper), "-f", "abi,bytecode", str(source)], check=True, capture_output=True, text=True).stdout
    abi, bytecode = output.strip().split("\n")
    return json.loads(abi), bytecode


def deploy(web3, name, *arguments, sender):
    """Deploys and waits."""
    abi, bytecode = compiled(name)
    hash = web3.eth.contract(abi=abi, bytecode=bytecode).constructor(*arguments).transact({"from": sender})
    receipt = web3.eth.wait_for_transaction_receipt(hash, timeout=30, poll_latency=0.05)
    assert receipt.status == 1, receipt
    return web3.eth.contract(address=receipt.contractAddress, abi=abi)


def done(web3, hash):
    """Waits for a transaction that must succeed."""
    receipt = web3.eth.wait_for_transaction_receipt(hash, timeout=30, poll_latency=0.05)
    assert receipt.status == 1, receipt
    return receipt
