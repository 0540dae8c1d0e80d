import ChainTypes
import Cryptography
import KeyService
import Primitives
import StoreAPI
import SystemContracts
import Testing
import VaultTestKit

/// How long sessions, unfinished deals and keys last.
@Suite struct KeyLifetimeTests {
    private let minute: UInt64 = 60_000
    private let second: UInt64 = 1000

    private func expire(_ fixture: inout KeyServiceFixture, at now: UInt64) throws -> Int {
        let batch = fixture.service.expire(now: now)
        try fixture.store.commit(batch, durable: false)
        return batch.count
    }

    private func isEmpty(_ fixture: KeyServiceFixture) throws -> Bool {
        try [Column.share, .fragment, .manifest].allSatisfy { try fixture.store.scan($0, limit: 1).isEmpty }
    }

    // MARK: Unfinished deals

    @Test func dealWithoutProgressGivesItsRoomBack() throws {
        var fixture = try KeyServiceFixture()
        let start = fixture.chain.now
        let token = try fixture.open()
        _ = try fixture.ask(.deal(token: token, share: try fixture.share()), now: start)
        _ = try fixture.ask(.putFragment(token: token, stripe: 0, bytes: fixture.fragment(0)), now: start + 20 * second)
        // Only what is new is progress.
        _ = try fixture.ask(.putFragment(token: token, stripe: 0, bytes: fixture.fragment(0)), now: start + 40 * second)
        #expect(try expire(&fixture, at: start + 20 * second + 10 * minute) == 0)
        #expect(fixture.service.measures.reservedBytes > 0)
        #expect(try expire(&fixture, at: start + 20 * second + 10 * minute + 1) > 0)
        #expect(fixture.service.measures.reservedBytes == 0 && fixture.service.measures.shares == 0)
        #expect(try isEmpty(fixture))
        // It may be dealt anew.
        guard case .receipt = try fixture.dealAll() else { return #expect(Bool(false), "no receipt") }
    }

    @Test func dealThatARestartInterruptedGivesItsRoomBack() throws {
        var fixture = try KeyServiceFixture()
        let token = try fixture.open()
        _ = try fixture.ask(.deal(token: token, share: try fixture.share()))
        fixture.service = try KeyServiceFixture.start(fixture.chain, fixture.nodes[0].nodeKey, fixture.store)
        #expect(fixture.service.measures.reservedBytes > 0)
        let now = fixture.chain.now
        #expect(try expire(&fixture, at: now) == 0 && expire(&fixture, at: now + 10 * minute) == 0)
        #expect(try expire(&fixture, at: now + 10 * minute + 1) > 0 && isEmpty(fixture))
        #expect(fixture.service.measures.reservedBytes == 0)
    }

    @Test func finishedDealsNeverExpire() throws {
        var fixture = try KeyServiceFixture()
        _ = try fixture.dealAll()
        #expect(try expire(&fixture, at: .max) == 0)
        fixture.service = try KeyServiceFixture.start(fixture.chain, fixture.nodes[0].nodeKey, fixture.store)
        #expect(try expire(&fixture, at: 1) == 0 && expire(&fixture, at: .max) == 0)
        #expect(fixture.service.measures.shares == 1)
    }

    @Test func unfinishedDealsAreBounded() {
        var table = DealTable()
        func key(_ index: Int) -> KeyID { KeyID(genesis: .zero, height: 0, index: UInt64(index)) }
        for index in 0..<DealTable.maximum {
            #expect(table.hasRoom(for: key(index)))
            table.begin(key(index), stripes: 1, now: 5)
        }
        #expect(table.hasRoom(for: key(0)) && !table.hasRoom(for: key(DealTable.maximum)))
        table.end(key(3))
        #expect(table.hasRoom(for: key(DealTable.maximum)))
        #expect(table.abandoned(now: 6 + DealTable.patienceMilliseconds).count == DealTable.maximum - 1)
    }

    // MARK: Sessions

    @Test func uploadKeepsItsSessionWhileNewStripesCome() throws {
        var fixture = try KeyServiceFixture()
        let start = fixture.chain.now
        let token = try fixture.open()
        _ = try fixture.ask(.deal(token: token, share: try fixture.share()), now: start)
        #expect(try fixture.ask(.putFragment(token: token, stripe: 0, bytes: fixture.fragment(0)), now: start + 20 * second) == .stored)
        #expect(try fixture.ask(.putFragment(token: token, stripe: 1, bytes: fixture.fragment(1)), now: start + 40 * second) == .stored)
        #expect(try fixture.ask(.putManifest(token: token, bytes: [1]), now: start + 60 * second) == .stored)
        guard case .receipt = try fixture.ask(.finish(token: token), now: start + 60 * second) else {
            return #expect(Bool(false), "no receipt")
        }
        #expect(try fixture.ask(.holdings(token: token), now: start + 71 * second) == .refused(.unknownSession))
    }

    @Test func readingSessionEndsAfterHalfAMinuteWhateverItReads() throws {
        var fixture = try KeyServiceFixture()
        _ = try fixture.dealAll()
        let (start, token) = (fixture.chain.now, try fixture.open())
        #expect(try fixture.ask(.readFragment(token: token, stripe: 0), now: start + 29 * second) == .fragment(fixture.fragment(0)))
        #expect(try fixture.ask(.readFragment(token: token, stripe: 1), now: start + 31 * second) == .refused(.unknownSession))
    }

    /// Each new stripe prolongs an upload, but not for ever: once in a while it shows again that it may.
    @Test func uploadEndsAfterTenMinutes() throws {
        var fixture = try KeyServiceFixture(size: 60_000_000)
        let (start, token) = (fixture.chain.now, try fixture.open())
        _ = try fixture.ask(.deal(token: token, share: try fixture.share()), now: start)
        let layout = try #require(VaultLayout(size: 60_000_000, dataCount: 5))
        for stripe in 0..<22 as Range<UInt64> {
            let bytes = [UInt8](repeating: 1, count: layout.fragmentLength(of: stripe))
            let answer = try fixture.ask(.putFragment(token: token, stripe: stripe, bytes: bytes), now: start + (stripe + 1) * 29 * second)
            #expect(answer == (stripe < 20 ? .stored : .refused(.unknownSession)))
        }
    }

    /// A session from before the owner gave the key up deals nothing anew once it is deleted.
    @Test func deletingAKeyEndsItsSessions() throws {
        var fixture = try KeyServiceFixture()
        let before = try fixture.open()
        try fixture.chain.call(KeyRegistry.self, from: fixture.owner, KeyRegistry.removeKeyCall(key: fixture.keyID.hash))
        _ = try fixture.ask(.deal(token: before, share: try fixture.share()))
        #expect(try fixture.ask(.remove(token: try fixture.open())) == .removed)
        #expect(try fixture.ask(.deal(token: before, share: try fixture.share())) == .refused(.unknownSession))
        #expect(try isEmpty(fixture))
    }

    // MARK: Removed keys

    @Test func keyIsDeletedOnlyAfterTheChainSaysSoAndNothingElseIsAnswered() throws {
        var fixture = try KeyServiceFixture()
        _ = try fixture.dealAll()
        #expect(try fixture.ask(.remove(token: try fixture.open())) == .refused(.notRemoved))
        try fixture.chain.call(KeyRegistry.self, from: fixture.owner, KeyRegistry.removeKeyCall(key: fixture.keyID.hash))
        let token = try fixture.open()
        #expect(try fixture.ask(.readShare(token: token)) == .refused(.removed))
        #expect(try fixture.ask(.deal(token: token, share: try fixture.share())) == .refused(.removed))
        #expect(try fixture.ask(.remove(token: token)) == .removed)
        #expect(try isEmpty(fixture) && fixture.service.measures.reservedBytes == 0 && fixture.service.measures.shares == 0)
        #expect(try fixture.ask(.remove(token: token)) == .removed)
    }

    // MARK: Node lists

    @Test func nodeListOfAKeyOutlivesARestartAndIsToldToAnyone() throws {
        var fixture = try KeyServiceFixture()
        let hash = NodeRegistry.setHash(of: fixture.nodes)
        #expect(try fixture.ask(.nodes(hash), from: [9]) == .refused(.notStored))
        _ = try fixture.open()
        fixture.service = try KeyServiceFixture.start(fixture.chain, fixture.nodes[0].nodeKey, fixture.store)
        #expect(try fixture.ask(.nodes(hash), from: [9]) == .nodes(NodeList(fixture.nodes)))
        #expect(try fixture.ask(.nodes(.zero)) == .refused(.notStored))
    }
}
