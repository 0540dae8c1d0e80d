import Cryptography
import Primitives

/// Evidence with the key whose holder is to blame: it stands by itself, whichever epoch it is of.
public struct DoubleSign: Hashable, Sendable, RLPCodable {
    /// ML-DSA-65 public key.
    public var consensusKey: [UInt8]
    public var evidence: Evidence

    public init(consensusKey: [UInt8], evidence: Evidence) { (self.consensusKey, self.evidence) = (consensusKey, evidence) }

    /// The epoch of both votes.
    public var epoch: UInt64 { evidence.first.ballot.epoch }

    /// Whether the key signed both votes, on the chain with this genesis.
    public func holds(genesis: Hash) -> Bool {
        [evidence.first, evidence.second].allSatisfy {
            MLDSA.verify(
                suite: .mldsa65, publicKey: consensusKey, message: $0.ballot.signingPayload(genesis: genesis),
                context: Ballot.signingContext, signature: $0.signature)
        }
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(consensusKey)
            $0.append(evidence)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            DoubleSign(
                consensusKey: try list.readBytes(exactly: SignatureSuite.mldsa65.publicKeyBytes), evidence: try list.read())
        }
    }
}
