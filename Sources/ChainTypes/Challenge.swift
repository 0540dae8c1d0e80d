import Cryptography
import Primitives

/// How an encryption node meets a challenge on the chain: it is there, and has what it was asked for.
public struct ChallengeAnswer: Hashable, Sendable, RLPCodable {
    /// Number of the challenge.
    public var id: UInt64
    /// The chunk that an audit asks for; nil where the node only has to be there.
    public var opening: ChunkOpening?
    /// ML-DSA-65 by the node key over `message`.
    public var signature: [UInt8]

    public init(id: UInt64, opening: ChunkOpening?, signature: [UInt8] = []) {
        (self.id, self.opening, self.signature) = (id, opening, signature)
    }

    public static let signingContext = DomainTag.challengeAnswer.bytes

    /// What the node signs: `rlp([genesis, id, keccak(rlp(opening))])`, the last word zero without an opening.
    /// - Parameter genesis: the envelope hash of the genesis block.
    public func message(genesis: Hash) -> [UInt8] {
        var writer = RLPWriter()
        writer.list {
            $0.append(genesis)
            $0.append(id)
            $0.append(opening.map { Keccak256.hash($0.rlp) } ?? .zero)
        }
        return writer.bytes
    }

    /// Whether the node with this key signed it.
    public func isSigned(by nodeKey: [UInt8], genesis: Hash) -> Bool {
        MLDSA.verify(
            suite: .mldsa65, publicKey: nodeKey, message: message(genesis: genesis), context: Self.signingContext, signature: signature)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(id)
            $0.append(list: opening.map { [$0] } ?? [])
            $0.append(signature)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            ChallengeAnswer(
                id: try list.readUInt64(), opening: try list.readList(of: ChunkOpening.self, maximum: 1).first,
                signature: try list.readBytes(exactly: SignatureSuite.mldsa65.signatureBytes))
        }
    }
}

/// What a peer tells an encryption node of the challenges that wait for it, with the proof: without one, any peer could ask for ciphertext.
public struct OpenChallenges: Hashable, Sendable, RLPCodable {
    /// More are told when these are answered.
    public static let maximumCount = 8

    public var finality: FinalityProof
    public var ids: [UInt64]
    /// The challenges' slots under the proven header.
    public var state: StateProof

    public init(finality: FinalityProof, ids: [UInt64], state: StateProof) {
        (self.finality, self.ids, self.state) = (finality, ids, state)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(finality)
            $0.list { list in for id in ids { list.append(id) } }
            $0.append(state)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            OpenChallenges(finality: try list.read(), ids: try Self.numbers(try list.readList()), state: try list.read())
        }
    }

    private static func numbers(_ reader: RLPReader) throws(RLPError) -> [UInt64] {
        var (reader, numbers): (RLPReader, [UInt64]) = (reader, [])
        while !reader.isAtEnd {
            guard numbers.count < maximumCount else { throw .tooManyItems }
            numbers.append(try reader.readUInt64())
        }
        return numbers
    }
}

/// How a challenge stands or ended. Numbers are those of the slashing contract.
public enum ChallengeStatus: UInt64, CaseIterable, Sendable {
    case open = 1
    case answered, failed
    /// Nothing was judged: the key was given up, or the node had left or was suspended already.
    case dropped
}
