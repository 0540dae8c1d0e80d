import ChainTypes
import NIOConcurrencyHelpers
import NIOPosix
import Networking
import Node
import Primitives
import Replica
import StoreAPI
import TestKit
import Testing

/// What becomes of frames before the replica sees them.
@Suite(.timeLimit(.minutes(2))) struct InboxTests {
    private static let validator = Hash(UInt256(1))
    private static let stranger = Hash(UInt256(2))

    /// An inbox over an empty chain, and what comes out of it.
    private final class Fixture: Sendable {
        struct Seen: Sendable {
            var delivered: [WireMessage] = []
            var reports: [String] = []
            var sent = 0
            /// Of messages that the replica has not handled.
            var pending: [@Sendable () -> Void] = []
            var delayed: [@Sendable () -> Void] = []
        }

        let seen = NIOLockedValueBox(Seen())
        let inbox: Inbox
        let threads = NIOThreadPool(numberOfThreads: 2)

        init(ignoring ignored: Set<Int> = [], store: MemoryStore = MemoryStore()) {
            threads.start()
            let seen = seen
            let peers = Inbox.Peers(
                isOwn: { $0 == InboxTests.validator }, ignores: { kind, _ in ignored.contains(kind) },
                send: { _, _ in seen.withLockedValue { $0.sent += 1 } },
                report: { what, _, kind in seen.withLockedValue { $0.reports.append("\(what) \(kind)") } })
            inbox = Inbox(
                pool: WorkPool(threads: threads, count: 2), server: ChainServer(ChainStore(store)), peers: peers, now: { 0 },
                later: { _, work in seen.withLockedValue { $0.delayed.append(work) } }
            ) { message, _, _, handled in
                seen.withLockedValue {
                    $0.delivered.append(message)
                    $0.pending.append(handled)
                }
            }
            inbox.connected(InboxTests.validator)
            inbox.connected(InboxTests.stranger)
        }

        func receive(_ bytes: [UInt8], of peer: Hash) { inbox.received(PeerFrame(bytes), of: peer) }
        func delivered(_ count: Int) async throws { try await eventually { seen.withLockedValue { $0.delivered.count } >= count } }
    }

    private func status(_ height: UInt64) -> WireMessage {
        .status(PeerStatus(epoch: 0, view: 1, finalizedNumber: height, finalizedBlock: .zero, votesHeld: [.zero, .zero, .zero]))
    }

    /// `rlp([kind, 1])`.
    private func frame(ofKind kind: Int) -> [UInt8] {
        var writer = RLPWriter()
        writer.list {
            $0.append(kind)
            $0.append(1)
        }
        return writer.bytes
    }

    @Test func kindsOfANewerVersionAreIgnoredAndNobodyIsBlamed() async throws {
        let fixture = Fixture()
        for kind in WireMessage.newestKind + 1...WireMessage.maximumKind { fixture.receive(frame(ofKind: kind), of: Self.validator) }
        fixture.receive(status(7).rlp, of: Self.validator)
        try await fixture.delivered(1)
        #expect(fixture.seen.withLockedValue { $0.delivered } == [status(7)])
        #expect(fixture.seen.withLockedValue { $0.reports } == [])
    }

    @Test func whatIsNoMessageOfAnyVersionIsReportedWithItsKind() async throws {
        let fixture = Fixture()
        fixture.receive([0x80], of: Self.validator)
        fixture.receive(frame(ofKind: 0), of: Self.validator)
        fixture.receive(frame(ofKind: 3), of: Self.validator)
        fixture.receive(status(7).rlp, of: Self.validator)
        try await fixture.delivered(1)
        #expect(fixture.seen.withLockedValue { $0.reports } == ["undecodableMessage 0", "undecodableMessage 0", "undecodableMessage 3"])
    }

    @Test func aKindThatIsIgnoredIsNotDecoded() async throws {
        let fixture = Fixture(ignoring: [WireMessage.Kind.vote.rawValue])
        fixture.receive(frame(ofKind: 3), of: Self.validator)
        fixture.receive(status(7).rlp, of: Self.validator)
        try await fixture.delivered(1)
        #expect(fixture.seen.withLockedValue { $0.reports } == [])
    }

    @Test func aPeersMessagesKeepTheirOrder() async throws {
        let fixture = Fixture()
        for height in 0..<500 as Range<UInt64> { fixture.receive(status(height).rlp, of: Self.validator) }
        try await fixture.delivered(500)
        #expect(fixture.seen.withLockedValue { $0.delivered } == (0..<500).map { status($0) })
    }

    @Test func ofAStrangerTheReplicaHoldsOneMessageAtATime() async throws {
        let fixture = Fixture()
        for height in 0..<20 as Range<UInt64> { fixture.receive(status(height).rlp, of: Self.stranger) }
        fixture.receive(status(99).rlp, of: Self.validator)
        for handled in 1...20 {
            try await eventually { fixture.seen.withLockedValue { $0.delivered.filter { $0 != status(99) }.count } == handled }
            let pending = fixture.seen.withLockedValue { seen in
                defer { seen.pending = [] }
                return seen.pending
            }
            for done in pending { done() }
        }
        #expect(fixture.seen.withLockedValue { $0.delivered.filter { $0 != status(99) } } == (0..<20).map { status($0) })
    }

    /// The clock of the fixture stands still, so what is left over waits.
    @Test func questionsAreNeverTheReplicasAndCostTheirSender() async throws {
        let fixture = Fixture(store: try Self.chain())
        for _ in 0..<10_000 { fixture.receive(WireMessage.getFinality.rlp, of: Self.stranger) }
        try await eventually { fixture.seen.withLockedValue { !$0.delayed.isEmpty } }
        for height in 0..<10 as Range<UInt64> { fixture.receive(status(height).rlp, of: Self.validator) }
        try await fixture.delivered(10)
        #expect(fixture.seen.withLockedValue { $0.delivered.count } == 10)
        let sent = fixture.seen.withLockedValue { $0.sent }
        #expect(sent > 0 && sent * (Cost.bytes(0) + 50) <= CostBudget.Allowance.guest.most / 10 + 1000, "\(sent)")
    }

    @Test func whatASessionLeftBehindIsForgotten() async throws {
        let fixture = Fixture()
        for height in 0..<5 as Range<UInt64> { fixture.receive(status(height).rlp, of: Self.stranger) }
        try await fixture.delivered(1)
        fixture.inbox.disconnected(Self.stranger)
        fixture.receive(status(50).rlp, of: Self.stranger)
        fixture.inbox.connected(Self.stranger)
        fixture.receive(status(60).rlp, of: Self.stranger)
        try await fixture.delivered(2)
        for done in fixture.seen.withLockedValue({ $0.pending }) { done() }
        fixture.receive(status(70).rlp, of: Self.stranger)
        try await fixture.delivered(3)
        #expect(fixture.seen.withLockedValue { $0.delivered } == [status(0), status(60), status(70)])
    }

    /// A store with one final block, the genesis block of an invented chain.
    private static func chain() throws -> MemoryStore {
        let store = MemoryStore()
        let header = Header(
            parentHash: .zero, beneficiary: .zero, stateRoot: .zero, number: 0, gasLimit: 1, timestamp: 0, prevRandao: .zero, baseFeePerGas: .one)
        let envelope = Envelope(
            epoch: 0, view: 0, parent: .zero, timeMilliseconds: 0, headerHash: header.hash, bodyHash: .zero, nextSetHash: .zero)
        let sealed = try #require(SealedHeader(envelope: envelope, header: header))
        let ballot = Ballot(epoch: 0, view: 0, kind: .finalize, block: sealed.id)
        var batch = WriteBatch()
        batch.put(.meta, Array("finalized".utf8), [UInt8](repeating: 0, count: 8))
        batch.put(.header, [UInt8](repeating: 0, count: 8), sealed.rlp)
        batch.put(.certificate, [UInt8](repeating: 0, count: 8), Certificate(ballot: ballot, shares: []).rlp)
        try store.commit(batch, durable: false)
        return store
    }
}
