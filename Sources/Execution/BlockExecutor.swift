import ChainTypes
import Cryptography
import EVM
import Primitives
import SystemContracts
import WorldState

/// Runs transactions in order over a world state. Signatures have been verified at admission; the
/// key commitment is checked again here, because it depends on the state.
public struct BlockExecutor {
    public var block: BlockContext { evm.block }
    public private(set) var receipts: [Receipt] = []
    public private(set) var gasUsed: UInt64 = 0
    public private(set) var witnessBytes = 0
    private var evm: EVM
    /// Wei for the proposer and for the chain. Credited once, when the block ends: otherwise every
    /// transaction would depend on the one before it.
    private var tips = UInt256.zero
    private var revenue = UInt256.zero

    public enum Failure: Error, Hashable, Sendable {
        case invalid(InvalidTransaction)
        /// The block has no room left for the transaction.
        case blockFull
        case state(StateError)
    }

    public init(block: BlockContext, reader: any StateReader) throws(StateError) {
        evm = EVM(state: WorldState(reader: reader), block: block, fork: ProtocolRules.fork, natives: SystemContracts.Table(),
            precompiles: .quStream)
        try recordParent()
    }

    /// Executes one transaction, or throws and leaves everything as it was.
    public mutating func execute(_ signed: SignedTransaction) throws(Failure) {
        let transaction = signed.body
        // A proposer's transactions have passed no admission, so the gas limit may be any number.
        guard gasUsed <= block.gasLimit, transaction.gasLimit <= block.gasLimit - gasUsed,
            witnessBytes + signed.witnessBytes <= Block.maximumWitnessBytes
        else { throw .blockFull }
        let price = try check(signed)
        do {
            try run(transaction, price: price)
            witnessBytes += signed.witnessBytes
        } catch { throw .state(error) }
    }

    /// Ends the block: pays the proposer and the chain, and gives the sum of all changes.
    public mutating func finish() throws(StateError) -> StateChanges {
        try evm.state.credit(block.beneficiary, tips)
        try evm.state.credit(SystemContracts.distribution, revenue)
        (tips, revenue) = (.zero, .zero)
        _ = evm.state.endTransaction()
        return evm.state.changes()
    }

    /// Writes the parent's hash where BLOCKHASH and the history contract find it (EIP-2935).
    private mutating func recordParent() throws(StateError) {
        guard block.number > 0 else { return }
        let slot = Hash(UInt256((block.number - 1) % HistoryContract.window))
        try evm.state.setStorage(HistoryContract.address, slot, block.parentHash.number)
        _ = evm.state.endTransaction()
    }

    /// Checks everything that can make a transaction invalid; returns the price per gas in wei.
    private mutating func check(_ signed: SignedTransaction) throws(Failure) -> UInt256 {
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

    private mutating func run(_ transaction: UnsignedTransaction, price: UInt256) throws(StateError) {
        // Nonce, next key and the price of all gas stand outside the revert of what is called.
        _ = try evm.state.debit(transaction.sender, price * UInt256(transaction.gasLimit))
        try evm.state.setNonce(transaction.sender, transaction.nonce + 1)
        try AccountKeys.setCommitment(transaction.nextKeyCommitment, of: transaction.sender, in: &evm.state)

        let outcome = try evm.run(Message(transaction, price: price))
        let floor = IntrinsicGas.floor(data: transaction.data, fork: ProtocolRules.fork)
        let used = outcome.gasUsed(limit: transaction.gasLimit, floor: floor, fork: ProtocolRules.fork)
        try evm.state.credit(transaction.sender, price * UInt256(transaction.gasLimit - used))
        tips = tips + (price - block.baseFee) * UInt256(used)
        revenue = revenue + block.baseFee * UInt256(used)

        gasUsed += used
        receipts.append(
            Receipt(
                succeeded: outcome.succeeded, cumulativeGasUsed: gasUsed, logs: evm.state.endTransaction(), gasUsed: used,
                effectiveGasPrice: price, revertData: outcome.succeeded ? [] : outcome.output, contractAddress: outcome.created))
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
