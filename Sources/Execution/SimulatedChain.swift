import ChainTypes
import EVM
import Primitives
import SystemContracts
import Trie
import WorldState

/// Blocks that are pretended after a real one (`eth_simulateV1`). Each may pretend accounts and runs calls on what the one
/// before has left; nothing is kept. Gas bounds the time of all blocks together.
public struct SimulatedChain {
    public struct Rules: Sendable {
        public var chainID: UInt64
        /// Envelope hash of the genesis block.
        public var genesis: Hash
        /// Whether nonces and fees must be right, as in a real block.
        public var validates: Bool
        /// Whether moves of wei are told as events of `transferEmitter`.
        public var tracesTransfers: Bool

        public init(chainID: UInt64, genesis: Hash, validates: Bool, tracesTransfers: Bool) {
            (self.chainID, self.genesis, self.validates, self.tracesTransfers) = (chainID, genesis, validates, tracesTransfers)
        }
    }

    public struct Call: Sendable {
        /// Its gas limit and nonce are those below, or follow from the block and the state.
        public var transaction: UnsignedTransaction
        public var gas: UInt64?
        public var nonce: UInt64?

        public init(_ transaction: UnsignedTransaction, gas: UInt64?, nonce: UInt64?) {
            (self.transaction, self.gas, self.nonce) = (transaction, gas, nonce)
        }
    }

    public struct CallResult: Sendable {
        public var transaction: Transaction
        public var outcome: Outcome
        public var receipt: Receipt
        /// Before refunds.
        public var gasSpent: UInt64
        /// The receipt's events, and transfers where they are traced.
        public var logs: [Log]
    }

    private let rules: Rules
    private let base: TrieState
    private var state: WorldState
    private var hidden: Set<Address> = []
    /// What the calls of later blocks may still ask for.
    private var gasLeft: UInt64
    /// What the calls may still return and log. Gas does not bound it: memory that is cheap to return is dear to show.
    private var bytesLeft: Int
    public private(set) var parent: Header

    /// - Parameters:
    ///   - gas: what all calls together may use.
    ///   - bytes: what they may return and log.
    public init(after parent: Header, state: TrieState, rules: Rules, gas: UInt64, bytes: Int = .max) {
        (self.parent, self.rules, base, gasLeft, bytesLeft) = (parent, rules, state, gas, bytes)
        self.state = WorldState(reader: state)
    }

    /// The base fee that the next block has by rule: none where fees are not checked.
    public var nextBaseFee: UInt256 { rules.validates ? BaseFee.next(after: parent, witnessBytes: 0) : .zero }

    /// Adds a block.
    /// - Parameters:
    ///   - context: its parent's hash is filled in here.
    ///   - isTimeUp: asked between calls.
    public mutating func append(
        _ context: BlockContext, accounts: [Address: AccountOverride], calls: [Call], isTimeUp: () -> Bool
    ) throws(SimulationError) -> (header: Header, calls: [CallResult]) {
        var context = context
        context.parentHash = parent.hash
        hidden.formUnion(accounts.filter { $0.value.code != nil }.keys)
        var results: [CallResult] = []
        do {
            for (address, account) in accounts.sorted(by: { $0.key < $1.key }) { pretend(account, of: address) }
            let slot = Hash(UInt256((context.number - 1) % HistoryContract.window))
            try state.setStorage(HistoryContract.address, slot, context.parentHash.number)
            _ = state.endTransaction()
            var evm = EVM(
                state: state, block: context, fork: ProtocolRules.fork, natives: VisibleNatives(hidden: hidden), precompiles: .quStream)
            for call in calls {
                guard !isTimeUp() else { throw SimulationError.timeUp }
                results.append(try run(call, &evm, gasUsed: results.last?.receipt.cumulativeGasUsed ?? 0))
            }
            try payFees(results, context, &evm.state)
            state = evm.state
            try state.check()
            let header = try seal(context, results)
            parent = header
            return (header, results)
        } catch let error as SimulationError { throw error } catch let error as StateError { throw .state(error) } catch {
            throw .state(StateError("\(error)"))
        }
    }

    private mutating func pretend(_ account: AccountOverride, of address: Address) {
        let index = state.index(address)
        if !state.exists(index) { state.setAccount(index, .empty) }
        if let nonce = account.nonce { state.setNonce(index, nonce) }
        if let balance = account.balance { state.setBalance(index, balance) }
        if let code = account.code { state.setCode(index, code) }
        let slots: [Hash: UInt256]
        switch account.storage {
        case .replaced(let all):
            state.clearStorage(index)
            slots = all
        case .changed(let some): slots = some
        case nil: slots = [:]
        }
        for (slot, value) in slots.sorted(by: { $0.key < $1.key }) { state.setValue(slot: state.slotIndex(index, slot.number), value) }
    }

