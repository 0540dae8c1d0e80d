# pragma version ~=0.4.3
"""
@title Non-fungible tokens: snekmate's ERC-721, whole
"""
from snekmate.auth import ownable
from snekmate.tokens import erc721

initializes: ownable
initializes: erc721[ownable := ownable]
exports: erc721.__interface__


@deploy
def __init__(name: String[25], symbol: String[5], base_uri: String[80]):
    ownable.__init__()
    erc721.__init__(name, symbol, base_uri, name, "1")
