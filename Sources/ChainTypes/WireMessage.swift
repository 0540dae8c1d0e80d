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

    public init(epoch: UInt64, view: UInt64, finalizedNumber: UInt64, finalizedBlock: Hash, votesHeld: [UInt256]) {
        self.epoch = epoch
        self.view = view
        self.finalizedNumber = finalizedNumber
        self.finalizedBlock = finalizedBlock
        self.votesHeld = votesHeld
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(epoch)
            $0.append(view)
            $0.append(finalizedNumber)
            $0.append(finalizedBlock)
            $0.append(list: votesHeld)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            PeerStatus(
                epoch: try list.readUInt64(), view: try list.readUInt64(), finalizedNumber: try list.readUInt64(),
                finalizedBlock: try list.read(), votesHeld: try list.readList(of: UInt256.self, maximum: 3))
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

    /// The proven header.
    public var sealed: SealedHeader? { headers.last }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(list: headers)
            $0.append(certificate)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            FinalityProof(headers: try list.readList(of: SealedHeader.self, maximum: 256), certificate: try list.read())
        }
        guard !headers.isEmpty else { throw .invalidValue }
    }
}

/// What peers say to each other, one message a frame: `rlp([tag, content])`.
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
    /// Consecutive blocks and the finalization of the last one.
    case finalized([Block], Certificate)
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

extension WireMessage: RLPCodable {
    public static let maximumTransactions = 512
    public static let maximumBlocks = 64
    public static let maximumEpochs = 64

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            switch self {
            case .status(let status): $0.append(1); $0.append(status)
            case .proposal(let proposal): $0.append(2); $0.append(proposal)
            case .vote(let vote): $0.append(3); $0.append(vote)
            case .certificate(let certificate): $0.append(4); $0.append(certificate)
            case .transactions(let transactions): $0.append(5); $0.append(list: transactions)
            case .getTransactions(let hashes): $0.append(6); $0.append(list: hashes)
            case .getBlock(let id): $0.append(7); $0.append(id)
            case .block(let block): $0.append(8); $0.append(block)
            case .getFinalized(let from, let maximum): $0.append(9); $0.append(from); $0.append(maximum)
            case .finalized(let blocks, let certificate): $0.append(10); $0.append(list: blocks); $0.append(certificate)
            case .getFinality: $0.append(11)
            case .finality(let proof): $0.append(12); $0.append(proof)
            case .getEpochs(let epoch): $0.append(13); $0.append(epoch)
            case .epochs(let changes): $0.append(14); $0.append(list: changes)
            case .getChallenges: $0.append(15)
            case .challenges(let challenges): $0.append(16); $0.append(challenges)
            case .challengeAnswer(let answer): $0.append(17); $0.append(answer)
            }
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            switch try list.readInt(atMost: 255) {
            case 1: .status(try list.read())
            case 2: .proposal(try list.read())
            case 3: .vote(try list.read())
            case 4: .certificate(try list.read())
            case 5: .transactions(try list.readList(of: SignedTransaction.self, maximum: Self.maximumTransactions))
            case 6: .getTransactions(try list.readList(of: Hash.self, maximum: Block.maximumTransactions))
            case 7: .getBlock(try list.read())
            case 8: .block(try list.read())
            case 9: .getFinalized(from: try list.readUInt64(), maximum: try list.readInt(atMost: Self.maximumBlocks))
            case 10: .finalized(try list.readList(of: Block.self, maximum: Self.maximumBlocks), try list.read())
            case 11: .getFinality
            case 12: .finality(try list.read())
            case 13: .getEpochs(from: try list.readUInt64())
            case 14: .epochs(try list.readList(of: EpochChange.self, maximum: Self.maximumEpochs))
            case 15: .getChallenges
            case 16: .challenges(try list.read())
            case 17: .challengeAnswer(try list.read())
            default: throw .invalidValue
            }
        }
    }
}
