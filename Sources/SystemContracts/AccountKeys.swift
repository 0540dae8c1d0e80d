import Primitives
import WorldState

/// `0x…0810`: for each account the commitment of the one key that may sign its next transaction.
///
/// Execution writes it; contracts and tools read it. An account without an entry has nonce 0 and is
/// authorised by the key whose commitment its address is derived from.
public enum AccountKeys: SystemContract {
    public static let address = Address(low: 0x0810)

    /// `mapping(address => bytes32) commitments` at slot 0.
    public static func slot(of account: Address) -> Hash {
        StorageLayout.mapping(account.padded, at: StorageLayout.slot(0))
    }

    /// The commitment on record, or nil before the account's first transaction.
    public static func commitment(of account: Address, in state: some StateReader) throws(StateError) -> Hash? {
        let value = try state.storage(address, slot(of: account))
        return value.isZero ? nil : Hash(value)
    }

    public static func commitment(of account: Address, in state: inout WorldState) throws(StateError) -> Hash? {
        let value = try state.storage(address, slot(of: account))
        return value.isZero ? nil : Hash(value)
    }

    public static func setCommitment(_ commitment: Hash, of account: Address, in state: inout WorldState) throws(StateError) {
        try state.setStorage(address, slot(of: account), commitment.number)
    }

    public static let methods = MethodTable([
        Method("commitmentOf(address)") { (arguments, frame) throws(NativeFailure) in
            [.word(try frame.load(slot(of: try arguments.address())))]
        }
    ])
}
