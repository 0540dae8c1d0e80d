import ChainTypes
import Consensus
import Mempool
import Primitives
import WorldState

/// What the simulator sees of a replica: its checkers look, its adversaries build on what theirs has.
extension Replica {
    /// What a replica remembers at somebody else's instance.
    package struct Load: Sendable {
        package let name: String
        package let count: Int
        package let bound: Int
    }

    /// Everything that grows with what others send, and how far it may.
    package var loads: [Load] {
        let openViews = Int(Simplex.horizon) + 1
        let stalledViews = Int(clamping: (consensus?.view ?? 0) - min(consensus?.view ?? 0, head.block.envelope.view)) + openViews
        let certified = consensus?.notarizedBlocks.count ?? 0
        return [
            Load(name: "proposals on their way", count: assemblies.values.count { !$0.isCertified }, bound: openViews),
            Load(
                name: "certified blocks on their way", count: assemblies.values.count { $0.isCertified },
                bound: Int(Self.maximumAncestors) + certified + Self.maximumCertificates),
            Load(name: "refused blocks", count: refused.count, bound: stalledViews),
            Load(name: "unfinalised blocks", count: tree.pendingCount, bound: openViews + 2 * certified + 2),
            Load(name: "finalizations without blocks", count: certificates.count, bound: Self.maximumCertificates),
            Load(name: "claims of heights", count: catchUp.count, bound: peers.count),
            Load(name: "heights of validators", count: validatorPeers.heights.count, bound: validatorPeers.count),
            Load(name: "validators that got what waits", count: resent.count, bound: validatorPeers.count),
            Load(name: "evidence", count: doubleSigns.count, bound: Self.maximumDoubleSigns),
            Load(name: "answers", count: answers.count, bound: Self.maximumAnswers),
            Load(name: "transactions being verified", count: admissions.count, bound: AdmissionQueue.maximumCount),
            Load(name: "mempool", count: mempool.count, bound: mempool.limits.transactions),
            Load(name: "bytes of the mempool", count: mempool.bytes, bound: mempool.limits.bytes),
            Load(name: "transactions to send again", count: resends.count, bound: Resends.maximumWaiting),
        ]
    }

    /// What is final here.
    package var chain: ChainStore { store }

    /// What this replica would tell its peers now.
    package var ownStatus: PeerStatus { status }

    package func executed(_ id: Hash) -> ExecutedBlock? { tree[id] }

    package func state(after id: Hash) -> TrieState? { tree.state(after: id) }

    /// Makes blocks by the rules; what becomes of them is the caller's business.
    package var blockBuilder: BlockBuilder { builder }

    /// The block on which a leader of the current view would build.
    package var parentOfView: Hash? { consensus?.parent }

    /// Index of the validator that leads a view of this epoch; nil in a node that does not vote.
    package func leader(of view: UInt64) -> Int? { consensus?.leader(of: view) }

    package var notarizedBlocks: [(view: UInt64, block: Hash)] { consensus?.notarizedBlocks ?? [] }
}
