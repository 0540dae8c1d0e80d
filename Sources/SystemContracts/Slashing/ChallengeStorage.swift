import ChainTypes
import Primitives
import WorldState

// Challenges of encryption nodes. Wei of their deposits are the slashing contract's balance.
//
// 2     one word of limbs, the highest first: 0 ‖ 0 ‖ the oldest that may be open ‖ the next number
// 3     uint256 id => ChallengeField…
// 4     address node => one word of limbs, the highest first: 0 ‖ 0 ‖ the newest of its challenges that is open ‖ its newest

/// What is on record of a challenge, in order of the slots.
public enum ChallengeField: UInt64, CaseIterable, Sendable {
    case node, challenger
    /// Wei that it holds while it is open.
    case deposit
    /// See `ChallengeTerms`.
    case terms
    /// The key whose data is audited, and the root that the node signed; zero where the node only has to be there.
    case key, root
    /// While it is open, in limbs, the highest first: 0 ‖ 0 ‖ the node's next newer open challenge ‖ its next older one; 0 for none.
    case neighbours
}

/// The rest of a challenge in one word of limbs, the highest first: status ‖ previous ‖ chunk ‖ deadline.
public struct ChallengeTerms: Sendable {
    public var status: ChallengeStatus
    /// The node's challenge before this one; 0 for none.
    public var previous: UInt64
    /// Number of the chunk that an audit asks for.
    public var chunk: UInt64
    /// Seconds since 1970.
    public var deadline: UInt64

    init(status: ChallengeStatus, previous: UInt64, chunk: UInt64, deadline: UInt64) {
        (self.status, self.previous, self.chunk, self.deadline) = (status, previous, chunk, deadline)
    }

    /// nil where there is no challenge.
    public init?(word: UInt256) {
        guard let status = ChallengeStatus(rawValue: word.limb3) else { return nil }
        self.init(status: status, previous: word.limb2, chunk: word.limb1, deadline: word.limb0)
    }

    var word: UInt256 { UInt256(limbs: deadline, chunk, previous, status.rawValue) }
}

extension Slashing {
    public static func challenge(_ id: UInt64) -> Record<ChallengeField> {
        Record(address, StorageLayout.mapping([Hash(UInt256(id))], at: 3))
    }

    /// The slots that show an encryption node what it is asked.
    public static func slots(ofChallenge id: UInt64) -> [Hash] {
        [ChallengeField.terms, .key].map { challenge(id).slot($0) }
    }

    private static func newestSlot(_ node: Address) -> Hash { StorageLayout.mapping([node.padded], at: 4) }

    /// Numbers of a node's newest challenge, and of the newest that is open; 0 for none.
    static func newest(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) -> (ofAll: UInt64, open: UInt64) {
        let word = try state.load(newestSlot(node), of: address)
        return (word.limb0, word.limb1)
    }

    static func setNewest(_ node: Address, ofAll: UInt64, open: UInt64, _ state: inout some ContractState) throws(NativeFailure) {
        try state.store(newestSlot(node), UInt256(limbs: ofAll, open, 0, 0), of: address)
    }

    /// A challenge's neighbours among the open ones of its node; 0 for none.
    static func neighbours(_ id: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> (newer: UInt64, older: UInt64) {
        let word = try challenge(id).get(.neighbours, &state)
        return (word.limb1, word.limb0)
    }

    static func setNeighbours(_ id: UInt64, newer: UInt64, older: UInt64, _ state: inout some ContractState) throws(NativeFailure) {
        try challenge(id).set(.neighbours, UInt256(limbs: older, newer, 0, 0), &state)
    }

    /// Numbers of challenges: the oldest that may be open, and one more than the newest.
    static func challenges(_ state: inout some ContractState) throws(NativeFailure) -> Range<UInt64> {
        let word = try state.load(StorageLayout.slot(2), of: address)
        return max(1, word.limb1)..<max(1, word.limb1, word.limb0)
    }

    static func set(_ challenges: Range<UInt64>, _ state: inout some ContractState) throws(NativeFailure) {
        try state.store(
            StorageLayout.slot(2), UInt256(limbs: challenges.upperBound, challenges.lowerBound, 0, 0), of: address)
    }

    static func terms(_ id: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> ChallengeTerms? {
        ChallengeTerms(word: try challenge(id).get(.terms, &state))
    }

    /// What an open challenge asks; reverts where there is none.
    static func requireOpen(_ id: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> ChallengeTerms {
        guard let terms = try terms(id, &state), terms.status == .open else { throw .revert("there is no such open challenge") }
        return terms
    }
}
