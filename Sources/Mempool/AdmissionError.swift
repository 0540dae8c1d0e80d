import Execution
import Primitives
import WorldState

/// Why a transaction was not taken into the mempool.
public enum AdmissionError: Error, Hashable, Sendable {
    case invalid(InvalidTransaction)
    case tooLong(maximumBytes: Int)
    case alreadyKnown
    /// The account has as many transactions in flight as are allowed.
    case tooManyInFlight(maximum: Int)
    /// The fee cap is below the least that the node takes.
    case underpriced(minimumFeePerGas: UInt256)
    /// A replacement must raise both fees by a tenth.
    case replacementUnderpriced
    /// A replacement must keep the pending transaction's next-key commitment.
    case replacementChangesNextKey
    case invalidSignature
    case full
    case state(StateError)

    /// A short stable name for RPC's `data.reason` and for logs.
    public var reason: String {
        switch self {
        case .invalid(let error): Self.name(of: error)
        case .tooLong: "tooLong"
        case .alreadyKnown: "alreadyKnown"
        case .tooManyInFlight: "tooManyInFlight"
        case .underpriced: "underpriced"
        case .replacementUnderpriced: "replacementUnderpriced"
        case .replacementChangesNextKey: "replacementChangesNextKey"
        case .invalidSignature: "invalidSignature"
        case .full: "mempoolFull"
        case .state: "stateUnavailable"
        }
    }

    private static func name(of error: InvalidTransaction) -> String {
        switch error {
        case .wrongChainID: "wrongChainID"
        case .expired: "expired"
        case .nonceTooLow: "nonceTooLow"
        case .nonceTooHigh: "nonceTooHigh"
        case .keyUsed: "keyUsed"
        case .wrongKeyCommitment: "wrongKeyCommitment"
        case .invalidNextKey: "invalidNextKey"
        case .gasLimitTooLow: "gasLimitTooLow"
        case .gasLimitTooHigh: "gasLimitTooHigh"
        case .feeBelowBaseFee: "feeBelowBaseFee"
        case .priorityFeeAboveMaximumFee: "priorityFeeAboveMaximumFee"
        case .insufficientFunds: "insufficientFunds"
        case .initCodeTooLong: "initCodeTooLong"
        }
    }
}

extension AdmissionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalid(.nonceTooLow(let expected, let got)): "nonce too low: next nonce \(expected), transaction nonce \(got)"
        case .invalid(.nonceTooHigh(let expected, let got)): "nonce too high: next nonce \(expected), transaction nonce \(got)"
        case .invalid(.wrongChainID(let expected, let got)): "invalid chain id: have \(got), want \(expected)"
        case .invalid(.insufficientFunds): "insufficient funds for gas * price + value"
        case .invalid(.keyUsed): "this key has authorised a transaction already"
        case .invalid(.wrongKeyCommitment): "the key is not the one that the account committed to"
        case .invalid(.gasLimitTooLow(let intrinsic)): "intrinsic gas too low: need \(intrinsic)"
        case .invalid(let error): "\(error)"
        case .alreadyKnown: "already known"
        case .replacementUnderpriced: "replacement transaction underpriced"
        case .replacementChangesNextKey: "a replacement must keep the next-key commitment"
        case .underpriced(let minimum): "transaction underpriced: the fee cap must be at least \(minimum) wei per gas"
        case .tooManyInFlight(let maximum): "more than \(maximum) transactions of the account in flight"
        case .tooLong(let maximum): "oversized data: more than \(maximum) bytes"
        case .invalidSignature: "invalid signature"
        case .full: "the mempool is full"
        case .state(let error): "the state is unavailable: \(error)"
        }
    }
}
