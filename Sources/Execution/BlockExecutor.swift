import ChainTypes
import EVM
import Primitives
import SystemContracts
import WorldState

/// Runs transactions in order over a world state. Signatures have been verified at admission; the
/// key commitment is checked again here, because it depends on the state.
public struct BlockExecutor {
    public let block: BlockContext
    /// Of the transactions in order. Once the block has ended, the block's own follows where its beginning or end left events.
    public private(set) var receipts: [Receipt] = []
    public private(set) var gasUsed: UInt64 = 0
    public private(set) var witnessBytes = 0
    /// Transactions whose speculation was taken.
    public private(set) var absorbed = 0
    var runner: TransactionRunner
    /// nil where transactions are only tried out.
    private let facts: BlockFacts?
    /// Wei for the proposer and for the chain. Credited once, when the block ends: otherwise every
    /// transaction would depend on the one before it.
    private var tips = UInt256.zero
    private var revenue = UInt256.zero
    /// Events of the block's beginning.
    private var openingLogs: [Log] = []

    public enum Failure: Error, Hashable, Sendable {
        case invalid(InvalidTransaction)
        /// The block has no room left for the transaction.
        case blockFull
        case state(StateError)
    }

    /// - Parameter facts: what the end of the block is computed from.
    public init(block: BlockContext, facts: BlockFacts? = nil, reader: any StateReader) throws(StateError) {
        (self.block, self.facts) = (block, facts)
        runner = TransactionRunner(block: block, state: WorldState(reader: reader))
        try recordParent()
        guard let facts else { return }
        try Economy.beginBlock(facts, in: &runner.evm.state)
        openingLogs = runner.evm.state.endTransaction()
    }

    /// Executes one transaction, or throws and leaves everything as it was.
    /// - Parameter speculation: what the transaction did when it was tried out on an earlier state of the block. Taken
    ///   where nothing that it read has changed since; else the transaction runs again. The result is the same.
    public mutating func execute(_ signed: SignedTransaction, speculation: Speculation? = nil) throws(Failure) {
        let gasLimit = signed.body.gasLimit
        guard gasUsed <= block.gasLimit, gasLimit <= block.gasLimit - gasUsed,
            witnessBytes <= Block.maximumWitnessBytes, signed.witnessBytes <= Block.maximumWitnessBytes - witnessBytes
        else { throw .blockFull }
        if let speculation, let outcome = take(speculation) {
            absorbed += 1
            append(outcome)
        } else {
            append(try runner.run(signed))
        }
        witnessBytes += signed.witnessBytes
    }

    /// Executes one transaction before the eyes of a tracer.
    /// - Returns: its receipt.
    public mutating func execute(_ signed: SignedTransaction, tracing tracer: inout any Tracer) throws(Failure) -> Receipt {
        var watching = tracer
        append(try runner.run(signed) { (evm, message) throws(StateError) in try evm.run(message, tracing: &watching) })
        tracer = watching
        return receipts[receipts.count - 1]
    }

    /// What was tried out, if it still holds; what it has read is kept in any case.
    private mutating func take(_ speculation: Speculation) -> TransactionOutcome? {
        guard let outcome = speculation.outcome else {
            runner.evm.state.keepReads(of: speculation.effects)
            return nil
        }
        return runner.evm.state.absorb(speculation.effects) ? outcome : nil
    }

    /// Ends the block: pays the proposer and the chain, and does what is due at its end.
    /// - Returns: the sum of all changes, and the epoch of the next block.
    public mutating func finish() throws(StateError) -> (changes: StateChanges, epoch: EpochState?) {
        try runner.evm.state.credit(block.beneficiary, tips)
        try runner.evm.state.credit(SystemContracts.distribution, revenue)
        var epoch: EpochState?
        if var facts {
            facts.revenue = revenue
            epoch = try Economy.endBlock(facts, in: &runner.evm.state)
        }
        (tips, revenue) = (.zero, .zero)
        let logs = openingLogs + runner.evm.state.endTransaction()
        if !logs.isEmpty { receipts.append(Receipt(ofBlock: logs, cumulativeGasUsed: gasUsed)) }
        openingLogs = []
        return (runner.evm.state.changes(), epoch)
    }

    /// Writes the parent's hash where BLOCKHASH and the history contract find it (EIP-2935).
    private mutating func recordParent() throws(StateError) {
        guard block.number > 0 else { return }
        let slot = Hash(UInt256((block.number - 1) % HistoryContract.window))
        try runner.evm.state.setStorage(HistoryContract.address, slot, block.parentHash.number)
        _ = runner.evm.state.endTransaction()
    }

    private mutating func append(_ outcome: TransactionOutcome) {
        // Senders had all of it, so nothing here comes near 2^256; and a price is never below the base fee.
        tips = tips &+ (outcome.price &- block.baseFee) &* UInt256(outcome.gasUsed)
        revenue = revenue &+ block.baseFee &* UInt256(outcome.gasUsed)
        gasUsed += outcome.gasUsed
        receipts.append(
            Receipt(
                succeeded: outcome.succeeded, cumulativeGasUsed: gasUsed, logs: outcome.logs, gasUsed: outcome.gasUsed,
                effectiveGasPrice: outcome.price, revertData: outcome.revertData, contractAddress: outcome.created))
    }
}
