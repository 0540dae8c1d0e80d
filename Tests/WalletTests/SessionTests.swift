import ChainTypes
import Cryptography
import Foundation
import Primitives
import Signer
import Synchronization
import Testing
import Wallet

@Suite struct SessionTests {
    let scratch: Scratch
    let ledger = Ledger()
    let transfer = TransactionRequest(to: Fixture.recipient, value: 1000)

    init() throws { scratch = try Scratch() }

    /// A session of account 0 of the published phrase, from a wallet of its own; the account has 1 QST.
    private func session(_ directory: String = "w", suite: SignatureSuite = .mldsa65) async throws -> AccountSession<Ledger> {
        var wallet = try Fixture.wallet(scratch.directory(directory))
        let account = try wallet.importAccount(named: "alice", phrase: Fixture.phrase(), suite: suite, entropy: Fixture.entropy.get())
        if ledger.account(account.address).nonce == 0 { ledger.fund(account.address) }
        return try await wallet.session(for: account, on: ledger)
    }

    private func statuses(_ session: AccountSession<Ledger>) async throws -> [TransactionStatus] {
        try await session.refresh()
        return try session.entries().map(\.status)
    }

    @Test(arguments: SignatureSuite.allCases) func transferBecomesFinal(suite: SignatureSuite) async throws {
        let session = try await session(suite: suite)
        let sent = try await session.send(transfer)
        #expect(sent.body.gasLimit == (suite == .mldsa65 ? 21_000 : 31_000))
        let outcome = try await session.wait(for: sent.hash, polls: 5) { ledger.mine() }
        #expect(outcome.block == 2)
        #expect(outcome.fee == UInt256(sent.body.gasLimit) * 2 * QST.gwei)
        #expect(ledger.account(Fixture.recipient).balance == 1000)
        #expect(try session.entries().map(\.status) == [.included(outcome)])
    }

