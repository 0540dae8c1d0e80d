# pragma version ~=0.4.3
"""
@title Shares of a pool of tokens: snekmate's ERC-4626, whole
"""
from ethereum.ercs import IERC20
from snekmate.extensions import erc4626

initializes: erc4626
exports: erc4626.__interface__


@deploy
def __init__(name: String[25], symbol: String[5], asset: IERC20):
    erc4626.__init__(name, symbol, asset, 0, name, "1")
