import ChainTypes
import Primitives

/// What a validator must remember across a crash: its own votes, and the certificates that let it move on.
public enum WALRecord: Hashable, Sendable, RLPCodable {
    case vote(Vote)
    case certificate(Certificate)
    case proposal(Proposal)

    public var epoch: UInt64 { ballot.epoch }
    public var view: UInt64 { ballot.view }

    private var ballot: Ballot {
        switch self {
        case .vote(let vote): vote.ballot
        case .certificate(let certificate): certificate.ballot
        case .proposal(let proposal): proposal.vote.ballot
        }
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            switch self {
            case .vote(let vote): $0.append(1); $0.append(vote)
            case .certificate(let certificate): $0.append(2); $0.append(certificate)
            case .proposal(let proposal): $0.append(3); $0.append(proposal)
            }
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            switch try list.readInt(atMost: 3) {
            case 1: .vote(try list.read())
            case 2: .certificate(try list.read())
            case 3: .proposal(try list.read())
            default: throw .invalidValue
            }
        }
    }
}
