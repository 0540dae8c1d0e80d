import ChainTypes
import Cryptography
import Foundation
import Primitives
import Testing
import Wallet

@Suite struct JournalTests {
    let scratch: Scratch
    let builder: TransactionBuilder
    private let path: String

    init() throws {
        scratch = try Scratch()
        path = scratch.directory("journal.log")
        builder = TransactionBuilder(keyChain: try Fixture.keyChain(), chain: ChainIdentity(chainID: 1, genesis: .zero))
    }

    /// A transfer of so much, for so much gwei of both fees.
    private func body(nonce: UInt64, value: UInt64 = 1, gwei: UInt64 = 10) -> UnsignedTransaction {
        let fee = UInt256(gwei) * QST.gwei
        return builder.body(
            TransactionRequest(to: Fixture.recipient, value: UInt256(value)), nonce: nonce, gasLimit: 21_000,
            fees: FeeOffer(priority: fee, maximum: fee))
    }

    private let outcome = TransactionOutcome(block: 7, blockHash: .zero, succeeded: true, gasUsed: 21_000, effectiveGasPrice: 5)

    @Test func entriesAndStatusesComeBack() throws {
        let transactions = try (0..<3).map { try builder.sign(body(nonce: $0)) }
        do {
            var journal = try Journal.open(path)
            for transaction in transactions { try journal.record(transaction) }
            try journal.settle(transactions[0].hash, .included(outcome))
            try journal.settle(transactions[1].hash, .dropped(.refused("mempoolFull")))
        }
        let entries = try Journal.open(path).entries
        #expect(entries.map(\.transaction) == transactions)
        #expect(entries.map(\.status) == [.included(outcome), .dropped(.refused("mempoolFull")), .pending])
    }

    @Test func nextNonceFillsGapsAndSkipsWhatWaits() throws {
        var journal = try Journal.open(path)
        let transactions = try (5..<8).map { try builder.sign(body(nonce: $0)) }
        for transaction in transactions { try journal.record(transaction) }
        #expect(journal.nextNonce(from: 5) == 8)
        #expect(journal.nextNonce(from: 9) == 9)
        try journal.settle(transactions[1].hash, .dropped(.expired))
        #expect(journal.nextNonce(from: 5) == 6)
        try journal.settle(transactions[0].hash, .included(outcome))
        #expect(journal.nextNonce(from: 5) == 6)
    }

    @Test func replacementRaisesBothFeesByATenthAndKeepsTheNextKey() throws {
        var journal = try Journal.open(path)
        try journal.record(builder.sign(body(nonce: 0, gwei: 10)))
        let least = UInt256(11) * QST.gwei
        #expect(throws: WalletError.replacementUnderpriced(priority: least, maximum: least)) {
            try journal.check(body(nonce: 0, value: 2, gwei: 10))
        }
        var other = body(nonce: 0, value: 2, gwei: 11)
        other.maxPriorityFeePerGas = QST.gwei
        #expect(throws: WalletError.replacementUnderpriced(priority: least, maximum: least)) { try journal.check(other) }
        other = body(nonce: 0, value: 2, gwei: 11)
        other.nextKeyCommitment = Keccak256.hash([1])
        #expect(throws: WalletError.replacementChangesNextKey) { try journal.check(other) }
        try journal.check(body(nonce: 0, value: 2, gwei: 11))
    }

    @Test func finalNonceIsOver() throws {
        var journal = try Journal.open(path)
        let (first, second) = (try builder.sign(body(nonce: 0)), try builder.sign(body(nonce: 0, value: 2, gwei: 20)))
        try journal.record(first)
        try journal.record(second)
        #expect(journal.pending.map(\.hash) == [first.hash, second.hash])
        try journal.settle(first.hash, .included(outcome))
        #expect(journal.entry(second.hash)?.status == .dropped(.replaced))
        #expect(throws: WalletError.nonceUsed(0)) { try journal.check(body(nonce: 0, value: 3, gwei: 90)) }
        // What is final stays final.
        try journal.settle(first.hash, .dropped(.expired))
        #expect(journal.entry(first.hash)?.status == .included(outcome))
    }

    @Test func oneTimeKeyNeverSignsASecondTransactionWhateverBecameOfTheFirst() throws {
        let first = try builder.sign(body(nonce: 0))
        for status in [TransactionStatus.pending, .dropped(.expired), .dropped(.refused("x"))] {
            try? FileManager.default.removeItem(atPath: path)
            var journal = try Journal.open(path, isOneTime: { _ in true })
            try journal.record(first)
            try journal.settle(first.hash, status)
            #expect(throws: WalletError.oneTimeKeyUsed(nonce: 0)) { try journal.check(body(nonce: 0, value: 2, gwei: 90)) }
            #expect(throws: WalletError.oneTimeKeyUsed(nonce: 0)) { try journal.check(first.body) }
            try journal.check(body(nonce: 1))
        }
    }

    @Test func tornTailLosesOnlyWhatWasNotSent() throws {
        let (first, second) = (try builder.sign(body(nonce: 0)), try builder.sign(body(nonce: 1)))
        var journal: Journal? = try Journal.open(path)
        try journal?.record(first)
        try journal?.record(second)
        journal = nil
        let data = try #require(FileManager.default.contents(atPath: path))
        try data.dropLast(100).write(to: URL(filePath: path))
        #expect(try Journal.open(path).entries.map(\.hash) == [first.hash])
    }

    @Test func oldEntriesAreForgottenAndTheRestIsNot() throws {
        let transactions = try (0..<520).map { try builder.sign(body(nonce: $0)) }
        do {
            var journal = try Journal.open(path)
            for transaction in transactions {
                try journal.record(transaction)
                if transaction.body.nonce < 519 { try journal.settle(transaction.hash, .included(outcome)) }
            }
        }
        for _ in 0..<2 {
            let entries = try Journal.open(path).entries
            #expect(entries.count == 258)
            #expect(entries.last?.isPending == true)
            #expect(entries.dropLast().allSatisfy { $0.isIncluded })
            #expect(entries.map(\.nonce) == Array(262..<520))
        }
    }

    @Test func raisedFeeIsRoundedUp() {
        #expect(FeeOffer(priority: 1, maximum: 10).raised == FeeOffer(priority: 2, maximum: 11))
        #expect(FeeOffer(priority: .zero, maximum: 101).raised == FeeOffer(priority: .zero, maximum: 112))
        #expect(FeeOffer(priority: .zero, maximum: .max).raised == nil)
    }
}
