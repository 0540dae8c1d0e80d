import ChainTypes
import Cryptography
import Primitives

/// What an encryption node answers: `rlp([kind, …])`.
public enum KeyAnswer: Hashable, Sendable, RLPCodable {
    /// A stripe held by one node alone, and room for lengths.
    public static let maximumFragmentBytes = VaultLayout.segmentsPerStripe * (16_384 + 16)

    case refused(KeyRefusal)
    case opened
    case contribution(EntropyContribution)
    case stored
    case receipt(SignedKeyReceipt)
    case share(DealtShare)
    case fragment([UInt8])
    case manifest([UInt8])
    case holdings(Holdings)
    case removed
    case nodes(NodeList)

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            switch self {
            case .refused(let refusal): $0.append(kind: 0, refusal)
            case .opened: $0.append(1 as UInt64)
            case .contribution(let contribution): $0.append(kind: 2, contribution)
            case .stored: $0.append(3 as UInt64)
            case .receipt(let receipt): $0.append(kind: 4, receipt)
            case .share(let share): $0.append(kind: 5, share)
            case .fragment(let bytes):
                $0.append(6 as UInt64)
                $0.append(bytes)
            case .manifest(let bytes):
                $0.append(7 as UInt64)
                $0.append(bytes)
            case .holdings(let holdings): $0.append(kind: 8, holdings)
            case .removed: $0.append(9 as UInt64)
            case .nodes(let list): $0.append(kind: 10, list)
            }
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            switch try list.readInt(atMost: 10) {
            case 0: .refused(try list.read())
            case 1: .opened
            case 2: .contribution(try list.read())
            case 3: .stored
            case 4: .receipt(try list.read())
            case 5: .share(try list.read())
            case 6: .fragment(try list.readBytes(atMost: Self.maximumFragmentBytes))
            case 7: .manifest(try list.readBytes(atMost: KeyRequest.maximumManifestBytes))
            case 8: .holdings(try list.read())
            case 9: .removed
            default: .nodes(try list.read())
            }
        }
    }
}

/// Registered encryption nodes in the registry's order.
public struct NodeList: Hashable, Sendable, RLPCodable {
    public var nodes: [EncryptionNode]

    public init(_ nodes: [EncryptionNode]) { self.nodes = nodes }

    public func encode(to writer: inout RLPWriter) { writer.append(list: nodes) }

    public init(from reader: inout RLPReader) throws(RLPError) {
        nodes = try reader.readList(of: EncryptionNode.self, maximum: OpenRequest.maximumNodes)
    }
}

/// What a node says it holds of a key.
public struct Holdings: Hashable, Sendable, RLPCodable {
    public var epoch: UInt64
    public var hasManifest: Bool
    /// Whether a receipt was given.
    public var isSealed: Bool

    public init(epoch: UInt64, hasManifest: Bool, isSealed: Bool) {
        (self.epoch, self.hasManifest, self.isSealed) = (epoch, hasManifest, isSealed)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(epoch)
            $0.append(hasManifest)
            $0.append(isSealed)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            Holdings(epoch: try list.readUInt64(), hasManifest: try list.readBool(), isSealed: try list.readBool())
        }
    }
}
