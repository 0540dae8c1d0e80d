# pragma version ~=0.4.3
"""
@title A fungible token: snekmate's ERC-20, whole
"""
from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]
exports: erc20.__interface__


@deploy
def __init__(name: String[25], symbol: String[5], supply: uint256):
    ownable.__init__()
    erc20.__init__(name, symbol, 18, name, "1")
    erc20._mint(msg.sender, supply)
