import ChainTypes
import EVM
import Execution
import Primitives
import RPCServer
import WorldState

// Calls that are tried out on the state after a block.

extension ChainView {
    /// A call has at most a block's gas, which import must take in a fraction of a view: so no call holds a thread for long.
    func gasLimit(_ request: CallRequest) -> UInt64 { min(request.gas ?? blockGasLimit, blockGasLimit) }

    /// Of the newest block.
    var blockGasLimit: UInt64 { host.snapshot.head.block.header.gasLimit }

    func call(_ request: CallRequest, at number: UInt64) throws -> CallOutcome {
        let transaction = transaction(request, gasLimit: gasLimit(request))
        do {
            let outcome = try trial(request, at: number).run(transaction).outcome
            return switch outcome.fault {
            case nil: .returned(outcome.output)
            case .revert: .reverted(outcome.output)
            case .some(let fault): .failed(fault.description)
            }
        } catch let error as TrialError {
            throw Self.failure(error) { "err: \($0) (supplied gas \(transaction.gasLimit))" }
        }
    }

    func estimateGas(_ request: CallRequest, at number: UInt64) throws -> UInt64 {
        // geth takes a limit that no transaction can have for none.
        let wanted = request.gas.flatMap { $0 >= 21_000 ? $0 : nil } ?? .max
        let maximum = min(blockGasLimit, ProtocolRules.maximumTransactionGas)
        do {
            return try trial(request, at: number).estimate(transaction(request, gasLimit: 0), limit: min(wanted, maximum))
        } catch let error as TrialError { throw Self.failure(error) }
    }

    func accessList(_ request: CallRequest, at number: UInt64) throws -> CallAccesses {
        do {
            let found = try trial(request, at: number).accessList(transaction(request, gasLimit: gasLimit(request)))
            return CallAccesses(list: found.list, gasUsed: found.trial.gasUsed, failure: found.trial.outcome.fault?.description)
        } catch let error as TrialError { throw Self.failure(error) { "failed to apply transaction: \($0)" } }
    }

    func transaction(_ request: CallRequest, gasLimit: UInt64) -> UnsignedTransaction {
        UnsignedTransaction(
            chainID: spec.chainID, sender: request.from, nonce: 0, maxPriorityFeePerGas: request.priorityFee ?? request.gasPrice,
            maxFeePerGas: request.gasPrice, gasLimit: gasLimit, to: request.to, value: request.value, data: request.data,
            accessList: request.accessList, nextKeyCommitment: .zero)
    }

    func trial(_ request: CallRequest, at number: UInt64) throws -> TrialCall {
        guard let sealed = try header(number) else { throw RPCFailure.headerNotFound }
        let (header, overrides) = (sealed.header, request.overrides)
        var context = BlockContext(
            chainID: spec.chainID, genesis: genesis, number: overrides.number ?? number,
            timestamp: overrides.timestamp ?? header.timestamp, beneficiary: overrides.feeRecipient ?? header.beneficiary,
            gasLimit: overrides.gasLimit ?? header.gasLimit, baseFee: overrides.baseFee ?? header.baseFeePerGas,
            prevRandao: overrides.prevRandao ?? header.prevRandao)
        context.parentHash = header.parentHash
        context.blobBaseFee = overrides.blobBaseFee ?? context.blobBaseFee
        var trial = TrialCall(block: context, reader: try state(at: number), overrides: overrides.accounts.mapValues(Self.override))
        trial.showsBaseFee = overrides.baseFee != nil
        return trial
    }

    static func override(_ account: CallOverrides.Account) -> AccountOverride {
        AccountOverride(
            nonce: account.nonce, balance: account.balance, code: account.code,
            storage: account.slots.map { account.replacesStorage ? .replaced($0) : .changed($0) })
    }

    /// What RPC says of a trial that gave no result.
    static func failure(_ error: TrialError, _ phrase: (TrialError) -> String = { "\($0)" }) -> any Error {
        let reason: String
        switch error {
        case .state(let error): return error
        case .failed(let outcome) where outcome.fault == .revert: return RPCFailure.reverted(outcome.output)
        case .failed, .unsettledAccessList: reason = "executionFailed"
        case .intrinsicGas, .floorGas, .allowanceExceeded: reason = "gasLimitTooLow"
        case .insufficientFunds: reason = "insufficientFunds"
        case .tipAboveFee, .feeBelowBaseFee: reason = "invalidFee"
        case .initCodeTooLong: reason = "initCodeTooLong"
        }
        return RPCFailure(message: phrase(error), reason: reason)
    }
}
