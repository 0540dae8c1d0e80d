import ChainTypes
import Cryptography
import Primitives
import WorldState

/// `0x…0803`: the chain's randomness, from numbers to which proposers commit before they reveal them.
///
/// A block reveals the number behind its proposer's last commitment and commits to the next. `prevRandao` of a block hashes
/// all numbers revealed before it, so its proposer cannot choose it: whoever holds the last turn can only decide to let it
/// pass, which costs the turn and lets it choose between two values.
///
/// `mapping(address => bytes32 commitment)` at slot 0; `mapping(address => uint256 count)` of commitments at slot 1.
public enum Randomness: SystemContract {
    public static let address = Address(low: 0x0803)

    /// What is on record of a proposer.
    public struct Record: Hashable, Sendable {
        /// Zero before its first block with its consensus key, and before that of each time that it comes into the set.
        public var commitment: Hash
        /// How often it has committed; the number behind the commitment has this index.
        public var count: UInt64

        /// Whether a block may reveal this.
        public func accepts(reveal: Hash) -> Bool {
            commitment == .zero ? reveal == .zero : Keccak256.hash(reveal.bytes) == commitment
        }
    }

    /// `prevRandao` of the block after one with this value and reveal.
    public static func mix(_ value: Hash, reveal: Hash) -> Hash { Keccak256.hash(value.bytes + reveal.bytes) }

    public static func record(of proposer: Address, in state: some StateReader) throws(StateError) -> Record {
        Record(
            commitment: Hash(try state.storage(address, commitmentSlot(proposer))),
            count: try state.storage(address, countSlot(proposer)).limb0)
    }

    /// Takes note of a block's commitment.
    static func commit(_ commitment: Hash, of proposer: Address, in state: inout WorldState) throws(StateError) {
        try state.setStorage(address, commitmentSlot(proposer), commitment.number)
        try state.setStorage(address, countSlot(proposer), try state.storage(address, countSlot(proposer)) &+ .one)
    }

    /// Forgets the commitments of those who were not in the set before with the same key: the numbers grow from the consensus key, so
    /// nobody with a new one could reveal what stands behind the old one's commitment. The counts go on: no number comes twice.
    static func begin(_ validators: ValidatorSet, after before: ValidatorSet, in state: inout WorldState) throws(StateError) {
        let known = Dictionary(before.validators.map { ($0.address, $0.consensusKey) }) { first, _ in first }
        for validator in validators.validators where known[validator.address] != validator.consensusKey {
            try state.setStorage(address, commitmentSlot(validator.address), .zero)
        }
    }

    private static func commitmentSlot(_ proposer: Address) -> Hash {
        StorageLayout.mapping(proposer.padded, at: StorageLayout.slot(0))
    }

    private static func countSlot(_ proposer: Address) -> Hash { StorageLayout.mapping(proposer.padded, at: StorageLayout.slot(1)) }

    public static let methods = MethodTable([
        Method("commitmentOf(address)") { (arguments, frame) throws(NativeFailure) in
            [.word(try frame.load(commitmentSlot(try arguments.address())))]
        }
    ])
}
