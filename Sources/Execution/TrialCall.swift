import ChainTypes
import EVM
import Precompiles
import Primitives
import SystemContracts
import WorldState

/// A transaction that is tried out and forgotten (`eth_call`), the gas that it needs (`eth_estimateGas`), and what it
/// touches (`eth_createAccessList`). Neither signature nor nonce is asked for.
///
/// There is no clock here: gas bounds the time of every call, and a search may use `maximumSearchGas` in all.
public struct TrialCall: Sendable {
    /// Gas that the trials of one search may burn together, in transactions of the largest size.
    public static let maximumSearchGas = 8 * ProtocolRules.maximumTransactionGas

    /// The block that the call sees.
    public var block: BlockContext
    /// Whether BASEFEE shows the block's base fee even to a call that pays nothing; else such a call sees zero, as in geth.
    public var showsBaseFee = false
    private let reader: any StateReader
    private let natives: any NativeContracts

    public init(block: BlockContext, reader: any StateReader, overrides: [Address: AccountOverride] = [:]) {
        self.block = block
        self.reader = overrides.isEmpty ? reader : OverriddenState(reader, overrides)
        natives = VisibleNatives(hidden: Set(overrides.filter { $0.value.code != nil }.keys))
    }

    /// How a trial ended.
    public struct Trial: Sendable {
        public var outcome: Outcome
        /// What the transaction would pay for.
        public var gasUsed: UInt64
        /// What it had spent before refunds.
        public var gasSpent: UInt64
        /// What it accessed, sorted; nothing that is warm anyway.
        public var accessList: [AccessListEntry]
    }

    /// Runs a transaction with the gas limit that it names. One without a fee pays nothing.
    public func run(_ transaction: UnsignedTransaction) throws(TrialError) -> Trial {
        try run(transaction, by: TransactionRunner.plainRun)
    }

    /// The same before the eyes of a tracer.
    public func run(_ transaction: UnsignedTransaction, tracing tracer: inout any Tracer) throws(TrialError) -> Trial {
        var watching = tracer
        let trial = try run(transaction) { (evm, message) throws(StateError) in try evm.run(message, tracing: &watching) }
        tracer = watching
        return trial
    }

    private func run(_ transaction: UnsignedTransaction, by run: TransactionRunner.Run) throws(TrialError) -> Trial {
        let price = try Self.price(transaction, baseFee: block.baseFee, mayBeFree: true)
        var context = block
        if transaction.maxFeePerGas.isZero, !showsBaseFee { context.baseFee = .zero }
        var evm = EVM(
            state: WorldState(reader: reader), block: context, fork: ProtocolRules.fork, natives: natives, precompiles: .quStream)
        do {
            let balance = try evm.state.balance(transaction.sender)
            guard let cost = transaction.maximumCost, balance >= cost else {
                throw TrialError.insufficientFunds(transaction.sender, have: balance, want: transaction.maximumCost ?? .max)
            }
            try Self.checkGas(transaction)
            _ = try evm.state.debit(transaction.sender, price * UInt256(transaction.gasLimit))
            // A transaction raises the nonce before it runs; a creation's address depends on it.
            try evm.state.setNonce(transaction.sender, try evm.state.nonce(transaction.sender) &+ 1)
            let outcome = Self.showingCode(try run(&evm, Message(transaction, price: price)), in: &evm.state)
            let floor = IntrinsicGas.floor(data: transaction.data, fork: ProtocolRules.fork)
            let warm = [transaction.sender, transaction.to, outcome.created, block.beneficiary]
            return Trial(
                outcome: outcome, gasUsed: outcome.gasUsed(limit: transaction.gasLimit, floor: floor, fork: ProtocolRules.fork),
                gasSpent: max(floor, transaction.gasLimit - outcome.gasLeft),
                accessList: evm.state.accesses { warm.contains($0) || Precompiles.exists($0, ProtocolRules.fork) })
        } catch let error as TrialError { throw error } catch let error as StateError { throw .state(error) } catch {
            throw .state(StateError("\(error)"))
        }
    }

    /// A creation gives back the code that it stored, as geth tells it.
    static func showingCode(_ outcome: Outcome, in state: inout WorldState) -> Outcome {
        guard let created = outcome.created else { return outcome }
        var outcome = outcome
        outcome.output = Array(state.code(state.index(created)).bytes)
        return outcome
    }

    /// Wei per gas that the transaction pays.
    static func price(_ transaction: UnsignedTransaction, baseFee: UInt256, mayBeFree: Bool) throws(TrialError) -> UInt256 {
        guard transaction.maxPriorityFeePerGas <= transaction.maxFeePerGas else {
            throw .tipAboveFee(transaction.sender, tip: transaction.maxPriorityFeePerGas, fee: transaction.maxFeePerGas)
        }
        if mayBeFree, transaction.maxFeePerGas.isZero { return .zero }
        guard let price = transaction.effectiveGasPrice(baseFee: baseFee) else {
            throw .feeBelowBaseFee(transaction.sender, fee: transaction.maxFeePerGas, baseFee: baseFee)
        }
        return price
    }

    static func checkGas(_ transaction: UnsignedTransaction) throws(TrialError) {
        if transaction.to == nil, transaction.data.count > EVM.maximumInitCodeBytes { throw .initCodeTooLong(transaction.data.count) }
        let intrinsic = IntrinsicGas.of(transaction)
        guard transaction.gasLimit >= intrinsic else { throw .intrinsicGas(have: transaction.gasLimit, want: intrinsic) }
        let floor = IntrinsicGas.floor(data: transaction.data, fork: ProtocolRules.fork)
        guard transaction.gasLimit >= floor else { throw .floorGas(have: transaction.gasLimit, want: floor) }
    }
}

