import ChainTypes
import EVM
import Execution
import Primitives
import RPCServer
import WorldState

// Blocks that are pretended after a real one.

extension ChainView {
    /// In blocks' gas: what all calls of one simulation may use.
    private static let simulatedBlocksOfGas: UInt64 = 2
    /// What they may return and log.
    private static let simulatedBytes = 8 << 20

    func simulate(_ request: SimulationRequest, after number: UInt64, isTimeUp: () -> Bool) throws -> [SimulatedBlock] {
        guard let sealed = try header(number) else { throw RPCFailure.headerNotFound }
        let rules = SimulatedChain.Rules(
            chainID: spec.chainID, genesis: genesis, validates: request.validates, tracesTransfers: request.tracesTransfers)
        var chain = SimulatedChain(
            after: sealed.header, state: try state(at: number), rules: rules, gas: Self.simulatedBlocksOfGas * blockGasLimit,
            bytes: Self.simulatedBytes)
        var (blocks, parent): ([SimulatedBlock], Hash) = ([], sealed.id)
        for wanted in request.blocks {
            guard !isTimeUp() else { throw RPCFailure.timedOut }
            let context = context(wanted, after: chain)
            let calls = wanted.calls.map {
                SimulatedChain.Call(transaction($0.request, gasLimit: 0), gas: $0.request.gas, nonce: $0.nonce)
            }
            do {
                let accounts = wanted.overrides.accounts.mapValues(Self.override)
                let made = try chain.append(context, accounts: accounts, calls: calls, isTimeUp: isTimeUp)
                let block = try Self.shown(made.header, made.calls, parent: parent)
                parent = block.block.sealed.id
                blocks.append(block)
            } catch let error as SimulationError { throw Self.failure(error) }
        }
        return blocks
    }

    private func context(_ block: SimulationRequest.Block, after chain: SimulatedChain) -> BlockContext {
        let (overrides, parent) = (block.overrides, chain.parent)
        var context = BlockContext(
            chainID: spec.chainID, genesis: genesis, number: block.number, timestamp: block.timestamp,
            beneficiary: overrides.feeRecipient ?? parent.beneficiary, gasLimit: overrides.gasLimit ?? parent.gasLimit,
            baseFee: overrides.baseFee ?? chain.nextBaseFee, prevRandao: overrides.prevRandao ?? .zero)
        context.blobBaseFee = overrides.blobBaseFee ?? context.blobBaseFee
        return context
    }

    /// A pretended block has an envelope without votes behind it, because all shapes are made from one.
    private static func shown(_ header: Header, _ calls: [SimulatedChain.CallResult], parent: Hash) throws -> SimulatedBlock {
        let envelope = Envelope(
            epoch: 0, view: 0, parent: parent, timeMilliseconds: header.timestamp * 1000, headerHash: header.hash, bodyHash: .zero,
            nextSetHash: .zero)
        guard let sealed = SealedHeader(envelope: envelope, header: header) else { throw RPCFailure.internalError }
        let size = header.rlp.count + calls.reduce(0) { $0 + $1.transaction.blockForm.count }
        let shown = calls.map { call in
            let outcome: CallOutcome =
                switch call.outcome.fault {
                case nil: .returned(call.outcome.output)
                case .revert: .reverted(call.outcome.output)
                case .some(let fault): .failed(fault.description)
                }
            return SimulatedBlock.Call(outcome: outcome, gasUsed: call.receipt.gasUsed, maximumGasUsed: call.gasSpent, logs: call.logs)
        }
        let block = StoredBlock(sealed: sealed, transactions: calls.map(\.transaction), sizeBytes: UInt64(size))
        return SimulatedBlock(block: block, calls: shown)
    }

    /// The codes of execution-apis.
    private static func failure(_ error: SimulationError) -> any Error {
        switch error {
        case .state(let error): return error
        case .timeUp: return RPCFailure.timedOut
        case .answerTooLong:
            let message = "response too large: the calls return and log more than \(simulatedBytes) bytes"
            return RPCFailure(code: -32003, message: message, reason: "responseTooLarge")
        case .nonceTooLow(let sender, let nonce, let state):
            return RPCFailure(
                code: -38010, message: "nonce too low: address \(sender), tx: \(nonce) state: \(state)", reason: "nonceTooLow")
        case .nonceTooHigh(let sender, let nonce, let state):
            return RPCFailure(
                code: -38011, message: "nonce too high: address \(sender), tx: \(nonce) state: \(state)", reason: "nonceTooHigh")
        case .nonceExhausted(let sender):
            return RPCFailure(code: -38011, message: "nonce has max value: address \(sender), nonce: \(UInt64.max)", reason: "nonceTooHigh")
        case .blockFull(let used, let limit):
            return RPCFailure(code: -38015, message: "block gas limit reached: \(used) >= \(limit)", reason: "blockFull")
        case .refused(let trial, let gas):
            var failure = (failure(trial) { "err: \($0) (supplied gas \(gas))" } as? RPCFailure) ?? .internalError
            switch trial {
            case .feeBelowBaseFee, .tipAboveFee: failure.code = -38012
            case .intrinsicGas, .floorGas: failure.code = -38013
            case .insufficientFunds: failure.code = -38014
            case .initCodeTooLong: failure.code = -38025
            default: break
            }
            return failure
        }
    }
}
