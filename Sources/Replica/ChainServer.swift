import ChainTypes
import Primitives
import StoreAPI
import SystemContracts
import WorldState

/// Answers what peers ask of the chain, from the store alone: on any thread, beside the replica.
///
/// A block and its state become visible in one commit, so each answer holds as of the newest one.
public struct ChainServer: Sendable {
    public static let epochAnswerBytes = 512 << 10
    static let blockAnswerBytes = 4 << 20

    private let chain: ChainStore

    public init(_ chain: ChainStore) { self.chain = chain }

    /// Whether a message is a question that `answer` answers.
    public static func serves(_ message: WireMessage) -> Bool {
        switch message {
        case .getBlock, .getFinalized, .getFinality, .getEpochs, .getChallenges: true
        default: false
        }
    }

    /// The answer to a peer's question; nil where there is none, and for every other message.
    /// - Throws: when the store or the state cannot be read.
    public func answer(_ question: WireMessage, of peer: Hash) throws -> WireMessage? {
        switch question {
        // Blocks that this node has accepted are in the store before it votes for them.
        case .getBlock(let id): try chain.block(id: id).map { .block($0) }
        case .getFinalized(let number, let maximum):
            try chain.finalizedBlocks(from: number, maximum: maximum, maximumBytes: Self.blockAnswerBytes)
                .map { .finalized($0.0, $0.1) }
        case .getFinality: try finality().map { .finality($0) }
        case .getEpochs(let epoch): try epochs(from: epoch)
        case .getChallenges: try challenges(of: peer)
        default: nil
        }
    }

    private func finality() throws(StoreError) -> FinalityProof? {
        guard let head = try chain.finalizedNumber() else { return nil }
        return try chain.finalityProof(head)
    }

    private func epochs(from epoch: UInt64) throws(StoreError) -> WireMessage? {
        let changes = try chain.epochChanges(
            from: epoch, maximum: WireMessage.maximumEpochs, maximumBytes: Self.epochAnswerBytes)
        return changes.isEmpty ? nil : .epochs(changes)
    }

    /// Tells an encryption node what is asked of it, with a proof under the newest final block.
    private func challenges(of peer: Hash) throws -> WireMessage? {
        guard let head = try chain.finalizedNumber(), let root = try chain.header(head)?.header.stateRoot else { return nil }
        let state = TrieState(root: root, nodes: StateNodes(overlays: [], store: chain.store))
        let ids = try Slashing.openChallenges(ofNodeKey: peer, on: state)
        guard !ids.isEmpty, let finality = try chain.finalityProof(head) else { return nil }
        let proof = try state.prove(Slashing.address, slots: ids.flatMap(Slashing.slots(ofChallenge:)))
        return .challenges(OpenChallenges(finality: finality, ids: ids, state: proof))
    }
}