// MARK: - Searches

extension TrialCall {
    /// The smallest gas limit with which the transaction succeeds; where the search would burn too much, one slightly above it.
    /// - Parameter limit: the largest gas limit to try.
    public func estimate(_ transaction: UnsignedTransaction, limit: UInt64) throws(TrialError) -> UInt64 {
        let limit = try affordable(transaction, limit)
        var search = Search(transaction: transaction, call: self)
        guard let generous = try search.attempt(limit) else { throw .allowanceExceeded(limit) }
        guard generous.outcome.succeeded else {
            throw generous.outcome.fault == .outOfGas ? .allowanceExceeded(limit) : .failed(generous.outcome)
        }
        // Most need what they spend; a call may ask for more than it spends (EIP-150, the stipend).
        var (low, high) = (generous.gasSpent, limit)
        if low >= high { return high }
        if try search.succeeds(low) { return low }
        let likely = (low + 2300) / 63 * 64 + 64
        if likely < high { if try search.succeeds(likely) { high = likely } else { low = likely } }
        while high - low > 1, search.burnt < Self.maximumSearchGas {
            let middle = min(low + (high - low) / 2, 2 * low)
            if try search.succeeds(middle) { high = middle } else { low = middle }
        }
        return high
    }

    /// The gas limit that the sender's balance can pay for at the offered fee, at most `limit`.
    private func affordable(_ transaction: UnsignedTransaction, _ limit: UInt64) throws(TrialError) -> UInt64 {
        guard !transaction.maxFeePerGas.isZero else { return limit }
        let balance: UInt256
        do { balance = try reader.account(transaction.sender)?.balance ?? .zero } catch { throw .state(error) }
        guard let rest = balance.checkedSubtract(transaction.value) else {
            throw .insufficientFunds(transaction.sender, have: balance, want: transaction.value)
        }
        return min(limit, (rest / transaction.maxFeePerGas).asUInt64 ?? .max)
    }

    /// What a transaction should declare: its own list and everything that it accesses with the result declared.
    /// - Returns: the list, and the run with it, which accesses nothing else.
    public func accessList(_ transaction: UnsignedTransaction) throws(TrialError) -> (list: [AccessListEntry], trial: Trial) {
        var transaction = transaction
        var burnt: UInt64 = 0
        while burnt < Self.maximumSearchGas {
            let trial = try run(transaction)
            burnt += trial.gasSpent
            // What was declared is warm, so it is among the accesses: the list only grows.
            if trial.accessList == transaction.accessList { return (trial.accessList, trial) }
            transaction.accessList = trial.accessList
        }
        throw .unsettledAccessList
    }

    /// Trials of one transaction with several gas limits.
    private struct Search {
        var transaction: UnsignedTransaction
        let call: TrialCall
        var burnt: UInt64 = 0

        /// nil where the limit does not cover what must be paid before anything runs.
        mutating func attempt(_ limit: UInt64) throws(TrialError) -> Trial? {
            transaction.gasLimit = limit
            do {
                let trial = try call.run(transaction)
                burnt += trial.gasSpent
                return trial
            } catch {
                switch error {
                case .intrinsicGas, .floorGas: return nil
                default: throw error
                }
            }
        }

        mutating func succeeds(_ limit: UInt64) throws(TrialError) -> Bool { try attempt(limit)?.outcome.succeeded ?? false }
    }
}

/// Why a trial gives no result. In words that geth uses.
public enum TrialError: Error, Hashable, Sendable {
    case tipAboveFee(Address, tip: UInt256, fee: UInt256)
    case feeBelowBaseFee(Address, fee: UInt256, baseFee: UInt256)
    case insufficientFunds(Address, have: UInt256, want: UInt256)
    case intrinsicGas(have: UInt64, want: UInt64)
    case floorGas(have: UInt64, want: UInt64)
    case initCodeTooLong(Int)
    /// It fails with any gas.
    case failed(Outcome)
    case allowanceExceeded(UInt64)
    case unsettledAccessList
    case state(StateError)
}

extension TrialError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tipAboveFee(let sender, let tip, let fee):
            "max priority fee per gas higher than max fee per gas: address \(sender), maxPriorityFeePerGas: \(tip), maxFeePerGas: \(fee)"
        case .feeBelowBaseFee(let sender, let fee, let baseFee):
            "max fee per gas less than block base fee: address \(sender), maxFeePerGas: \(fee), baseFee: \(baseFee)"
        case .insufficientFunds(let sender, let have, let want):
            "insufficient funds for gas * price + value: address \(sender) have \(have) want \(want)"
        case .intrinsicGas(let have, let want): "intrinsic gas too low: have \(have), want \(want)"
        case .floorGas(let have, let want): "insufficient gas for floor data gas cost: have \(have), want \(want)"
        case .initCodeTooLong(let count): "max initcode size exceeded: code size \(count) limit \(EVM.maximumInitCodeBytes)"
        case .failed(let outcome): outcome.fault.map { "\($0)" } ?? "execution failed"
        case .allowanceExceeded(let limit): "gas required exceeds allowance (\(limit))"
        case .unsettledAccessList: "the access list does not settle"
        case .state(let error): "\(error)"
        }
    }
}
