import ChainTypes
import Cryptography
import EVM
import Primitives
import SystemContracts
import WorldState

/// Why a transaction cannot be in a block.
public enum InvalidTransaction: Error, Hashable, Sendable {
    case wrongChainID(expected: UInt64, got: UInt64)
    case expired(lastValidBlock: UInt64)
    case nonceTooLow(expected: UInt64, got: UInt64)
    case nonceTooHigh(expected: UInt64, got: UInt64)
    /// The key is the account's first one, which has authorised a transaction already. Later keys that were used are
    /// no longer known: they are refused as `wrongKeyCommitment`.
    case keyUsed
    /// The signing key is not the one that the account committed to.
    case wrongKeyCommitment
    /// The next key is the key in use, or none.
    case invalidNextKey
    case gasLimitTooLow(intrinsic: UInt64)
    case gasLimitTooHigh(maximum: UInt64)
    case feeBelowBaseFee(baseFee: UInt256)
    case priorityFeeAboveMaximumFee
    case insufficientFunds
    /// A creation whose init code is longer than EIP-3860 allows.
    case initCodeTooLong(maximum: Int)
}

/// Rules that need no state: the same for admission and execution.
public enum TransactionRules {
    public static func checkForm(_ transaction: UnsignedTransaction, chainID: UInt64, blockGasLimit: UInt64) throws(InvalidTransaction) {
        guard transaction.chainID == chainID else { throw .wrongChainID(expected: chainID, got: transaction.chainID) }
        if transaction.to == nil, transaction.data.count > EVM.maximumInitCodeBytes { throw .initCodeTooLong(maximum: EVM.maximumInitCodeBytes) }
        let maximum = min(blockGasLimit, ProtocolRules.maximumTransactionGas)
        guard transaction.gasLimit <= maximum else { throw .gasLimitTooHigh(maximum: maximum) }
        let intrinsic = max(IntrinsicGas.of(transaction), IntrinsicGas.floor(data: transaction.data, fork: ProtocolRules.fork))
        guard transaction.gasLimit >= intrinsic else { throw .gasLimitTooLow(intrinsic: intrinsic) }
        guard transaction.maxPriorityFeePerGas <= transaction.maxFeePerGas else { throw .priorityFeeAboveMaximumFee }
        guard transaction.nextKeyCommitment != .zero else { throw .invalidNextKey }
    }

    public static func checkExpiry(_ transaction: UnsignedTransaction, block number: UInt64) throws(InvalidTransaction) {
        guard transaction.lastValidBlock == 0 || number <= transaction.lastValidBlock else {
            throw .expired(lastValidBlock: transaction.lastValidBlock)
        }
    }

    /// Whether a public key is the one that an account has committed to.
    /// - Parameter recorded: the commitment on chain or in the pending parent; nil before the first transaction.
    public static func checkKey(
        _ transaction: UnsignedTransaction, publicKey: [UInt8], recorded: Hash?
    ) throws(InvalidTransaction) {
        let commitment = KeyCommitment.of(suite: transaction.suite, publicKey: publicKey)
        guard commitment != transaction.nextKeyCommitment else { throw .invalidNextKey }
        let matches = recorded.map { $0 == commitment } ?? (Address(firstCommitment: commitment) == transaction.sender)
        guard !matches else { return }
        // Past keys are not kept, but the first one is known for ever: the address derives from it.
        throw Address(firstCommitment: commitment) == transaction.sender ? .keyUsed : .wrongKeyCommitment
    }
}
