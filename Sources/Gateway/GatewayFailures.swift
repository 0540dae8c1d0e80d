import Primitives
import RPCClient
import RPCServer
import Wallet

/// Why the gateway answers a call with an error.
enum GatewayError: Error {
    case failure(RPCFailure)
    /// The node's own error object, handed on as it is.
    case node(JSONValue)
}

extension RPCFailure {
    static let accountsLocked = RPCFailure(
        code: 4001, message: "the accounts are locked: the gateway's unlock time is over, start it again", reason: "accountsLocked")

    static func overCap(_ amount: UInt256, remaining: UInt256) -> RPCFailure {
        RPCFailure(
            code: 4001,
            message: "the transaction can take \(QST.format(amount)) QST, the gateway's spending cap leaves \(QST.format(remaining)) QST",
            reason: "spendingCap")
    }

    static func unauthorized(_ address: Address) -> RPCFailure {
        RPCFailure(code: 4100, message: "unknown account: \(address) is not unlocked in this gateway", reason: "unauthorizedAccount")
    }

    static func nodeUnreachable(_ detail: String) -> RPCFailure { RPCFailure(message: detail, reason: "nodeUnreachable") }

    static func otherNonce(next: UInt64, given: UInt64) -> RPCFailure {
        let isLow = given < next
        return RPCFailure(
            message: "nonce too \(isLow ? "low" : "high"): next nonce \(next), tx nonce \(given)", reason: isLow ? "nonceTooLow" : "nonceTooHigh")
    }

    /// The wallet's refusal in geth's words, where it has some.
    init(_ error: WalletError, nonce: UInt64?) {
        switch error {
        case .chain(.refused(let reason, let message)): self.init(message: message, reason: reason)
        case .refusedButSigned(let hash, let used, .refused(let reason, let message)):
            // Tools look for the node's words at the beginning.
            let rest = "\(hash) is signed and may still come until another one with nonce \(used) is final"
            self.init(message: "\(message); \(rest)", reason: reason)
        case .finalAfterAll: self.init(message: "\(error)", reason: "finalAfterAll")
        case .nodeBehind: self.init(message: "\(error)", reason: "nodeBehind")
        case .chain(.unreachable(let detail)): self = .nodeUnreachable(detail)
        case .insufficientFunds(let needed, let balance):
            self.init(
                message: "insufficient funds for gas * price + value: have \(balance) want \(needed), all that waits included",
                reason: "insufficientFunds")
        case .locked: self = .accountsLocked
        case .feeAboveCeiling: self.init(code: 4001, message: "\(error)", reason: "feeCeiling")
        case .otherNonce(let next): self = .otherNonce(next: next, given: nonce ?? next)
        case .nonceUsed(let used): self = .otherNonce(next: used + 1, given: used)
        case .replacementUnderpriced(let priority, let maximum):
            self.init(
                message: "replacement transaction underpriced: needs \(priority) wei priority fee and \(maximum) wei maximum fee per gas",
                reason: "replacementUnderpriced")
        case .oneTimeKeyUsed: self.init(message: "\(error)", reason: "oneTimeKeyUsed")
        case .tooManyInFlight: self.init(code: -32005, message: "\(error)", reason: "tooManyInFlight")
        case .tooLong: self.init(message: "oversized data: \(error)", reason: "oversized")
        case .amountOverflow: self = .invalidParameters("\(error)")
        case .undelivered: self.init(message: "\(error)", reason: "undelivered")
        case .foreignKey: self.init(message: "\(error)", reason: "foreignKey")
        default: self.init(code: -32603, message: "\(error)", reason: "walletFailed")
        }
    }
}
