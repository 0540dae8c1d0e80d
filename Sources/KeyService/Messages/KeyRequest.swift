import Cryptography
import Primitives

/// What a client asks of an encryption node: `rlp([kind, …])`. All but `open` and `nodes` name a session by its token.
public enum KeyRequest: Hashable, Sendable, RLPCodable {
    /// A manifest is at most this long: digests of 40 GiB of data on eight nodes.
    public static let maximumManifestBytes = 4 << 20

    case open(OpenRequest)
    case contribute(token: Hash)
    /// This node's share, with the one-time tag that its owner holds the key of.
    case deal(token: Hash, share: DealtShare)
    case putFragment(token: Hash, stripe: UInt64, bytes: [UInt8])
    case putManifest(token: Hash, bytes: [UInt8])
    /// Asks for a receipt; what was dealt is final from then on.
    case finish(token: Hash)
    case readShare(token: Hash)
    case readFragment(token: Hash, stripe: UInt64)
    case readManifest(token: Hash)
    /// What the node holds of the key.
    case holdings(token: Hash)
    /// Asks the node to delete what it holds of a key that its owner has given up.
    case remove(token: Hash)
    /// Asks for a list of nodes that the registry recorded with a key, by its hash.
    case nodes(Hash)

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            switch self {
            case .open(let request): $0.append(kind: 0, request)
            case .contribute(let token): $0.append(kind: 1, token)
            case .deal(let token, let share):
                $0.append(kind: 2, token)
                $0.append(share)
            case .putFragment(let token, let stripe, let bytes):
                $0.append(kind: 3, token)
                $0.append(stripe)
                $0.append(bytes)
            case .putManifest(let token, let bytes):
                $0.append(kind: 4, token)
                $0.append(bytes)
            case .finish(let token): $0.append(kind: 5, token)
            case .readShare(let token): $0.append(kind: 6, token)
            case .readFragment(let token, let stripe):
                $0.append(kind: 7, token)
                $0.append(stripe)
            case .readManifest(let token): $0.append(kind: 8, token)
            case .holdings(let token): $0.append(kind: 9, token)
            case .remove(let token): $0.append(kind: 10, token)
            case .nodes(let hash): $0.append(kind: 11, hash)
            }
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            switch try list.readInt(atMost: 11) {
            case 0: .open(try list.read())
            case 1: .contribute(token: try list.read())
            case 2: .deal(token: try list.read(), share: try list.read())
            case 3:
                .putFragment(
                    token: try list.read(), stripe: try list.readUInt64(),
                    bytes: try list.readBytes(atMost: KeyAnswer.maximumFragmentBytes))
            case 4: .putManifest(token: try list.read(), bytes: try list.readBytes(atMost: Self.maximumManifestBytes))
            case 5: .finish(token: try list.read())
            case 6: .readShare(token: try list.read())
            case 7: .readFragment(token: try list.read(), stripe: try list.readUInt64())
            case 8: .readManifest(token: try list.read())
            case 9: .holdings(token: try list.read())
            case 10: .remove(token: try list.read())
            default: .nodes(try list.read())
            }
        }
    }
}

/// A share as it travels and as a node keeps it.
public struct DealtShare: Hashable, Sendable, RLPCodable {
    public var epoch: UInt64
    public var slot: Int
    public var share: [UInt8]
    /// The one-time tag; see `ShareAuthenticator`.
    public var tag: [UInt8]

    public init(epoch: UInt64, slot: Int, share: [UInt8], tag: [UInt8]) {
        (self.epoch, self.slot, self.share, self.tag) = (epoch, slot, share, tag)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(epoch)
            $0.append(slot)
            $0.append(share)
            $0.append(tag)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            DealtShare(
                epoch: try list.readUInt64(), slot: try list.readInt(atMost: Committee.maximumCount - 1),
                share: try list.readBytes(exactly: KeyMaterial.byteCount),
                tag: try list.readBytes(exactly: ShareAuthenticator.tagByteCount))
        }
    }
}

extension RLPWriter {
    mutating func append(kind: UInt64, _ value: some RLPCodable) {
        append(kind)
        append(value)
    }
}
