import ChainTypes
import Cryptography
import EVM
import Execution
import Primitives
import SystemContracts
import Testing

/// What executed transactions leave behind.
@Suite struct ExecutionTests {
    static let unknownFunction: [UInt8] = [1, 2, 3, 4]

    /// A call of a system contract that reverts.
    private func reverting(_ chain: TestChain, nonce: UInt64 = 0, wei: UInt256 = 0) throws -> SignedTransaction {
        try chain.transfer(chain.alice, nonce: nonce, wei: wei) {
            $0.to = KeyRegistry.address
            $0.data = Self.unknownFunction
            $0.gasLimit = 100_000
        }
    }

    @Test func transferMovesValueAndCostsItsGasOnly() throws {
        var chain = try TestChain()
        let (before, baseFee) = (try chain.balance(chain.alice.address), chain.context.baseFee)
        let receipts = try chain.extend([chain.transfer(chain.alice, wei: 12_345) { $0.gasLimit = 50_000 }])
        let receipt = try #require(receipts.first)
        #expect(receipt.succeeded && receipt.gasUsed == 21_000 && receipt.cumulativeGasUsed == 21_000 && receipt.logs.isEmpty)
        #expect(receipt.effectiveGasPrice == baseFee + QST.gwei)
        #expect(try chain.balance(TestChain.shop) == 12_345)
        #expect(try chain.balance(chain.alice.address) == before - 12_345 - receipt.effectiveGasPrice * 21_000)
        #expect(try chain.balance(TestChain.proposer) == QST.gwei * 21_000)
        let emission = Emission.scheduled(1000)
        #expect(try chain.balance(SystemContracts.distribution) == baseFee * 21_000 + emission)
    }

    @Test func feeCapBoundsThePrice() throws {
        var chain = try TestChain()
        let cap = chain.context.baseFee + 3
        let receipts = try chain.extend([chain.transfer(chain.alice) { ($0.maxFeePerGas, $0.maxPriorityFeePerGas) = (cap, 5) }])
        #expect(receipts.first?.effectiveGasPrice == cap)
        #expect(try chain.balance(TestChain.proposer) == UInt256(3) * 21_000)
    }

    @Test func nonceAndNextKeyAdvanceAlsoWhenExecutionReverts() throws {
        var chain = try TestChain()
        let receipts = try chain.extend([reverting(chain)])
        #expect(receipts.first?.succeeded == false)
        #expect(try chain.state.account(chain.alice.address)?.nonce == 1)
        let recorded = try AccountKeys.commitment(of: chain.alice.address, in: chain.state)
        #expect(recorded == (try chain.alice.key(1).commitment))
        #expect(throws: BlockExecutor.Failure.invalid(.nonceTooLow(expected: 1, got: 0))) { try chain.run([reverting(chain)]) }
        #expect(try chain.run([chain.transfer(chain.alice, nonce: 1)]).receipts.first?.succeeded == true)
    }

    @Test func revertOfASystemContractKeepsTheFeeAndReturnsTheValue() throws {
        var chain = try TestChain()
        let before = try chain.balance(chain.alice.address)
        let receipts = try chain.extend([reverting(chain, wei: 77)])
        let receipt = try #require(receipts.first)
        #expect(!receipt.succeeded && receipt.logs.isEmpty && receipt.gasUsed >= 21_000 && receipt.gasUsed <= 100_000)
        #expect(receipt.revertData == RevertReason.encode("unknown function"))
        #expect(try chain.balance(chain.alice.address) == before - receipt.effectiveGasPrice * UInt256(receipt.gasUsed))
        #expect(try chain.balance(KeyRegistry.address) == .zero)
        #expect(try chain.state.storage(KeyRegistry.address, StorageLayout.slot(0)) == .zero)
    }

    @Test func contractOutOfGasTakesAllOfIt() throws {
        var chain = try TestChain()
        let device = Keccak256.hash([1])
        let receipts = try chain.extend([
            chain.transfer(chain.alice, wei: 0) {
                $0.to = KeyRegistry.address
                $0.data = KeyRegistry.linkDeviceCall(device: device)
                $0.gasLimit = IntrinsicGas.of($0) + 5_000
            }
        ])
        let receipt = try #require(receipts.first)
        #expect(!receipt.succeeded && receipt.gasUsed == (receipt.cumulativeGasUsed))
        let slot = KeyRegistry.deviceSlot(owner: try chain.alice.address, device: device)
        #expect(try chain.state.storage(KeyRegistry.address, slot) == .zero)
    }

