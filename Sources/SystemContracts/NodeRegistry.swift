import ChainTypes
import Cryptography
import Primitives
import WorldState

/// `0x…0821`: the encryption nodes. The state keeps the hash of the whole list, so that one storage
/// proof shows a client every node's class, key, endpoint and capacity.
public enum NodeRegistry: NativeContract {
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

    private static let nodeSetHash = ABI.selector("nodeSetHash()")
    private static let nodeCount = ABI.selector("nodeCount()")

    public static func call(_ input: [UInt8], frame: inout NativeFrame) throws(NativeFailure) -> [UInt8] {
        switch Array(input.prefix(4)) {
        case nodeSetHash: Hash(try frame.load(setHashSlot)).bytes
        case nodeCount: Hash(try frame.load(countSlot)).bytes
        default: throw .revert("unknown function")
        }
    }
}
