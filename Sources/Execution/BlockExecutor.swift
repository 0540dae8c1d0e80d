import ChainTypes
import Cryptography
import Primitives
import SystemContracts
import WorldState

/// Runs transactions in order over a world state. Signatures have been verified at admission; the
/// key commitment is checked again here, because it depends on the state.
public struct BlockExecutor: Sendable {
    public let block: BlockContext
    public private(set) var state: WorldState
    public private(set) var receipts: [Receipt] = []
    public private(set) var gasUsed: UInt64 = 0
    public private(set) var witnessBytes = 0

    public enum Failure: Error, Hashable, Sendable {
        case invalid(InvalidTransaction)
        /// The block has no room left for the transaction.
        case blockFull
        case state(StateError)
    }

    public init(block: BlockContext, reader: any StateReader) {
        self.block = block
        state = WorldState(reader: reader)
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

    /// Checks everything that can make a transaction invalid; returns the price per gas in wei.
    private mutating func check(_ signed: SignedTransaction) throws(Failure) -> UInt256 {
        let transaction = signed.body
        do {
            try TransactionRules.checkForm(transaction, chainID: block.chainID, blockGasLimit: block.gasLimit)
            try TransactionRules.checkExpiry(transaction, block: block.number)
            let nonce = try state.nonce(transaction.sender)
            guard transaction.nonce >= nonce else { throw InvalidTransaction.nonceTooLow(expected: nonce, got: transaction.nonce) }
            guard transaction.nonce == nonce else { throw InvalidTransaction.nonceTooHigh(expected: nonce, got: transaction.nonce) }
            let recorded = try AccountKeys.commitment(of: transaction.sender, in: &state)
            try TransactionRules.checkKey(transaction, publicKey: signed.witness.publicKey, recorded: recorded)
            guard let price = transaction.effectiveGasPrice(baseFee: block.baseFee) else {
                throw InvalidTransaction.feeBelowBaseFee(baseFee: block.baseFee)
            }
            guard let cost = transaction.maximumCost, try state.balance(transaction.sender) >= cost else {
                throw InvalidTransaction.insufficientFunds
            }
            return price
        } catch let error as InvalidTransaction { throw .invalid(error) } catch let error as StateError { throw .state(error) } catch {
            throw .state(StateError("\(error)"))
        }
    }

    private mutating func run(_ transaction: UnsignedTransaction, price: UInt256) throws(StateError) {
        // Nonce, next key and the price of all gas stand outside the revert of what is called.
        _ = try state.debit(transaction.sender, price * UInt256(transaction.gasLimit))
        try state.update(transaction.sender) { $0.nonce += 1 }
        try AccountKeys.setCommitment(transaction.nextKeyCommitment, of: transaction.sender, in: &state)

        let outcome = try call(transaction, gas: transaction.gasLimit - IntrinsicGas.of(transaction))
        let used = transaction.gasLimit - outcome.gasLeft
        try state.credit(transaction.sender, price * UInt256(outcome.gasLeft))
        try state.credit(block.beneficiary, (price - block.baseFee) * UInt256(used))
        try state.credit(SystemContracts.distribution, block.baseFee * UInt256(used))

        gasUsed += used
        receipts.append(
            Receipt(
                succeeded: outcome.succeeded, cumulativeGasUsed: gasUsed, logs: state.endTransaction(), gasUsed: used,
                effectiveGasPrice: price, revertData: outcome.succeeded ? [] : outcome.output))
    }

    private mutating func call(_ transaction: UnsignedTransaction, gas: UInt64) throws(StateError) -> CallResult {
        guard let to = transaction.to else { preconditionFailure("creation was refused before") }
        return try CallFrame(caller: transaction.sender, to: to, value: transaction.value, input: transaction.data, gas: gas)
            .run(block: block, state: &state)
    }
}

/// What a call did.
public struct CallResult: Hashable, Sendable {
    public var succeeded: Bool
    public var gasLeft: UInt64
    /// Returned data, or the payload of a revert.
    public var output: [UInt8]
}

/// A message call from outside: moves value and runs what lives at the address.
public struct CallFrame: Sendable {
    public var caller: Address
    public var to: Address
    public var value: UInt256
    public var input: [UInt8]
    public var gas: UInt64

    public init(caller: Address, to: Address, value: UInt256, input: [UInt8], gas: UInt64) {
        (self.caller, self.to, self.value, self.input, self.gas) = (caller, to, value, input, gas)
    }

    /// Runs the call; a failed one leaves no trace but its gas.
    public func run(block: BlockContext, state: inout WorldState) throws(StateError) -> CallResult {
        let checkpoint = state.checkpoint()
        guard try state.debit(caller, value) else {
            return CallResult(succeeded: false, gasLeft: gas, output: ABI.revertReason("the balance is too small"))
        }
        try state.credit(to, value)
        guard let contract = SystemContracts.contract(at: to) else { return CallResult(succeeded: true, gasLeft: gas, output: []) }

        // The frame takes the state over while the contract runs, so that nothing is copied.
        var frame = NativeFrame(
            contract: to, caller: caller, value: value, isStatic: false, block: block, gas: gas,
            state: WorldState(reader: state.reader))
        swap(&frame.state, &state)
        defer { swap(&frame.state, &state) }
        do {
            let output = try contract.call(input, frame: &frame)
            return CallResult(succeeded: true, gasLeft: frame.gas, output: output)
        } catch {
            frame.state.revert(to: checkpoint)
            switch error {
            case .revert(let reason): return CallResult(succeeded: false, gasLeft: frame.gas, output: ABI.revertReason(reason))
            case .outOfGas: return CallResult(succeeded: false, gasLeft: 0, output: [])
            case .state(let stateError): throw stateError
            }
        }
    }
}
