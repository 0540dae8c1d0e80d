import Primitives

/// Where a validator stands: sent on connecting and when progress stops, so that peers send what is missing.
public struct PeerStatus: Hashable, Sendable, RLPCodable {
    public var epoch: UInt64
    public var view: UInt64
    public var finalizedNumber: UInt64
    public var finalizedBlock: Hash
    /// Votes of the current view that this validator holds: bit i of each is validator i, by kind
    /// (notarize, nullify, finalize).
    public var votesHeld: [UInt256]
    /// The newest kind of message that the sender understands.
    public var newestKind: Int

    public init(
        epoch: UInt64, view: UInt64, finalizedNumber: UInt64, finalizedBlock: Hash, votesHeld: [UInt256],
        newestKind: Int = WireMessage.newestKind
    ) {
        self.epoch = epoch
        self.view = view
        self.finalizedNumber = finalizedNumber
        self.finalizedBlock = finalizedBlock
        self.votesHeld = votesHeld
        self.newestKind = newestKind
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(epoch)
            $0.append(view)
            $0.append(finalizedNumber)
            $0.append(finalizedBlock)
            $0.append(list: votesHeld)
            $0.append(newestKind)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            PeerStatus(
                epoch: try list.readUInt64(), view: try list.readUInt64(), finalizedNumber: try list.readUInt64(),
                finalizedBlock: try list.read(), votesHeld: try list.readList(of: UInt256.self, maximum: 3),
                newestKind: try list.readInt(atMost: WireMessage.maximumKind))
        }
    }
}

/// A header under a finalization that a light client can check.
public struct FinalityProof: Hashable, Sendable, RLPCodable {
    /// From the certified block back to the proven one: each envelope names the next as its parent.
    public var headers: [SealedHeader]
    public var certificate: Certificate

    public init(headers: [SealedHeader], certificate: Certificate) {
        (self.headers, self.certificate) = (headers, certificate)
    }

    public static let maximumHeaders = 256

    /// The proven header.
    public var sealed: SealedHeader? { headers.last }

    /// Whether the certificate finalises the first header, and each names the next as its parent, one number below.
    /// The certificate's signatures are another matter.
    public var isLinked: Bool {
        guard let certified = headers.first else { return false }
        let ballot = certificate.ballot
        guard ballot.kind == .finalize, ballot.block == certified.id, ballot.epoch == certified.envelope.epoch else { return false }
        return zip(headers, headers.dropFirst()).allSatisfy { child, parent in
            child.envelope.parent == parent.id && child.number > 0 && child.number - 1 == parent.number
        }
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(list: headers)
            $0.append(certificate)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            FinalityProof(headers: try list.readList(of: SealedHeader.self, maximum: Self.maximumHeaders), certificate: try list.read())
        }
        guard !headers.isEmpty else { throw .invalidValue }
    }
}

/// What peers say to each other, one message a frame: `rlp([kind, content])`.
///
/// A kind never changes its form: what needs another form gets another number, and numbers beyond `newestKind` are
/// ignored. So nodes of two versions understand each other while an upgrade goes round.
public enum WireMessage: Hashable, Sendable {
    case status(PeerStatus)
    case proposal(Proposal)
    case vote(Vote)
    /// Only for a peer that cannot rebuild it from votes.
    case certificate(Certificate)
    case transactions([SignedTransaction])
    case getTransactions([Hash])
    /// A whole unfinalised block, by envelope hash; answered by `block`.
    case getBlock(Hash)
    case block(Block)
    /// Finalised blocks from a number on; answered by `finalized`.
    case getFinalized(from: UInt64, maximum: Int)
    /// Consecutive blocks and a proof that the last one is final.
    case finalized([Block], FinalityProof)
    /// The newest finality proof; answered by `finality`.
    case getFinality
    case finality(FinalityProof)
    /// What leads a light client on from an epoch; answered by `epochs`.
    case getEpochs(from: UInt64)
    case epochs([EpochChange])
    /// The challenges that wait for the asking encryption node; answered by `challenges` where there are any.
    case getChallenges
    case challenges(OpenChallenges)
    case challengeAnswer(ChallengeAnswer)
}