    /// A node that lies about the market or about the work decides nothing that a person pays: the wallet has a ceiling of its own.
    @Test func whatANodeWantsAboveTheCeilingIsNotSigned() async throws {
        let session = try await session()
        let honest = try await session.send(transfer).body
        #expect(UInt256(honest.gasLimit) * honest.maxFeePerGas < FeeOffer.standardCeiling)
        for (priority, gas) in [(QST.one, 21_000), (QST.gwei * 4_760, 21_000), (QST.gwei, 1 << 39), (UInt256.max >> 1, 21_000)] as [(UInt256, UInt64)] {
            ledger.change { ($0.priorityFee, $0.plainGas) = (priority, gas) }
            await #expect(throws: WalletError.self) { try await session.send(transfer) }
            // One that goes faster keeps its gas.
            if gas == 21_000 { await #expect(throws: WalletError.self) { try await session.replace(nonce: 0, .speedUp) } }
            await #expect(throws: WalletError.self) { try await session.replace(nonce: 0, .cancel) }
        }
        #expect(try session.entries().count == 1)
        // Who wants to pay so much says so.
        ledger.change { ($0.priorityFee, $0.plainGas) = (QST.gwei * 4_760, 21_000) }
        var dear = transfer
        dear.feeCeiling = QST.one
        var heard: UInt256?
        let sent = try await session.send(dear) { heard = $0 }.body
        #expect(heard == UInt256(sent.gasLimit) * sent.maxFeePerGas)
    }

    /// Nobody is told to pay again because a node shows no receipt.
    @Test func aPaymentWithoutAReceiptIsNotDropped() async throws {
        let session = try await session()
        let sent = try await session.send(transfer)
        ledger.change { $0.hidesOutcomes = true }
        ledger.mine()
        #expect(try await statuses(session) == [.dropped(.unseen)])
        await #expect(throws: WalletError.unseen(nonce: 0)) { try await session.wait(for: sent.hash, polls: 3) {} }
        // The next one goes on, and the receipt may come late.
        #expect(try await session.send(transfer).body.nonce == 1)
        ledger.change { $0.hidesOutcomes = false }
        #expect(try await session.wait(for: sent.hash, polls: 1) {}.block == 2)
    }

    @Test func nothingIsSignedThatItsOwnerRefusesAtTheEnd() async throws {
        let session = try await session()
        await #expect(throws: WalletError.locked) { try await session.send(transfer) { (_) throws(WalletError) in throw .locked } }
        #expect(try session.entries().isEmpty)
    }

    @Test func manyInFlightAreEachSignedByTheKeyThatTheOneBeforeCommittedTo() async throws {
        let session = try await session()
        var sent: [SignedTransaction] = []
        for _ in 0..<4 { sent.append(try await session.send(transfer)) }
        #expect(sent.map(\.body.nonce) == [0, 1, 2, 3])
        for (one, next) in zip(sent, sent.dropFirst()) {
            #expect(one.body.nextKeyCommitment == KeyCommitment.of(suite: .mldsa65, publicKey: next.witness.publicKey))
        }
        ledger.mine()
        #expect(try await statuses(session).allSatisfy { if case .included = $0 { true } else { false } })
        #expect(try await session.send(transfer).body.nonce == 4)
    }

    @Test func inFlightIsBounded() async throws {
        let session = try await session()
        for _ in 0..<64 { _ = try await session.send(transfer) }
        await #expect(throws: WalletError.tooManyInFlight(maximum: 64)) { try await session.send(transfer) }
        ledger.mine()
        #expect(try await session.send(transfer).body.nonce == 64)
    }

    @Test func bytesAreOnDiskBeforeTheyAreSent() async throws {
        let session = try await session()
        let path = scratch.path
        let seen = Seen()
        ledger.change { state in
            state.onSend = { raw in
                let logs = (try? FileManager.default.subpathsOfDirectory(atPath: path).filter { $0.hasSuffix(".log") }) ?? []
                seen.note(logs.contains { FileManager.default.contents(atPath: path + "/" + $0)?.range(of: Data(raw.dropFirst())) != nil })
            }
        }
        _ = try await session.send(transfer)
        #expect(seen.all == [true])
    }

    @Test func replacementKeepsNonceAndNextKeyAndWins() async throws {
        let session = try await session()
        let (first, follower) = (try await session.send(transfer), try await session.send(transfer))
        let second = try await session.replace(nonce: 0, .with(TransactionRequest(to: Fixture.recipient, value: 5)))
        #expect(second.body.nextKeyCommitment == first.body.nextKeyCommitment)
        #expect(second.witness.publicKey == first.witness.publicKey)
        #expect(second.body.maxFeePerGas * 10 >= first.body.maxFeePerGas * 11)
        ledger.mine()
        let statuses = try await statuses(session)
        #expect(statuses.first == .dropped(.replaced))
        #expect(ledger.account(Fixture.recipient).balance == 1005)
        await #expect(throws: WalletError.nonceUsed(0)) { try await session.replace(nonce: 0, .cancel) }
        await #expect(throws: WalletError.nothingToReplace(2)) { try await session.replace(nonce: 2, .cancel) }
        await #expect(throws: WalletError.dropped("replaced")) { try await session.wait(for: first.hash, polls: 3) {} }
        _ = try await session.wait(for: follower.hash, polls: 1) {}
    }

    @Test func speedUpSendsTheSameAndCancelNothing() async throws {
        let session = try await session()
        let (first, _) = (try await session.send(transfer), try await session.send(transfer))
        let faster = try await session.replace(nonce: 0, .speedUp)
        #expect(faster.body.value == first.body.value && faster.body.to == first.body.to)
        let cancelled = try await session.replace(nonce: 1, .cancel)
        #expect(cancelled.body.value.isZero && cancelled.body.to == session.address)
        ledger.mine()
        #expect(ledger.account(Fixture.recipient).balance == 1000)
    }

    @Test func replacementForLessThanATenthMoreIsNotSigned() async throws {
        let session = try await session()
        let first = try await session.send(transfer)
        var request = transfer
        request.fees = FeeOffer(of: first.body)
        await #expect(throws: WalletError.self) { try await session.replace(nonce: 0, .with(request)) }
        #expect(try session.entries().count == 1)
    }

    @Test func transactionThatDidNotReachTheNodeIsSentAgain() async throws {
        let session = try await session()
        ledger.change { state in state.onSend = { [ledger] _ in ledger.change { $0.isUnreachable = true } } }
        await #expect(throws: WalletError.self) { try await session.send(transfer) }
        #expect(try session.entries().map(\.status) == [.pending])
        ledger.change { state in (state.isUnreachable, state.onSend) = (false, nil) }
        let second = try await session.send(transfer)
        #expect(second.body.nonce == 1)
        ledger.mine()
        #expect(ledger.account(Fixture.recipient).balance == 2000)
    }

    @Test func nodeThatForgotIsSentEverythingAgain() async throws {
        let session = try await session()
        for _ in 0..<3 { _ = try await session.send(transfer) }
        ledger.forgetPending()
        let before = ledger.change(\.queries)
        _ = try await session.send(transfer)
        let again = ledger.change(\.queries) - before
        _ = try await session.send(transfer)
        // It is not told again what it has.
        #expect(again - (ledger.change(\.queries) - before - again) == 3)
        ledger.mine()
        #expect(ledger.account(Fixture.recipient).balance == 5000)
    }

    @Test func theNextTransactionTakesTheNonceOfARefusedOne() async throws {
        let session = try await session()
        ledger.change { $0.refusal = "mempoolFull" }
        await #expect(throws: WalletError.self) { try await session.send(transfer) }
        let refused = try #require(try session.entries().first)
        #expect(refused.status == .dropped(.refused("mempoolFull")))
        ledger.change { $0.refusal = nil }
        let second = try await session.send(TransactionRequest(to: Fixture.recipient, value: 7))
        // The node that refused the first one had kept its bytes. One key signed both, and only one of them can be final.
        #expect(second.body.nonce == refused.nonce && second.body.nextKeyCommitment == refused.transaction.body.nextKeyCommitment)
        await #expect(throws: ChainFailure.self) { try await ledger.send(raw: refused.transaction.networkForm) }
        ledger.mine()
        #expect(try await statuses(session).first == .dropped(.replaced))
        #expect(ledger.account(Fixture.recipient).balance == 7)
    }

    /// The node had passed on what it refused. Its owner may be about to pay a second time.
    @Test func nothingIsSignedWhenARefusedTransactionIsFinalAfterAll() async throws {
        let session = try await session()
        ledger.change { $0.refusal = "mempoolFull" }
        await #expect(throws: WalletError.self) { try await session.send(transfer) }
        ledger.change { $0.refusal = nil }
        let refused = try #require(try session.entries().first)
        try await ledger.send(raw: refused.transaction.networkForm)
        ledger.mine()
        await #expect(throws: WalletError.finalAfterAll(refused.hash, nonce: 0)) { try await session.send(transfer) }
        #expect(try session.entries().map(\.isIncluded) == [true])
        // Said once; who does mean another one gets it.
        #expect(try await session.send(transfer).body.nonce == 1)
    }

    /// With a one-time suite a key that signs twice is lost; no node's word makes it.
    @Test func noNodeMakesTheWalletSignWithAKeyThatItHasSeenUsed() async throws {
        let session = try await session()
        for _ in 0..<3 { _ = try await session.send(transfer) }
        ledger.mine()
        try await session.refresh()
        let honest = ledger.account(session.address)
        for nonce in 0..<3 as Range<UInt64> {
            ledger.change { [address = session.address] state in
                let commitment = nonce == 0 ? nil : session.builder.keyChain.commitment(at: nonce)
                state.accounts[address]?.nonce = nonce
                state.accounts[address]?.commitment = commitment
            }
            await #expect(throws: WalletError.nodeBehind(says: nonce, known: 3)) { try await session.send(transfer) }
        }
        #expect(try session.entries().count == 3)
        ledger.change { [address = session.address] in $0.accounts[address] = honest }
        #expect(try await session.send(transfer).body.nonce == 3)
    }

    /// A node that lies about a receipt holds a payment up until another node is asked: that one is given it.
    @Test func whatOnlyALiarCalledFinalIsSentToTheNextNode() async throws {
        let session = try await session()
        let sent = try await session.send(transfer)
        let outcome = TransactionOutcome(block: 9, blockHash: .zero, succeeded: true, gasUsed: 21_000, effectiveGasPrice: 1)
        ledger.change { $0.outcomes[sent.hash] = outcome }
        _ = try await session.wait(for: sent.hash, polls: 1) {}
        ledger.forgetPending()
        await #expect(throws: WalletError.nodeBehind(says: 0, known: 1)) { try await session.send(transfer) }
        ledger.mine()
        #expect(ledger.account(Fixture.recipient).balance == 1000)
        #expect(try await session.send(transfer).body.nonce == 1)
    }

    /// Two processes take turns, and one of them makes the file anew.
    @Test func sessionsWithOneJournalSeeWhatTheOtherHasWritten() async throws {
        var wallet = try Fixture.wallet(scratch.directory("w"))
        let account = try wallet.importAccount(named: "alice", phrase: Fixture.phrase(), entropy: Fixture.entropy.get())
        ledger.fund(account.address)
        let sessions = [try await wallet.session(for: account, on: ledger), try await wallet.session(for: account, on: ledger)]
        for nonce in 0..<600 as Range<UInt64> {
            #expect(try await sessions[Int(nonce) % 2].send(transfer).body.nonce == nonce)
            ledger.mine()
        }
        #expect(try sessions[0].entries() == sessions[1].entries())
        #expect(try sessions[0].entries() == wallet.wallet.journal(of: account.address, on: ledger.change(\.identity)))
    }

    @Test func expiredTransactionFreesItsNonce() async throws {
        let session = try await session()
        var request = transfer
        request.lastValidBlock = 3
        let sent = try await session.send(request)
        ledger.forgetPending()
        #expect(try await statuses(session) == [.pending])
        ledger.mine()
        ledger.mine()
        #expect(try await statuses(session) == [.dropped(.expired)])
        #expect(try await session.send(transfer).body.nonce == sent.body.nonce)
    }

    @Test func lostJournalIsMadeUpForByTheChain() async throws {
        let first = try await session()
        for _ in 0..<3 { _ = try await first.send(transfer) }
        ledger.mine()
        let second = try await session("elsewhere")
        #expect(try await second.send(transfer).body.nonce == 3)
        ledger.mine()
        // The first wallet learns that another one used its keys.
        #expect(try await first.send(transfer).body.nonce == 4)
    }

    @Test func rivalFromAnotherDeviceSettlesOurs() async throws {
        let (here, there) = (try await session(), try await session("there"))
        let ours = try await here.send(transfer)
        ledger.forgetPending()
        _ = try await there.send(TransactionRequest(to: Fixture.recipient, value: 7))
        ledger.mine()
        #expect(try await statuses(here) == [.dropped(.unseen)])
        await #expect(throws: WalletError.unseen(nonce: 0)) { try await here.wait(for: ours.hash, polls: 1) {} }
    }

    @Test func keyThatTheChainDoesNotExpectSignsNothing() async throws {
        let session = try await session()
        ledger.change { [address = session.address] state in
            state.accounts[address]?.nonce = 2
            state.accounts[address]?.commitment = Keccak256.hash([9])
        }
        await #expect(throws: WalletError.foreignKey(nonce: 2)) { try await session.send(transfer) }
        #expect(try session.entries().isEmpty)
    }

    @Test func allThatWaitsMustBePayable() async throws {
        let session = try await session()
        let half = TransactionRequest(to: Fixture.recipient, value: QST.one / 2)
        _ = try await session.send(half)
        await #expect(throws: WalletError.self) { try await session.send(half) }
        #expect(try session.entries().count == 1)
    }

    @Test func waitEndsAndOutlastsANodeThatIsAway() async throws {
        let session = try await session()
        let sent = try await session.send(transfer)
        await #expect(throws: WalletError.timedOut) { try await session.wait(for: sent.hash, polls: 3) {} }
        ledger.change { $0.isUnreachable = true }
        let outcome = try await session.wait(for: sent.hash, polls: 3) {
            ledger.change { $0.isUnreachable = false }
            ledger.mine()
        }
        #expect(outcome.block == 2)
    }

    @Test func emptyPasswordSignsForTheDevnetOnly() async throws {
        var wallet = try Fixture.wallet(scratch.directory("w"))
        let account = try wallet.importAccount(named: "alice", phrase: Fixture.phrase(), entropy: Fixture.entropy.get())
        let main = Ledger(chainID: 1)
        await #expect(throws: WalletError.devnetOnly(chainID: 1)) { try await wallet.session(for: account, on: main) }
        // A devnet that begins again is followed, with a journal of its own.
        let first = try await wallet.session(for: account, on: ledger)
        ledger.fund(account.address)
        _ = try await first.send(transfer)
        let fresh = Ledger(genesis: Keccak256.hash([2]))
        #expect(try await wallet.session(for: account, on: fresh).entries().isEmpty)
    }

    /// A "test network's" node that passes the main chain's answers on would have payments of the main chain signed.
    @Test func aWalletSignsForNoChainThatOnlyANodeHasNamed() async throws {
        let pool = try Fixture.entropy.get()
        var wallet = try Wallet.create(directory: scratch.directory("w"), password: Password("p"), entropy: pool)
        let (account, _) = try wallet.newAccount(named: "alice", entropy: pool)
        let (main, test) = (Ledger(chainID: 1), Ledger(chainID: 2, genesis: Keccak256.hash([2])))
        let impostor = Ledger(chainID: 1, genesis: Keccak256.hash([3]))
        func genesis(_ ledger: Ledger) -> Hash { ledger.change(\.identity.genesis) }
        func unnamed(_ ledger: Ledger) -> WalletError { .unnamedChain(chainID: ledger.change(\.identity.chainID), genesis: genesis(ledger)) }

        await #expect(throws: unnamed(main)) { try await wallet.session(for: account, on: main) }
        await #expect(throws: WalletError.otherChain(served: genesis(main), wanted: genesis(test))) {
            try await wallet.session(for: account, on: main, pin: .genesis(genesis(test)))
        }
        _ = try await wallet.session(for: account, on: main, pin: .genesis(genesis(main)))
        // The only chain that it has signed for needs no name, in a later process either.
        var reopened = try Wallet(directory: scratch.directory("w")).unlock(Password("p"))
        _ = try await reopened.session(for: account, on: main)
        await #expect(throws: unnamed(test)) { try await reopened.session(for: account, on: test) }
        await #expect(throws: unnamed(impostor)) { try await reopened.session(for: account, on: impostor) }
        await #expect(throws: WalletError.otherGenesis(chainID: 1)) {
            try await reopened.session(for: account, on: impostor, pin: .genesis(genesis(impostor)))
        }
        // With two of them somebody has to say which.
        _ = try await reopened.session(for: account, on: test, pin: .genesis(genesis(test)))
        await #expect(throws: unnamed(main)) { try await reopened.session(for: account, on: main) }
    }
}

/// What a callback saw.
final class Seen: Sendable {
    private let values = Mutex<[Bool]>([])
    func note(_ value: Bool) { values.withLock { $0.append(value) } }
    var all: [Bool] { values.withLock { $0 } }
}
