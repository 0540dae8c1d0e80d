interface Token:
    def mint(amount: uint256): nonpayable
    def transfer(receiver: address, amount: uint256) -> bool: nonpayable

@external
def run(token: address, count: uint256):
    extcall Token(token).mint(count)
    for index: uint256 in range(count, bound=1000000):
        extcall Token(token).transfer(convert(convert(1000 + index % 100, uint160), address), 1)
