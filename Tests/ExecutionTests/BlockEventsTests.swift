import ChainTypes
import Primitives
import Replica
import SystemContracts
import Testing
import Trie

/// The receipt of what happens at a block's beginning and end.
@Suite struct BlockEventsTests {
    private let closed = ABI.topic("ClosePeriod(uint256,uint256,uint256)")

    /// A block in which a reward period ends.
    private func closing(_ chain: TestChain, _ transactions: [SignedTransaction]) throws -> ExecutedBlock {
        let period = chain.spec.economy.parameters[.rewardPeriodMilliseconds].limb0
        return try chain.builder.build(
            on: chain.head, state: chain.state, candidates: transactions, view: 1, numbers: RandomNumbers(seed: [7]),
            timeMilliseconds: chain.spec.genesisTimeMilliseconds + period
        ).block
    }

    @Test func itFollowsThoseOfTheTransactionsAndTheHeaderHasIt() throws {
        let chain = try TestChain()
        let block = try closing(chain, [chain.transfer(chain.alice)])
        #expect(block.receipts.count == 2 && block.block.transactions.count == 1)
        let own = try #require(block.receipts.last)
        #expect(own.isOfBlock && !block.receipts[0].isOfBlock)
        #expect(own.cumulativeGasUsed == block.block.header.gasUsed && own.succeeded)
        let event = try #require(own.logs.first { $0.topics.first == closed })
        #expect(event.address == Distribution.address && event.topics == [closed, .zero] && event.data.count == 64)
        let header = block.block.header
        #expect(header.logsBloom.mayHold(.init(closed.bytes)) && header.logsBloom.mayHold(.init(event.address.bytes)))
        let entries = block.receipts.enumerated().map { index, receipt in
            var key = RLPWriter()
            key.append(index)
            return (key: key.bytes, value: receipt.consensusForm)
        }
        #expect(header.receiptsRoot == MerklePatriciaTrie.root(of: entries), "a proof of the event holds against the header")
        try chain.validate(block.block)
    }

    @Test func aBlockInWhichNothingHappensHasNone() throws {
        var chain = try TestChain()
        #expect(try chain.extend().isEmpty)
        #expect(try chain.extend([chain.transfer(chain.alice)]).count == 1)
        #expect(chain.head.block.header.logsBloom == .empty)
    }
}
