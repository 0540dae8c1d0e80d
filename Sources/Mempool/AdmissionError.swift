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
    /// What the account has in flight would be longer than is allowed.
    case tooManyBytesInFlight(maximum: Int)
    /// The fee cap is below the least that the node takes.
    case underpriced(minimumFeePerGas: UInt256)
    /// A replacement must raise both fees by a tenth.
    case replacementUnderpriced
    /// A replacement must keep the pending transaction's next-key commitment.
    case replacementChangesNextKey
    /// A replacement must not expire before the pending transaction.
    case replacementExpiresSooner
    case invalidSignature
    /// The mempool is full: only what stays valid to this block, with all that it waits for, may push others out.
    case expiresTooSoon(leastLastValidBlock: UInt64)
    /// The mempool is full of transactions that bring more, or hardly less. One that can be included at once must tip
    /// this much, another have this fee cap, in wei per gas.
    case outbid(minimumPerGas: UInt256)
    /// The mempool is full of transactions that can go on paying when the base fee rises: only a fee cap as high pushes them out.
    case capTooLow(leastFeePerGas: UInt256)
    /// So much is being verified that nothing more is taken for the moment.
    case full
    /// It took too long to execute, several times.
    case tooSlow
    case state(StateError)

    /// A short stable name for RPC's `data.reason` and for logs.
    public var reason: String {
        switch self {
        case .invalid(let error): Self.name(of: error)
        case .tooLong: "tooLong"
        case .alreadyKnown: "alreadyKnown"
        case .tooManyInFlight, .tooManyBytesInFlight: "tooManyInFlight"
        case .underpriced: "underpriced"
        case .replacementUnderpriced: "replacementUnderpriced"
        case .replacementChangesNextKey: "replacementChangesNextKey"
        case .replacementExpiresSooner: "replacementExpiresSooner"
        case .expiresTooSoon: "mempoolFull"
        case .invalidSignature: "invalidSignature"
        case .outbid, .capTooLow: "underpriced"
        case .full: "mempoolFull"
        case .tooSlow: "tooSlow"
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
        case .invalid(.nonceTooLow(let expected, let got)):
            "nonce too low: next nonce \(expected), transaction nonce \(got)"
        case .invalid(.nonceTooHigh(let expected, let got)):
            "nonce too high: next nonce \(expected), transaction nonce \(got)"
        case .invalid(.wrongChainID(let expected, let got)): "invalid chain id: have \(got), want \(expected)"
        case .invalid(.insufficientFunds): "insufficient funds for gas * price + value"
        case .invalid(.keyUsed): "this key has authorised a transaction already"
        case .invalid(.wrongKeyCommitment): "the key is not the one that the account committed to"
        case .invalid(.gasLimitTooLow(let intrinsic)): "intrinsic gas too low: need \(intrinsic)"
        case .invalid(let error): "\(error)"
        case .alreadyKnown: "already known"
        case .replacementUnderpriced: "replacement transaction underpriced"
        case .replacementChangesNextKey: "a replacement must keep the next-key commitment"
        case .replacementExpiresSooner: "a replacement must not expire before the pending transaction"
        case .expiresTooSoon(let least):
            "txpool is full: a place in it takes a transaction that is valid up to block \(least), or without end"
        case .underpriced(let minimum): "transaction underpriced: the fee cap must be at least \(minimum) wei per gas"
        case .tooManyInFlight(let maximum): "more than \(maximum) transactions of the account in flight"
        case .tooManyBytesInFlight(let maximum): "more than \(maximum) bytes of the account in flight"
        case .tooLong(let maximum): "oversized data: more than \(maximum) bytes"
        case .invalidSignature: "invalid signature"
        case .outbid(let minimum):
            "transaction underpriced: the txpool is full, a place in it costs \(minimum) wei per gas"
        case .capTooLow(let least):
            "transaction underpriced: the txpool is full, a place in it takes a fee cap of \(least) wei per gas, in case the base fee rises"
        case .full: "txpool is full"
        case .tooSlow: "the transaction takes too long to execute"
        case .state(let error): "the state is unavailable: \(error)"
        }
    }
}
