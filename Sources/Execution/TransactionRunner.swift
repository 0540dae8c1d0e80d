import ChainTypes
import Cryptography
import EVM
import Primitives
import SystemContracts
import WorldState

/// What one transaction did, before its place in the block is known.
struct TransactionOutcome: Sendable {
    var succeeded: Bool
    var gasUsed: UInt64
    /// Wei per gas.
    var price: UInt256
    var logs: [Log]
    var revertData: [UInt8]
    var created: Address?
}

/// Checks and runs single transactions over a state. The fees that it takes are not credited to anyone here:
/// the block does that once, at its end.
struct TransactionRunner {
    var evm: EVM

    private var block: BlockContext { evm.block }

    init(block: BlockContext, state: consuming WorldState) {
        evm = EVM(
            state: state, block: block, fork: ProtocolRules.fork, natives: SystemContracts.Table(), precompiles: .quStream)
    }

    /// Runs a message on the virtual machine; another one lets a tracer watch.
    typealias Run = (inout EVM, Message) throws(StateError) -> Outcome
    static var plainRun: Run { { (evm, message) throws(StateError) in try evm.run(message) } }

    /// Runs one transaction, or throws and leaves the state as it was.
    mutating func run(_ signed: SignedTransaction, by run: Run = plainRun) throws(BlockExecutor.Failure) -> TransactionOutcome {
        let price = try check(signed)
        do { return try self.run(signed.body, price: price, by: run) } catch { throw .state(error) }
    }

    /// Checks everything that can make a transaction invalid; returns the price per gas in wei.
    private mutating func check(_ signed: SignedTransaction) throws(BlockExecutor.Failure) -> UInt256 {
        let transaction = signed.body
        do {
            try TransactionRules.checkForm(transaction, chainID: block.chainID, blockGasLimit: block.gasLimit)
            try TransactionRules.checkExpiry(transaction, block: block.number)
            let nonce = try evm.state.nonce(transaction.sender)
            guard transaction.nonce >= nonce else { throw InvalidTransaction.nonceTooLow(expected: nonce, got: transaction.nonce) }
            guard transaction.nonce == nonce else { throw InvalidTransaction.nonceTooHigh(expected: nonce, got: transaction.nonce) }
            let recorded = try AccountKeys.commitment(of: transaction.sender, in: &evm.state)
            try TransactionRules.checkKey(transaction, publicKey: signed.witness.publicKey, recorded: recorded)
            guard let price = transaction.effectiveGasPrice(baseFee: block.baseFee) else {
                throw InvalidTransaction.feeBelowBaseFee(baseFee: block.baseFee)
            }
            guard let cost = transaction.maximumCost, try evm.state.balance(transaction.sender) >= cost else {
                throw InvalidTransaction.insufficientFunds
            }
            return price
        } catch let error as InvalidTransaction { throw .invalid(error) } catch let error as StateError { throw .state(error) } catch {
            throw .state(StateError("\(error)"))
        }
    }

    private mutating func run(_ transaction: UnsignedTransaction, price: UInt256, by run: Run) throws(StateError) -> TransactionOutcome {
        // Nonce, next key and the price of all gas stand outside the revert of what is called.
        _ = try evm.state.debit(transaction.sender, price * UInt256(transaction.gasLimit))
        try evm.state.setNonce(transaction.sender, transaction.nonce + 1)
        try AccountKeys.setCommitment(transaction.nextKeyCommitment, of: transaction.sender, in: &evm.state)

        let outcome = try run(&evm, Message(transaction, price: price))
        let floor = IntrinsicGas.floor(data: transaction.data, fork: ProtocolRules.fork)
        let used = outcome.gasUsed(limit: transaction.gasLimit, floor: floor, fork: ProtocolRules.fork)
        try evm.state.credit(transaction.sender, price * UInt256(transaction.gasLimit - used))
        return TransactionOutcome(
            succeeded: outcome.succeeded, gasUsed: used, price: price, logs: evm.state.endTransaction(),
            revertData: outcome.succeeded ? [] : outcome.output, created: outcome.created)
    }
}

extension Message {
    /// What a transaction asks the virtual machine to do.
    public init(_ transaction: UnsignedTransaction, price: UInt256) {
        self.init(
            caller: transaction.sender, to: transaction.to, value: transaction.value, input: transaction.data,
            gas: transaction.gasLimit - IntrinsicGas.of(transaction), gasPrice: price, accessList: transaction.accessList)
    }
}
