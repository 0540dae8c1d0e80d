import Cryptography
import Primitives

/// What a validator can say about a view (Simplex, Chan & Pass 2023).
public enum VoteKind: UInt8, Hashable, Sendable, CaseIterable, RLPCodable {
    /// The leader's word for its block.
    case propose = 0
    case notarize = 1
    /// The view yields no block.
    case nullify = 2
    case finalize = 3

    public func encode(to writer: inout RLPWriter) { writer.append(UInt64(rawValue)) }

    public init(from reader: inout RLPReader) throws(RLPError) {
        guard let kind = VoteKind(rawValue: UInt8(try reader.readInt(atMost: 255))) else { throw .invalidValue }
        self = kind
    }
}

/// The statement under a vote's signature.
public struct Ballot: Hashable, Sendable, RLPCodable {
    public static let signingContext = DomainTag.vote.bytes

    public var epoch: UInt64
    public var view: UInt64
    public var kind: VoteKind
    /// Envelope hash of the block; zero for nullify.
    public var block: Hash

    public init(epoch: UInt64, view: UInt64, kind: VoteKind, block: Hash) {
        (self.epoch, self.view, self.kind, self.block) = (epoch, view, kind, block)
    }

    /// The signed message binds the chain as well: `rlp(genesis, ballot)`.
    public func signingPayload(genesis: Hash) -> [UInt8] {
        var writer = RLPWriter()
        writer.list {
            $0.append(genesis)
            $0.append(self)
        }
        return writer.bytes
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(epoch)
            $0.append(view)
            $0.append(kind)
            $0.append(block)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            Ballot(epoch: try list.readUInt64(), view: try list.readUInt64(), kind: try list.read(), block: try list.read())
        }
        guard (kind == .nullify) == (block == .zero) else { throw .invalidValue }
    }
}

/// A ballot signed by one validator with ML-DSA-65.
public struct Vote: Hashable, Sendable, RLPCodable {
    public var ballot: Ballot
    /// Index in the epoch's validator set.
    public var validator: Int
    public var signature: [UInt8]

    public init(ballot: Ballot, validator: Int, signature: [UInt8]) {
        (self.ballot, self.validator, self.signature) = (ballot, validator, signature)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(ballot)
            $0.append(validator)
            $0.append(signature)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            Vote(
                ballot: try list.read(), validator: try list.readInt(atMost: ValidatorSet.maximumCount - 1),
                signature: try list.readBytes(exactly: SignatureSuite.mldsa65.signatureBytes))
        }
    }
}

/// A quorum of votes for one ballot: a notarization, nullification or finalization.
public struct Certificate: Hashable, Sendable, RLPCodable {
    public struct Share: Hashable, Sendable, RLPCodable {
        public var validator: Int
        public var signature: [UInt8]

        public init(validator: Int, signature: [UInt8]) {
            (self.validator, self.signature) = (validator, signature)
        }

        public func encode(to writer: inout RLPWriter) {
            writer.list {
                $0.append(validator)
                $0.append(signature)
            }
        }

        public init(from reader: inout RLPReader) throws(RLPError) {
            self = try reader.readList { (list) throws(RLPError) in
                Share(
                    validator: try list.readInt(atMost: ValidatorSet.maximumCount - 1),
                    signature: try list.readBytes(exactly: SignatureSuite.mldsa65.signatureBytes))
            }
        }
    }

    public var ballot: Ballot
    /// Sorted by validator, without duplicates.
    public var shares: [Share]

    public init(ballot: Ballot, shares: [Share]) {
        (self.ballot, self.shares) = (ballot, shares.sorted { $0.validator < $1.validator })
    }

    public var votes: [Vote] { shares.map { Vote(ballot: ballot, validator: $0.validator, signature: $0.signature) } }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(ballot)
            $0.append(list: shares)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        let (ballot, shares) = try reader.readList { (list) throws(RLPError) in
            (try list.read(Ballot.self), try list.readList(of: Share.self, maximum: ValidatorSet.maximumCount))
        }
        guard zip(shares, shares.dropFirst()).allSatisfy({ $0.validator < $1.validator }) else { throw .invalidValue }
        (self.ballot, self.shares) = (ballot, shares)
    }
}

/// Two votes of one validator in one view that the protocol never allows together.
public struct Evidence: Hashable, Sendable, RLPCodable {
    public var first: Vote
    public var second: Vote

    /// nil unless the votes conflict: two proposals, two notarizes or two finalizes for different
    /// blocks, or a nullify with a finalize.
    public init?(_ first: Vote, _ second: Vote) {
        guard first.validator == second.validator, first.ballot.epoch == second.ballot.epoch,
            first.ballot.view == second.ballot.view
        else { return nil }
        let kinds = Set([first.ballot.kind, second.ballot.kind])
        let sameKind = kinds.count == 1 && first.ballot.kind != .nullify && first.ballot.block != second.ballot.block
        guard sameKind || kinds == [.nullify, .finalize] else { return nil }
        (self.first, self.second) = (first, second)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(first)
            $0.append(second)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        let (first, second) = try reader.readList { (list) throws(RLPError) in (try list.read(Vote.self), try list.read(Vote.self)) }
        guard let evidence = Evidence(first, second) else { throw .invalidValue }
        self = evidence
    }
}

/// A leader's block by hash: peers fetch the transactions that they miss. The leader's vote names the envelope and the
/// envelope the list of hashes, so whoever passes a proposal on can change nothing in it.
///
/// The last block of an epoch is proposed again, as it is, in later views until it is final.
public struct Proposal: Hashable, Sendable, RLPCodable {
    public var sealed: SealedHeader
    public var transactionHashes: [Hash]
    /// The leader's vote of kind `propose` for the block.
    public var vote: Vote

    public init(sealed: SealedHeader, transactionHashes: [Hash], vote: Vote) {
        (self.sealed, self.transactionHashes, self.vote) = (sealed, transactionHashes, vote)
    }

    /// Whether it is of an earlier view: then only the last block of the epoch is valid.
    public var isRepeated: Bool { vote.ballot.view > sealed.envelope.view }

    /// The block that certificates must show to be the newest: the parent, or for a repeated proposal the block itself.
    public var base: Hash { isRepeated ? sealed.id : sealed.envelope.parent }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(sealed)
            $0.append(list: transactionHashes)
            $0.append(vote)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            Proposal(
                sealed: try list.read(),
                transactionHashes: try list.readList(of: Hash.self, maximum: Block.maximumTransactions), vote: try list.read())
        }
        guard vote.ballot.kind == .propose, vote.ballot.block == sealed.id, vote.ballot.view >= sealed.envelope.view,
            vote.ballot.epoch == sealed.envelope.epoch, sealed.envelope.bodyHash == Block.bodyHash(of: transactionHashes)
        else { throw .invalidValue }
    }
}
