import Cryptography
import Primitives

/// What validators vote on: the Ethereum header and what only consensus needs beside it.
public struct Envelope: Hashable, Sendable, RLPCodable {
    public var protocolVersion: UInt64
    public var epoch: UInt64
    public var view: UInt64
    /// Envelope hash of the parent; zero in the genesis block.
    public var parent: Hash
    /// Milliseconds since 1970.
    public var timeMilliseconds: UInt64
    public var headerHash: Hash
    /// `Block.bodyHash(of:)` over the transactions in order: binds the list that a proposal names, and the witnesses.
    public var bodyHash: Hash
    /// Hash of the validator set that follows this epoch's.
    public var nextSetHash: Hash
    /// The number to which the proposer committed in its block before; zero in its first.
    public var reveal: Hash
    /// Keccak-256 of the number that the proposer will reveal in its next block.
    public var commitment: Hash
    /// Validators that this block removes for voting twice.
    public var doubleSigns: [DoubleSign]
    /// What encryption nodes answer to challenges.
    public var answers: [ChallengeAnswer]

    /// About 8.6 kB each. More wait for the next block.
    public static let maximumDoubleSigns = 4
    /// At most 9.5 kB each. More wait for the next block.
    public static let maximumAnswers = 4

    public init(
        protocolVersion: UInt64 = 1, epoch: UInt64, view: UInt64, parent: Hash, timeMilliseconds: UInt64,
        headerHash: Hash, bodyHash: Hash, nextSetHash: Hash, reveal: Hash = .zero, commitment: Hash = .zero,
        doubleSigns: [DoubleSign] = [], answers: [ChallengeAnswer] = []
    ) {
        self.protocolVersion = protocolVersion
        self.epoch = epoch
        self.view = view
        self.parent = parent
        self.timeMilliseconds = timeMilliseconds
        self.headerHash = headerHash
        self.bodyHash = bodyHash
        self.nextSetHash = nextSetHash
        self.reveal = reveal
        self.commitment = commitment
        self.doubleSigns = doubleSigns
        self.answers = answers
    }

    public var hash: Hash { Keccak256.hash(rlp) }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(protocolVersion)
            $0.append(epoch)
            $0.append(view)
            $0.append(parent)
            $0.append(timeMilliseconds)
            $0.append(headerHash)
            $0.append(bodyHash)
            $0.append(nextSetHash)
            $0.append(reveal)
            $0.append(commitment)
            $0.append(list: doubleSigns)
            $0.append(list: answers)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            Envelope(
                protocolVersion: try list.readUInt64(), epoch: try list.readUInt64(), view: try list.readUInt64(),
                parent: try list.read(), timeMilliseconds: try list.readUInt64(), headerHash: try list.read(),
                bodyHash: try list.read(), nextSetHash: try list.read(), reveal: try list.read(), commitment: try list.read(),
                doubleSigns: try list.readList(of: DoubleSign.self, maximum: Self.maximumDoubleSigns),
                answers: try list.readList(of: ChallengeAnswer.self, maximum: Self.maximumAnswers))
        }
    }
}

/// An envelope with the header it names: enough for a light client.
public struct SealedHeader: Hashable, Sendable, RLPCodable {
    public let envelope: Envelope
    public let header: Header
    /// The envelope's hash: what votes name.
    public let id: Hash

    /// nil unless the envelope names this header.
    public init?(envelope: Envelope, header: Header) {
        guard envelope.headerHash == header.hash, header.timestamp == envelope.timeMilliseconds / 1000 else { return nil }
        (self.envelope, self.header, id) = (envelope, header, envelope.hash)
    }

    public var number: UInt64 { header.number }
    /// The Ethereum block hash.
    public var blockHash: Hash { envelope.headerHash }
    /// By what tools find the events of the block's beginning and end: in place of a transaction's hash.
    public var eventsHash: Hash { Keccak256.hash(Array("QuStream block events".utf8) + blockHash.bytes) }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(envelope)
            $0.append(header)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        let (envelope, header) = try reader.readList { (list) throws(RLPError) in
            (try list.read(Envelope.self), try list.read(Header.self))
        }
        guard let sealed = SealedHeader(envelope: envelope, header: header) else { throw .invalidValue }
        self = sealed
    }
}

/// A whole block with the witnesses of its transactions. One that was decoded has the body that its envelope names.
public struct Block: Hashable, Sendable, RLPCodable {
    /// A block body is at most this long.
    public static let maximumBodyBytes = 4 * 1024 * 1024
    /// The witnesses in a block together are at most this long.
    public static let maximumWitnessBytes = 3 * 1024 * 1024
    /// A block holds at most this many transactions.
    public static let maximumTransactions = 4096

    public let sealed: SealedHeader
    public let transactions: [SignedTransaction]

    public init(sealed: SealedHeader, transactions: [SignedTransaction]) {
        (self.sealed, self.transactions) = (sealed, transactions)
    }

    /// Keccak-256 of the RLP list of transaction hashes. Each of them covers its transaction's witness.
    public static func bodyHash(of transactionHashes: [Hash]) -> Hash {
        var writer = RLPWriter()
        writer.append(list: transactionHashes)
        return Keccak256.hash(writer.bytes)
    }

    public var id: Hash { sealed.id }
    public var number: UInt64 { sealed.number }
    public var header: Header { sealed.header }
    public var envelope: Envelope { sealed.envelope }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(sealed)
            $0.append(list: transactions)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            Block(
                sealed: try list.read(),
                transactions: try list.readList(of: SignedTransaction.self, maximum: Self.maximumTransactions))
        }
        guard envelope.bodyHash == Self.bodyHash(of: transactions.map(\.hash)) else { throw .invalidValue }
    }
}
