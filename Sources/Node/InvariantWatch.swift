import ChainTypes
import Dispatch
import Foundation
import Logging
import NIOConcurrencyHelpers
import Replica
import StoreAPI
import SystemContracts
import WorldState

/// Adds the whole economy up after final blocks, on a queue of its own, and ends the process where it does not add up.
///
/// What it needs to know of earlier blocks it learns from their receipts when the node starts. A check that takes longer than
/// a block lets the blocks in between go unchecked; the next one covers what they did.
final class InvariantWatch: @unchecked Sendable {
    /// With more delegations than this, each single one is looked at once in an epoch.
    private static let maximumEveryBlock = 10_000

    // Only the queue touches these.
    private var watch: EconomyWatch
    private var owesDelegations = true

    private let queue = DispatchQueue(label: "invariants", qos: .utility)
    private let store: any KeyValueReader
    private let home: URL
    private let logger: Logger
    private let newest: NIOLockedValueBox<UInt64>

    /// - Parameter store: holds the chain from its genesis on.
    init(spec: ChainSpec, store: any KeyValueReader, home: URL, logger: Logger) throws {
        (self.store, self.logger) = (store, logger)
        self.home = home
        watch = EconomyWatch(genesis: spec)
        let head = try ChainStore(store).finalizedNumber() ?? 0
        newest = NIOLockedValueBox(head)
        queue.async { [self] in catchUp(to: head) }
    }

    /// Call it for every final block, in order.
    func finalized(_ block: ExecutedBlock) {
        newest.withLockedValue { $0 = block.block.number }
        queue.async { [self] in
            watch.learn(block.receipts)
            check(block.block.sealed, endsEpoch: block.endsEpoch)
        }
    }

    /// Waits for what is under way: the store must stay open so long.
    func drain() { queue.sync {} }

    // MARK: - On the queue

    private func catchUp(to head: UInt64) {
        let chain = ChainStore(store)
        do {
            for number in stride(from: 1, through: head, by: 1) {
                guard let receipts = try chain.receipts(number) else { return end(Self.unchecked, "block \(number) has no receipts", at: number) }
                watch.learn(receipts)
            }
            guard head > 0, let sealed = try chain.header(head) else { return }
            check(sealed, endsEpoch: true)
        } catch { end(Self.unchecked, "\(error)", at: head) }
    }

    private func check(_ sealed: SealedHeader, endsEpoch: Bool) {
        owesDelegations = owesDelegations || endsEpoch
        guard newest.withLockedValue({ $0 }) == sealed.number else { return }
        let everything = owesDelegations || watch.accounts.delegations.count <= Self.maximumEveryBlock
        let state = TrieState(root: sealed.header.stateRoot, nodes: StateNodes(overlays: [], store: store))
        do {
            let faults = try watch.faults(of: state, delegations: everything)
            guard faults.isEmpty else { return end(Self.wrong, faults.joined(separator: "; "), at: sealed.number) }
        } catch { return end(Self.unchecked, "\(error)", at: sealed.number) }
        if everything { owesDelegations = false }
        logger.debug("the economy adds up", metadata: ["height": "\(sealed.number)", "delegations": "\(watch.accounts.delegations.count)"])
    }

    private static let wrong = "the economy does not add up"
    private static let unchecked = "the economy cannot be checked"

    /// A node whose books are wrong must not vote for more of them.
    private func end(_ what: String, _ why: String, at number: UInt64) {
        logger.critical("\(what)", metadata: ["height": "\(number)", "fault": "\(why)"])
        FileHandle.standardError.write(Data("\(what) after block \(number): \(why)\n".utf8))
        StopNote(reason: "\(what) after block \(number): \(why)", height: number).leave(in: home)
        _exit(70)
    }
}
