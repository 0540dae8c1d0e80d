import ChainTypes
import Cryptography
import Primitives

/// The encryption nodes that keep one key: of each class the first by weighted rendezvous hashing.
public struct VaultCommittee: Hashable, Sendable {
    /// One node's place.
    public struct Seat: Hashable, Sendable {
        public let node: EncryptionNode
        /// Keccak-256 of the node's key.
        public let id: Hash
        /// Position in its class: the share's.
        public let slot: Int
        /// Position in the whole committee: the fragment's.
        public let index: Int

        public var isOperator: Bool { node.nodeClass == .operator }
    }

    public let keyID: KeyID
    /// Operators first, each class in the order of the rendezvous.
    public let seats: [Seat]
    public let shape: CommitteeShape
    public let code: ReedSolomon

    /// Chooses from registered nodes; nil when they are too few for the chain's thresholds.
    public init?(keyID: KeyID, nodes: [EncryptionNode], parameters: ChainParameters) {
        let ids = nodes.map(\.id)
        func choose(_ nodeClass: NodeClass, _ count: UInt64) -> [Int] {
            let members = nodes.indices.filter { nodes[$0].nodeClass == nodeClass }
            let candidates = members.map { Rendezvous.Candidate(id: ids[$0], weight: nodes[$0].capacityGiB) }
            return Rendezvous.choose(Int(clamping: count), key: keyID.hash, candidates: candidates).map { members[$0] }
        }
        let operators = choose(.operator, parameters.operatorCommittee)
        let community = choose(.community, parameters.communityCommittee)
        guard
            let operatorCommittee = try? Committee(threshold: Int(clamping: parameters.operatorThreshold), count: operators.count),
            let communityCommittee = try? Committee(threshold: Int(clamping: parameters.communityThreshold), count: community.count),
            let code = try? ReedSolomon(
                dataCount: Int(clamping: parameters.fragmentThreshold), totalCount: operators.count + community.count)
        else { return nil }
        self.keyID = keyID
        self.code = code
        shape = CommitteeShape(operators: operatorCommittee, community: communityCommittee)
        let places = operators.enumerated().map { ($0, $1) } + community.enumerated().map { ($0, $1) }
        seats = places.enumerated().map { index, place in Seat(node: nodes[place.1], id: ids[place.1], slot: place.0, index: index) }
    }

    public func seat(of node: Hash) -> Seat? { seats.first { $0.id == node } }

    /// Whether nodes at these seats are enough of each class to recover the key.
    public func reachesShareThresholds(_ indices: [Int]) -> Bool {
        let chosen = seats.filter { indices.contains($0.index) }
        let operators = chosen.filter(\.isOperator).count
        return operators >= shape.operators.threshold && chosen.count - operators >= shape.community.threshold
    }
}

/// Who may read a key besides its owner. The registry records its digest.
public enum AccessPolicy {
    /// Nobody else.
    public static let ownerOnly = DomainTag.policy.hash([0])
}
