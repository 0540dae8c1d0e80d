import ChainTypes
import Primitives
import WorldState

/// `0x…0802`: which epoch it is, and who its validators are.
///
/// Slot 0 holds the number of the epoch of the next block, slot 1 when the one before ended in milliseconds, and
/// `mapping(uint256 epoch => uint256 milliseconds)` at slot 2 when each epoch began. The validators
/// of epoch e are the code of `account(ofEpoch: e)`, so that a proof of this account's code hash proves the set's hash.
public enum Epochs: SystemContract {
    public static let address = Address(low: 0x0802)
    static let numberSlot = StorageLayout.slot(0)
    static let startSlot = StorageLayout.slot(1)

    /// Holds the RLP of an epoch's validators. An RLP list begins with a byte that is no opcode: running it fails.
    public static func account(ofEpoch epoch: UInt64) -> Address { Address(low: 0x08_0200 | UInt32(epoch % 4)) }

    /// Writes the first epoch.
    public static func install(_ first: EpochState, in state: inout WorldState) throws(StateError) {
        try write(first, in: &state)
        try record(first.validators, ofEpoch: first.number, in: &state)
        try record(first.next, ofEpoch: first.number &+ 1, in: &state)
    }

    /// Ends an epoch; the epoch of the next block.
    /// - Parameter validators: of the epoch after the next.
    public static func end(_ facts: BlockFacts, validators: ValidatorSet, in state: inout WorldState) throws(StateError) -> EpochState {
        let next = EpochState(
            number: facts.epoch.number &+ 1, startMilliseconds: facts.timeMilliseconds, validators: facts.epoch.next, next: validators)
        try write(next, in: &state)
        try record(validators, ofEpoch: next.number &+ 1, in: &state)
        try Randomness.begin(next.validators, after: facts.epoch.validators, in: &state)
        return next
    }

    /// The epoch of the block after a state.
    public static func read(_ state: some StateReader) throws(StateError) -> EpochState {
        let (number, start) = (try state.storage(address, numberSlot).limb0, try state.storage(address, startSlot).limb0)
        return EpochState(
            number: number, startMilliseconds: start, validators: try validators(ofEpoch: number, state),
            next: try validators(ofEpoch: number &+ 1, state))
    }

    private static func validators(ofEpoch epoch: UInt64, _ state: some StateReader) throws(StateError) -> ValidatorSet {
        guard let account = try state.account(account(ofEpoch: epoch)) else { throw StateError("no validators of epoch \(epoch)") }
        guard let set = try? ValidatorSet(rlp: try state.code(account.codeHash)) else {
            throw StateError("the validators of epoch \(epoch) are malformed")
        }
        return set
    }

    private static func startSlot(_ epoch: UInt64) -> Hash { StorageLayout.mapping(Hash(epoch), at: StorageLayout.slot(2)) }

    /// The number of the epoch of the next block.
    static func current(_ state: inout some ContractState) throws(NativeFailure) -> UInt64 {
        try state.load(numberSlot, of: address).limb0
    }

    /// When the stake that decides in an epoch was counted, in seconds: at the end of the last epoch but one before it.
    static func countedAt(_ epoch: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> UInt64 {
        try state.load(startSlot(epoch.since(1)), of: address).limb0 / 1000
    }

    private static func write(_ epoch: EpochState, in state: inout WorldState) throws(StateError) {
        try state.setStorage(address, startSlot(epoch.number), UInt256(epoch.startMilliseconds))
        try state.setStorage(address, numberSlot, UInt256(epoch.number))
        try state.setStorage(address, startSlot, UInt256(epoch.startMilliseconds))
    }

    private static func record(_ validators: ValidatorSet, ofEpoch epoch: UInt64, in state: inout WorldState) throws(StateError) {
        let account = account(ofEpoch: epoch)
        guard try state.account(account)?.codeHash != validators.hash else { return }
        try state.setCode(account, validators.rlp)
        try state.setNonce(account, 1)
    }

    public static let methods = MethodTable([
        Method("currentEpoch()") { (_, frame) throws(NativeFailure) in [.word(try frame.load(numberSlot))] },
        Method("epochStart()") { (_, frame) throws(NativeFailure) in [.word(try frame.load(startSlot))] },
    ])
}
