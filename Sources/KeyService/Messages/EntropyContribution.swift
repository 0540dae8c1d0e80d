import ChainTypes
import Cryptography
import Primitives

/// Random bytes for one key, sent privately to the client that asked, and what they rest on.
public struct EntropyContribution: Hashable, Sendable, RLPCodable {
    /// An entropy block and a seed of the Toeplitz hash.
    public static let byteCount = KeyGeneration.inputByteCount

    public var keyID: KeyID
    /// The request's.
    public var nonce: Hash
    public var bytes: [UInt8]
    public var sources: EntropyRecord

    public init(keyID: KeyID, nonce: Hash, bytes: [UInt8], sources: EntropyRecord) {
        (self.keyID, self.nonce, self.bytes, self.sources) = (keyID, nonce, bytes, sources)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(keyID)
            $0.append(nonce)
            $0.append(bytes)
            $0.append(sources)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            EntropyContribution(
                keyID: try list.read(), nonce: try list.read(), bytes: try list.readBytes(exactly: Self.byteCount),
                sources: try list.read())
        }
    }
}
