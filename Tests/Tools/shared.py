"""What all tests share: one network for the whole run."""

import time

from web3 import HTTPProvider, Web3

network = None
web3 = None
accounts = ()


def start(running):
    global network, web3, accounts
    network, web3 = running, Web3(HTTPProvider(running.gateway))
    # Alice, bob and carol; the operators of the nodes follow.
    accounts = tuple(web3.eth.accounts[:3])
    assert len(accounts) == 3, accounts


def until(condition, seconds=20):
    """Asks again until there is an answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it never happened")
