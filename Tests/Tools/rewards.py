"""A validator's rewards as a spreadsheet would have them: from the chain's blocks, in whole numbers."""

from web3 import HTTPProvider, Web3

from shared import until

QST = 10**18
YEAR = 365 * 86_400_000
STAKING, DISTRIBUTION = (Web3.to_checksum_address("0x" + number.rjust(40, "0")) for number in ("800", "801"))


def emitted(milliseconds):
    """Wei from genesis to a time in the first year: 80 million QST, evenly."""
    return 80_000_000 * QST * milliseconds // YEAR


class Chain:
    def __init__(self, url):
        self.web3 = Web3(HTTPProvider(url))
        self.blocks = {}

    def block(self, number):
        if number not in self.blocks:
            finality = self.web3.provider.make_request("qs_getFinality", [hex(number)])["result"]
            block = self.web3.eth.get_block(number)
            self.blocks[number] = {
                "time": int(finality["timeMilliseconds"], 16), "validators": int(finality["validators"], 16),
                "proposer": block.miner.lower(), "revenue": block.baseFeePerGas * block.gasUsed,
            }
        return self.blocks[number]

    def words(self, contract, signature, number, *addresses):
        """What a query answered after a block."""
        data = Web3.keccak(text=signature)[:4] + b"".join(bytes(12) + bytes.fromhex(address[2:]) for address in addresses)
        output = self.web3.eth.call({"to": contract, "data": data}, number)
        return [int.from_bytes(output[at:at + 32], "big") for at in range(0, len(output), 32)]

    def period(self, number="latest"):
        return self.words(DISTRIBUTION, "rewardPeriod()", number)[0]


class Sheet:
    """What each validator earned, block by block from genesis; all members of an epoch's set earn in it."""

    def __init__(self, chain, validator, period_milliseconds):
        self.chain, self.validator, self.length = chain, validator, period_milliseconds
        self.number = self.turns = self.pool = self.rest = self.earned = 0
        self.start = self.period_start = chain.block(0)["time"]
        self.delivered = {}
        # The block of each close, and what the validator earned in the period: of emission and of revenue.
        self.closes = []

    def run(self, until_block):
        while self.number < until_block:
            self.number += 1
            block, parent = self.chain.block(self.number), self.chain.block(self.number - 1)
            self.pool += block["revenue"] * 15 // 100
            minted = emitted(block["time"] - self.start) - emitted(parent["time"] - self.start)
            each, self.rest = divmod(self.rest + minted, block["validators"])
            self.earned += each
            self.delivered[block["proposer"]] = self.delivered.get(block["proposer"], 0) + 1
            self.turns += 1
            if block["time"] >= self.period_start + self.length:
                self._close(block["time"])

    def _close(self, time):
        revenue = {who: self.pool * count // self.turns for who, count in self.delivered.items()}
        self.closes.append((self.number, self.earned, revenue.get(self.validator, 0)))
        self.pool -= sum(revenue.values())
        self.delivered, self.turns, self.earned, self.period_start = {}, 0, 0, time


def compare(chain, validator, delegator, commission, period_milliseconds, periods):
    """Waits for whole periods without a change of the stake, and compares what the delegator can withdraw after each."""
    first = chain.period()
    until(lambda: chain.period() > first + periods, (periods + 2) * period_milliseconds / 1000)
    sheet = Sheet(chain, validator, period_milliseconds)
    sheet.run(chain.web3.eth.block_number)

    def due(number):
        return chain.words(DISTRIBUTION, "delegationRewards(address,address)", number, delegator, validator)[0]

    begin = sheet.closes[first][0]
    wanted = sheet.closes[first + 1:first + 1 + periods]
    shares = chain.words(STAKING, "delegation(address,address)", begin, delegator, validator)[0]
    all_shares = chain.words(STAKING, "validator(address)", begin, validator)[1]
    owed = 0
    for close, earned, revenue in wanted:
        kept = earned - earned * commission // 100
        owed += shares * kept * (earned + revenue) // (all_shares * earned)
        paid = due(close) - due(begin)
        # A wei may be lost in each period by rounding here, and one there.
        assert abs(paid - owed) <= 2 * periods, (close, paid, owed)
    return f"{periods} periods: {owed} wei for the delegator, {paid} by the chain"
