import ChainTypes
import Cryptography
import Primitives
import WorldState

/// `0x…0821`: the encryption nodes. The state keeps the hash of the whole list, so that one storage
/// proof shows a client every node's class, key, endpoint and capacity.
public enum NodeRegistry: SystemContract {
    public static let address = Address(low: 0x0821)
    /// Holds `setHash(of:)` of the current nodes.
    public static let setHashSlot = StorageLayout.slot(0)
    public static let countSlot = StorageLayout.slot(1)

    /// Keccak-256 of the RLP list of the nodes in registry order.
    public static func setHash(of nodes: [EncryptionNode]) -> Hash {
        var writer = RLPWriter()
        writer.append(list: nodes)
        return Keccak256.hash(writer.bytes)
    }

    public static let methods = MethodTable([
        Method("nodeSetHash()") { (_, frame) throws(NativeFailure) in [.word(try frame.load(setHashSlot))] },
        Method("nodeCount()") { (_, frame) throws(NativeFailure) in [.word(try frame.load(countSlot))] },
    ])
}