    private mutating func run(_ call: Call, _ evm: inout EVM, gasUsed: UInt64) throws -> CallResult {
        let block = evm.block
        guard gasUsed <= block.gasLimit, (call.gas ?? 0) <= block.gasLimit - gasUsed else {
            throw SimulationError.blockFull(gasUsed: gasUsed, gasLimit: block.gasLimit)
        }
        var transaction = call.transaction
        transaction.gasLimit = min(call.gas ?? block.gasLimit - gasUsed, gasLeft)
        let nonce = try evm.state.nonce(transaction.sender)
        transaction.nonce = call.nonce ?? nonce
        let price = try check(transaction, nonce: nonce, &evm.state, block)

        _ = try evm.state.debit(transaction.sender, price * UInt256(transaction.gasLimit))
        try evm.state.setNonce(transaction.sender, nonce &+ 1)
        let message = Message(transaction, price: price)
        let (bare, transfers) = try rules.tracesTransfers ? trace(message, &evm) : (evm.run(message), [])
        let outcome = TrialCall.showingCode(bare, in: &evm.state)
        let floor = IntrinsicGas.floor(data: transaction.data, fork: ProtocolRules.fork)
        let used = outcome.gasUsed(limit: transaction.gasLimit, floor: floor, fork: ProtocolRules.fork)
        try evm.state.credit(transaction.sender, price * UInt256(transaction.gasLimit - used))
        gasLeft -= min(gasLeft, used)
        let logs = evm.state.endTransaction()
        bytesLeft -= logs.reduce(outcome.output.count) { $0 + $1.data.count }
        guard bytesLeft >= 0 else { throw SimulationError.answerTooLong }
        let receipt = Receipt(
            succeeded: outcome.succeeded, cumulativeGasUsed: gasUsed + used, logs: logs, gasUsed: used, effectiveGasPrice: price,
            revertData: outcome.succeeded ? [] : outcome.output, contractAddress: outcome.created)
        return CallResult(
            transaction: Transaction(body: transaction, witnessHash: .zero), outcome: outcome, receipt: receipt,
            gasSpent: max(floor, transaction.gasLimit - outcome.gasLeft),
            logs: TransferTracer.merge(outcome.succeeded ? transfers : [], into: logs))
    }

    /// Checks what a call must have; gives its price in wei per gas.
    private func check(
        _ transaction: UnsignedTransaction, nonce: UInt64, _ state: inout WorldState, _ block: BlockContext
    ) throws -> UInt256 {
        let (sender, gas) = (transaction.sender, transaction.gasLimit)
        do {
            if rules.validates {
                guard nonce < .max else { throw SimulationError.nonceExhausted(sender) }
                guard transaction.nonce >= nonce else { throw SimulationError.nonceTooLow(sender, nonce: transaction.nonce, state: nonce) }
                guard transaction.nonce == nonce else { throw SimulationError.nonceTooHigh(sender, nonce: transaction.nonce, state: nonce) }
            }
            let price = try TrialCall.price(transaction, baseFee: block.baseFee, mayBeFree: !rules.validates)
            let balance = try state.balance(sender)
            guard let cost = transaction.maximumCost, balance >= cost else {
                throw TrialError.insufficientFunds(sender, have: balance, want: transaction.maximumCost ?? .max)
            }
            try TrialCall.checkGas(transaction)
            return price
        } catch let error as TrialError { throw SimulationError.refused(error, gas: gas) }
    }

    private func trace(_ message: Message, _ evm: inout EVM) throws(StateError) -> (Outcome, [TransferTracer.Transfer]) {
        var tracer: any Tracer = TransferTracer()
        let outcome = try evm.run(message, tracing: &tracer)
        return (outcome, (tracer as? TransferTracer)?.transfers ?? [])
    }

    /// As at the end of a real block: tips to the proposer, the rest to the chain.
    private func payFees(_ results: [CallResult], _ block: BlockContext, _ state: inout WorldState) throws(StateError) {
        for result in results where !result.receipt.effectiveGasPrice.isZero {
            let (price, gas) = (result.receipt.effectiveGasPrice, UInt256(result.receipt.gasUsed))
            try state.credit(block.beneficiary, (price.checkedSubtract(block.baseFee) ?? .zero) * gas)
            try state.credit(SystemContracts.distribution, min(block.baseFee, price) * gas)
        }
        _ = state.endTransaction()
    }

    private func seal(_ block: BlockContext, _ results: [CallResult]) throws(StateError) -> Header {
        Header(
            parentHash: block.parentHash, beneficiary: block.beneficiary, stateRoot: try base.applying(state.changes()).root,
            transactionsRoot: Self.listRoot(results.map(\.transaction.blockForm)),
            receiptsRoot: Self.listRoot(results.map(\.receipt.consensusForm)),
            logsBloom: results.reduce(into: .empty) { $0.formUnion($1.receipt.bloom) }, number: block.number, gasLimit: block.gasLimit,
            gasUsed: results.last?.receipt.cumulativeGasUsed ?? 0, timestamp: block.timestamp, prevRandao: block.prevRandao,
            baseFeePerGas: block.baseFee)
    }

    private static func listRoot(_ items: [[UInt8]]) -> Hash {
        MerklePatriciaTrie.root(
            of: items.enumerated().map { index, bytes in
                var key = RLPWriter()
                key.append(index)
                return (key: key.bytes, value: bytes)
            })
    }
}

/// Why pretended blocks cannot go on.
public enum SimulationError: Error, Hashable, Sendable {
    case refused(TrialError, gas: UInt64)
    case nonceTooLow(Address, nonce: UInt64, state: UInt64)
    case nonceTooHigh(Address, nonce: UInt64, state: UInt64)
    case nonceExhausted(Address)
    case blockFull(gasUsed: UInt64, gasLimit: UInt64)
    case timeUp
    /// The calls return and log too much.
    case answerTooLong
    case state(StateError)
}
