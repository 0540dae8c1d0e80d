import ChainTypes
import Replica

extension ReplicaEvent {
    /// The kind of message whose sender answers for what this event turns out to be.
    var kind: WireMessage.Kind? {
        switch self {
        case .message(let message, _): message.kind
        case .checked(.transaction): .transactions
        case .checked(.vote): .vote
        case .checked(.proposal): .proposal
        case .checked(.certificate): .certificate
        case .checked(.finalized): .finalized
        default: nil
        }
    }

    /// Whether votes wait for it. What others send waits for those instead.
    var isUrgent: Bool {
        switch self {
        case .message(.transactions, _), .message(.getTransactions, _), .message(.challengeAnswer, _), .submit: false
        case .checked(.transaction(_, _, let origin)): origin == .proposal
        default: true
        }
    }
}
