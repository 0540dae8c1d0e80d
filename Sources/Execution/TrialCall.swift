import ChainTypes
import EVM
import Primitives
import SystemContracts
import WorldState

/// A call that is tried out and forgotten, and the search for the gas that a transaction needs.
public struct TrialCall: Sendable {
    public var block: BlockContext
    public var reader: any StateReader

    public init(block: BlockContext, reader: any StateReader) { (self.block, self.reader) = (block, reader) }

    /// Runs a message with the given gas after intrinsic costs.
    public func run(_ message: Message) throws(StateError) -> Outcome {
        var evm = EVM(state: WorldState(reader: reader), block: block, fork: ProtocolRules.fork, natives: SystemContracts.Table(),
            precompiles: .quStream)
        // A transaction raises the nonce before it runs; a creation's address depends on it.
        try evm.state.setNonce(message.caller, try evm.state.nonce(message.caller) &+ 1)
        return try evm.run(message)
    }

    /// The smallest gas limit with which the transaction succeeds, or the outcome with the largest one when none does.
    /// - Parameter limit: the largest gas limit to try.
    public func estimate(_ transaction: UnsignedTransaction, limit: UInt64) throws(StateError) -> Result<UInt64, FailedTrial> {
        let least = max(IntrinsicGas.of(transaction), IntrinsicGas.floor(data: transaction.data, fork: ProtocolRules.fork))
        guard limit >= least else { return .failure(FailedTrial(outcome: nil)) }
        let generous = try trial(transaction, limit)
        guard generous.succeeded else { return .failure(FailedTrial(outcome: generous)) }
        // Nothing below what was spent before refunds can do; a call may ask for more than it spends (EIP-150).
        var (low, high) = (max(least, limit - generous.gasLeft), limit)
        if try trial(transaction, low).succeeded { return .success(low) }
        while high - low > 1 {
            // Most need little more than they spend, so the first probes stay close to the lower end.
            let middle = min(low + (high - low) / 2, low + low / 2)
            if try trial(transaction, middle).succeeded { high = middle } else { low = middle }
        }
        return .success(high)
    }

    private func trial(_ transaction: UnsignedTransaction, _ limit: UInt64) throws(StateError) -> Outcome {
        var transaction = transaction
        transaction.gasLimit = limit
        return try run(Message(transaction, price: .zero))
    }
}

/// Why no gas limit is enough.
public struct FailedTrial: Error, Hashable, Sendable {
    /// nil where the limit does not even cover the intrinsic gas.
    public var outcome: Outcome?
}