    @Test func systemContractWritesAndEmits() throws {
        var chain = try TestChain()
        let device = Keccak256.hash([1])
        let receipts = try chain.extend([
            chain.transfer(chain.alice, wei: 0) {
                $0.to = KeyRegistry.address
                $0.data = KeyRegistry.linkDeviceCall(device: device)
                $0.gasLimit = 100_000
            }
        ])
        let receipt = try #require(receipts.first)
        #expect(receipt.succeeded)
        #expect(receipt.logs.map(\.topics) == [[KeyRegistry.deviceLinked, try chain.alice.address.padded, device]])
        #expect(chain.head.block.header.logsBloom == receipt.bloom && receipt.bloom != .empty)
        let slot = KeyRegistry.deviceSlot(owner: try chain.alice.address, device: device)
        #expect(try chain.state.storage(KeyRegistry.address, slot) == UInt256(chain.head.block.header.timestamp))
    }

    @Test func feesAddUpAndTheSupplyGrowsByTheEmission() throws {
        var chain = try TestChain()
        let (supply, start) = (try chain.supply(), chain.nextTime - 1000)
        // Three accounts and a QST at stake.
        #expect(supply == QST.one * 3001)
        for nonce in 0..<5 as Range<UInt64> {
            try chain.extend([
                chain.transfer(chain.alice, nonce: 2 * nonce, wei: UInt256(nonce)), reverting(chain, nonce: 2 * nonce + 1, wei: 9),
                chain.transfer(chain.bob, nonce: nonce) { $0.to = nonce == 2 ? TestChain.proposer : $0.sender },
                chain.transfer(chain.carol, nonce: nonce) { $0.gasLimit = 1_000_000 },
            ])
            #expect(chain.head.receipts.count == 4)
            #expect(try chain.supply() == supply + Emission.scheduled(chain.nextTime - 1000 - start))
        }
        #expect(try chain.balance(TestChain.proposer) > .zero)
        #expect(try chain.balance(SystemContracts.distribution) > .zero)
    }

    @Test func cumulativeGasIsTheSum() throws {
        var chain = try TestChain()
        let receipts = try chain.extend([reverting(chain), chain.transfer(chain.bob), chain.transfer(chain.carol)])
        var sum: UInt64 = 0
        for receipt in receipts {
            sum += receipt.gasUsed
            #expect(receipt.cumulativeGasUsed == sum)
        }
        #expect(chain.head.block.header.gasUsed == sum)
    }

    @Test func receiptsAndRootsAreDeterministic() throws {
        func play() throws -> [Hash] {
            var chain = try TestChain()
            return try (0..<4 as Range<UInt64>).flatMap { nonce in
                try chain.extend([
                    chain.transfer(chain.carol, nonce: nonce), reverting(chain, nonce: nonce), chain.transfer(chain.bob, nonce: nonce),
                ])
                let header = chain.head.block.header
                return [header.stateRoot, header.receiptsRoot, header.transactionsRoot, chain.head.id]
            }
        }
        #expect(try play() == play())
    }

    @Test func orderOfIndependentTransactionsChangesReceiptsButNotTheirEffects() throws {
        let chain = try TestChain()
        let (first, second) = (try chain.transfer(chain.alice), try chain.transfer(chain.bob))
        let (one, other) = (try chain.build([first, second]), try chain.build([second, first]))
        #expect(one.block.header.stateRoot == other.block.header.stateRoot)
        #expect(one.block.header.transactionsRoot != other.block.header.transactionsRoot)
    }

    @Test func genesisFollowsFromItsSpecAlone() throws {
        let chain = try TestChain()
        #expect(try TestChain().genesis == chain.genesis)
        #expect(chain.head.block.header.extraData == chain.spec.hash.bytes)
        for address in SystemContracts.addresses + Annex.all {
            let account = try #require(try chain.state.account(address))
            #expect(account.nonce == 1 && account.balance == (address == Staking.address ? QST.one : .zero))
            #expect(account.codeHash == Keccak256.hash(SystemContracts.code))
        }
        var changed = chain.spec
        changed.allocations[0].balance = changed.allocations[0].balance + 1
        #expect(try Genesis.build(changed).block.id != chain.genesis)
        changed = chain.spec
        changed.name = "another"
        #expect(try Genesis.build(changed).block.header.stateRoot == chain.head.block.header.stateRoot)
        #expect(try Genesis.build(changed).block.id != chain.genesis)
    }
}
