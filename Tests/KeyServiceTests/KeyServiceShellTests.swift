import ChainTypes
import Cryptography
import Dispatch
import Foundation
import KeyService
import Primitives
import StoreAPI
import Synchronization
import Testing
import VaultTestKit

/// The service with its store and its lock, as a node runs it.
@Suite struct KeyServiceShellTests {
    /// A store whose commits take their time, or fail.
    final class Disk: KeyValueStore {
        let memory: MemoryStore
        let isFull = Mutex(false)
        let isSlow: Bool

        init(_ memory: MemoryStore, isSlow: Bool = false) {
            self.memory = memory
            self.isSlow = isSlow
        }

        func get(_ column: Column, _ key: [UInt8]) throws(StoreError) -> [UInt8]? { try memory.get(column, key) }
        func scan(
            _ column: Column, from: [UInt8], prefix: [UInt8], limit: Int, reverse: Bool
        ) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
            try memory.scan(column, from: from, prefix: prefix, limit: limit, reverse: reverse)
        }
        func snapshot() throws(StoreError) -> any KeyValueReader { try memory.snapshot() }
        var approximateBytes: UInt64 { memory.approximateBytes }

        func commit(_ batch: WriteBatch, durable: Bool) throws(StoreError) {
            guard !isFull.withLock({ $0 }) || batch.isEmpty else { throw .unavailable("no space left on device") }
            // As a disk does that is busy with others: whoever comes later may be done sooner.
            if isSlow { for _ in 0..<Int.random(in: 0..<100) { sched_yield() } }
            try memory.commit(batch, durable: durable)
        }
    }

    private let now: UInt64

    private var fixture: KeyServiceFixture

    init() throws {
        fixture = try KeyServiceFixture()
        now = fixture.chain.now + 500
    }

    private func shell(_ disk: Disk) -> KeyServiceShell { KeyServiceShell(fixture.service, store: disk) }

    private func ask(_ shell: KeyServiceShell, _ request: KeyRequest) throws -> KeyAnswer {
        let key = fixture.nodeKeys[0]
        let answer = shell.answer(
            request.rlp, from: fixture.peerKey, now: now, draw: { _ in nil },
            sign: { try key.sign($0, context: KeyReceipt.signingContext) })
        return try KeyAnswer(rlp: answer)
    }

    /// A dealer that deals twice and sends several versions of each fragment, all at once, must not get a receipt for bytes that are not
    /// there.
    @Test func aReceiptIsForWhatIsStored() throws {
        var fixture = fixture
        let layout = try #require(VaultLayout(size: 3_000_000, dataCount: 5))
        for round in 0..<60 as Range<UInt8> {
            let store = MemoryStore()
            fixture.service = try KeyServiceFixture.start(fixture.chain, fixture.nodes[0].nodeKey, store)
            let shell = KeyServiceShell(fixture.service, store: Disk(store, isSlow: true))
            let open = try fixture.openRequest()
            #expect(try ask(shell, .open(open)) == .opened)
            let token = open.requestID
            #expect(try ask(shell, .deal(token: token, share: fixture.share())) == .stored)
            @Sendable func put(_ stripe: UInt64, _ version: UInt8) {
                let bytes = [UInt8](repeating: version, count: layout.fragmentLength(of: stripe))
                _ = try? ask(shell, .putFragment(token: token, stripe: stripe, bytes: bytes))
            }
            let share = try fixture.share()
            DispatchQueue.concurrentPerform(iterations: 9) { index in
                if index % 3 == 1 { _ = try? ask(shell, .deal(token: token, share: share)) } else { put(UInt64(index % 2), round &+ UInt8(index)) }
            }
            // Whatever the last deal has forgotten.
            for stripe in 0..<2 as Range<UInt64> { put(stripe, 255) }
            #expect(try ask(shell, .putManifest(token: token, bytes: [1, 2, 3])) == .stored)
            guard case .receipt(let signed) = try ask(shell, .finish(token: token)) else { Issue.record("no receipt"); return }
            let digests = try (0..<2 as Range<UInt64>).map { stripe in
                let answer = try ask(shell, .readFragment(token: token, stripe: stripe))
                guard case .fragment(let bytes) = answer else { throw FixtureChain.FixtureError() }
                return layout.digest(of: bytes, stripe: stripe)
            }
            #expect(signed.receipt.root == ChunkTree.root(of: digests))
        }
    }

    @Test func anotherVersionOfAFragmentIsRefused() throws {
        let shell = shell(Disk(fixture.store))
        var fixture = fixture
        let open = try fixture.openRequest()
        _ = try ask(shell, .open(open))
        let token = open.requestID
        _ = try ask(shell, .deal(token: token, share: fixture.share()))
        #expect(try ask(shell, .putFragment(token: token, stripe: 0, bytes: fixture.fragment(0))) == .stored)
        #expect(try ask(shell, .putFragment(token: token, stripe: 0, bytes: fixture.fragment(0))) == .stored)
        let other = [UInt8](repeating: 9, count: fixture.fragment(0).count)
        #expect(try ask(shell, .putFragment(token: token, stripe: 0, bytes: other)) == .refused(.sealed))
        // Dealt again, all of it may be other.
        _ = try ask(shell, .deal(token: token, share: fixture.share()))
        #expect(try ask(shell, .putFragment(token: token, stripe: 0, bytes: other)) == .stored)
    }

    /// What did not reach the disk is not counted as arrived.
    @Test func whatAFullDiskDidNotTakeIsNotSignedFor() throws {
        let disk = Disk(fixture.store)
        let shell = shell(disk)
        var fixture = fixture
        let open = try fixture.openRequest()
        _ = try ask(shell, .open(open))
        let token = open.requestID
        func deal() throws { #expect(try ask(shell, .deal(token: token, share: fixture.share())) == .stored) }
        func put(_ stripe: UInt64) throws -> KeyAnswer {
            try ask(shell, .putFragment(token: token, stripe: stripe, bytes: fixture.fragment(stripe)))
        }
        try deal()
        #expect(try put(0) == .stored)
        disk.isFull.withLock { $0 = true }
        #expect(try put(1) == .refused(.storage))
        #expect(try ask(shell, .deal(token: token, share: fixture.share())) == .refused(.storage))
        disk.isFull.withLock { $0 = false }
        #expect(try ask(shell, .finish(token: token)) == .refused(.notStored))
        // One share, reserved once, whatever failed in between; the dealer deals again.
        #expect(shell.use { $0.measures.shares } == 1)
        try deal()
        for stripe in 0..<2 as Range<UInt64> { #expect(try put(stripe) == .stored) }
        #expect(try ask(shell, .putManifest(token: token, bytes: [1])) == .stored)
        guard case .receipt(let signed) = try ask(shell, .finish(token: token)) else { Issue.record("no receipt"); return }
        #expect(shell.use { $0.measures.reservedBytes } == signed.receipt.length)
    }

    /// Who cannot write can still give back what it has.
    @Test func aNodeWithAFullDiskReads() throws {
        var fixture = fixture
        guard case .receipt = try fixture.dealAll() else { Issue.record("no receipt"); return }
        let disk = Disk(fixture.store)
        let shell = KeyServiceShell(fixture.service, store: disk)
        disk.isFull.withLock { $0 = true }
        let open = try fixture.openRequest()
        #expect(try ask(shell, .open(open)) == .opened)
        #expect(try ask(shell, .open(open)) == .refused(.replayed))
        #expect(try ask(shell, .readShare(token: open.requestID)) == .share(fixture.share()))
        #expect(try ask(shell, .readFragment(token: open.requestID, stripe: 1)) == .fragment(fixture.fragment(1)))
        #expect(try ask(shell, .readManifest(token: open.requestID)) == .manifest([1, 2, 3]))
    }

    /// Strangers that open sessions while the disk is full do not have those deal again who were at it.
    @Test func openingOnAFullDiskForgetsNoDeal() throws {
        let disk = Disk(fixture.store)
        let shell = shell(disk)
        var fixture = fixture
        let (first, second) = (try fixture.openRequest(), try fixture.openRequest())
        _ = try ask(shell, .open(first))
        let token = first.requestID
        #expect(try ask(shell, .deal(token: token, share: fixture.share())) == .stored)
        #expect(try ask(shell, .putFragment(token: token, stripe: 0, bytes: fixture.fragment(0))) == .stored)
        disk.isFull.withLock { $0 = true }
        #expect(try ask(shell, .open(second)) == .opened)
        disk.isFull.withLock { $0 = false }
        #expect(try ask(shell, .putFragment(token: token, stripe: 1, bytes: fixture.fragment(1))) == .stored)
        #expect(try ask(shell, .putManifest(token: token, bytes: [1])) == .stored)
        guard case .receipt = try ask(shell, .finish(token: token)) else { Issue.record("no receipt"); return }
    }

    /// What an open request lacks is found before the lock, and counted once.
    @Test func aForgedRequestIsRefusedAndCountedOnce() throws {
        let shell = shell(Disk(fixture.store))
        var fixture = fixture
        var forged = try fixture.openRequest()
        forged.signature[7] ^= 1
        #expect(try ask(shell, .open(forged)) == .refused(.wrongSignature))
        #expect(shell.use { [$0.measures.requests, $0.measures.refused] } == [1, 1])
        #expect(try KeyAnswer(rlp: shell.answer([0xc0], from: [1], now: now, draw: { _ in nil }, sign: { $0 })) == .refused(.malformed))
        #expect(shell.use { [$0.measures.requests, $0.measures.refused] } == [2, 2])
    }
}
