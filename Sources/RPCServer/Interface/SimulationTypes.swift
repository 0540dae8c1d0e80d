import ChainTypes
import Primitives

/// Blocks to pretend (`eth_simulateV1`).
public struct SimulationRequest: Hashable, Sendable {
    public struct Call: Hashable, Sendable {
        public var request: CallRequest
        /// nil takes the account's.
        public var nonce: UInt64?

        public init(request: CallRequest, nonce: UInt64?) { (self.request, self.nonce) = (request, nonce) }
    }

    public struct Block: Hashable, Sendable {
        public var number: UInt64
        /// Seconds.
        public var timestamp: UInt64
        /// Its number and time are those above.
        public var overrides: CallOverrides
        public var calls: [Call]

        public init(number: UInt64, timestamp: UInt64, overrides: CallOverrides = CallOverrides(), calls: [Call] = []) {
            (self.number, self.timestamp, self.overrides, self.calls) = (number, timestamp, overrides, calls)
        }
    }

    /// Numbers without a gap, times that rise.
    public var blocks: [Block]
    /// Whether nonces and fees must be right.
    public var validates = false
    public var tracesTransfers = false

    public init(blocks: [Block]) { self.blocks = blocks }
}

/// A pretended block. Its envelope is nobody's.
public struct SimulatedBlock: Hashable, Sendable {
    public struct Call: Hashable, Sendable {
        public var outcome: CallOutcome
        public var gasUsed: UInt64
        /// Before refunds.
        public var maximumGasUsed: UInt64
        public var logs: [Log]

        public init(outcome: CallOutcome, gasUsed: UInt64, maximumGasUsed: UInt64, logs: [Log]) {
            (self.outcome, self.gasUsed, self.maximumGasUsed, self.logs) = (outcome, gasUsed, maximumGasUsed, logs)
        }
    }

    public var block: StoredBlock
    /// One for each transaction.
    public var calls: [Call]

    public init(block: StoredBlock, calls: [Call]) { (self.block, self.calls) = (block, calls) }
}