extension WireMessage {
    /// Numbers of messages on the wire; they never change or get reused.
    public enum Kind: Int, Hashable, Sendable, CaseIterable {
        case status = 1, proposal, vote, certificate, transactions, getTransactions, getBlock, block, getFinalized, finalized, getFinality
        case finality, getEpochs, epochs, getChallenges, challenges, challengeAnswer
    }

    public static let newestKind = Kind.allCases.count
    /// Beyond this no version will number its kinds.
    public static let maximumKind = 255

    /// The kind that a frame says it holds, read without the rest; nil where it holds no message of any version.
    public static func kind(of frame: [UInt8]) -> Int? {
        var reader = RLPReader(frame)
        guard var list = try? reader.readList(), let kind = try? list.readInt(atMost: maximumKind), kind > 0 else { return nil }
        return kind
    }

    public var kind: Kind {
        switch self {
        case .status: .status
        case .proposal: .proposal
        case .vote: .vote
        case .certificate: .certificate
        case .transactions: .transactions
        case .getTransactions: .getTransactions
        case .getBlock: .getBlock
        case .block: .block
        case .getFinalized: .getFinalized
        case .finalized: .finalized
        case .getFinality: .getFinality
        case .finality: .finality
        case .getEpochs: .getEpochs
        case .epochs: .epochs
        case .getChallenges: .getChallenges
        case .challenges: .challenges
        case .challengeAnswer: .challengeAnswer
        }
    }
}

extension WireMessage: RLPCodable {
    public static let maximumTransactions = 512
    public static let maximumBlocks = 64
    public static let maximumEpochs = 64

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(kind.rawValue)
            switch self {
            case .status(let status): $0.append(status)
            case .proposal(let proposal): $0.append(proposal)
            case .vote(let vote): $0.append(vote)
            case .certificate(let certificate): $0.append(certificate)
            case .transactions(let transactions): $0.append(list: transactions)
            case .getTransactions(let hashes): $0.append(list: hashes)
            case .getBlock(let id): $0.append(id)
            case .block(let block): $0.append(block)
            case .getFinalized(let from, let maximum): $0.append(from); $0.append(maximum)
            case .finalized(let blocks, let proof): $0.append(list: blocks); $0.append(proof)
            case .finality(let proof): $0.append(proof)
            case .getEpochs(let epoch): $0.append(epoch)
            case .epochs(let changes): $0.append(list: changes)
            case .challenges(let challenges): $0.append(challenges)
            case .challengeAnswer(let answer): $0.append(answer)
            case .getFinality, .getChallenges: break
            }
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            switch Kind(rawValue: try list.readInt(atMost: Self.maximumKind)) {
            case .status: .status(try list.read())
            case .proposal: .proposal(try list.read())
            case .vote: .vote(try list.read())
            case .certificate: .certificate(try list.read())
            case .transactions: .transactions(try list.readList(of: SignedTransaction.self, maximum: Self.maximumTransactions))
            case .getTransactions: .getTransactions(try list.readList(of: Hash.self, maximum: Block.maximumTransactions))
            case .getBlock: .getBlock(try list.read())
            case .block: .block(try list.read())
            case .getFinalized: .getFinalized(from: try list.readUInt64(), maximum: try list.readInt(atMost: Self.maximumBlocks))
            case .finalized: .finalized(try list.readList(of: Block.self, maximum: Self.maximumBlocks), try list.read())
            case .getFinality: .getFinality
            case .finality: .finality(try list.read())
            case .getEpochs: .getEpochs(from: try list.readUInt64())
            case .epochs: .epochs(try list.readList(of: EpochChange.self, maximum: Self.maximumEpochs))
            case .getChallenges: .getChallenges
            case .challenges: .challenges(try list.read())
            case .challengeAnswer: .challengeAnswer(try list.read())
            case nil: throw .invalidValue
            }
        }
    }
}
