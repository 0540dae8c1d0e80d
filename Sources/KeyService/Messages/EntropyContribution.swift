import ChainTypes
import Cryptography
import Primitives

/// Random bytes for one key, sent privately to the client that asked, and what they rest on.
public struct EntropyContribution: Hashable, Sendable, RLPCodable {
    /// An entropy block and a seed of the Toeplitz hash.
    public static let byteCount = KeyGeneration.blockByteCount + KeyGeneration.seedByteCount

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

/// The sources of a contribution, as its contributor states them.
public struct EntropyRecord: Hashable, Sendable, RLPCodable {
    /// Names of the sources: `kernel`, `rdseed`, `/dev/hwrng`.
    public var sources: [String]
    /// Assessed physical min-entropy of the bytes; zero where only the kernel's generator was used.
    public var physicalBits: UInt64

    public init(sources: [String], physicalBits: UInt64) { (self.sources, self.physicalBits) = (sources, physicalBits) }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.list { writer in for source in sources { writer.append(text: source) } }
            $0.append(physicalBits)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            var names = try list.readList()
            var sources: [String] = []
            while !names.isAtEnd {
                guard sources.count < 16 else { throw .tooManyItems }
                sources.append(try names.readText(atMost: 64))
            }
            return EntropyRecord(sources: sources, physicalBits: try list.readUInt64())
        }
    }
}

/// Entropy drawn for one contribution, handed to `KeyService` with the request that needs it.
public struct EntropyDraw: Sendable {
    public var bytes: [UInt8]
    public var sources: EntropyRecord

    public init(bytes: [UInt8], sources: EntropyRecord) { (self.bytes, self.sources) = (bytes, sources) }
}
