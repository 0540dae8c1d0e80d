import ChainTypes
import Cryptography
import EVM
import Execution
import Primitives
import SystemContracts
import Testing
import WorldState

/// Calls that are tried out on a state, and the searches over them.
@Suite struct TrialCallTests {
    let chain: TestChain
    let contract = Address(low: 0xc0de)
    let sender: Address

    init() throws {
        chain = try TestChain()
        sender = try chain.alice.address
    }

    private func trial(_ code: [UInt8] = [], _ change: (inout AccountOverride) -> Void = { _ in }) -> TrialCall {
        var override = AccountOverride(code: code)
        change(&override)
        return TrialCall(block: chain.context, reader: chain.state, overrides: [contract: override])
    }

    private func call(_ data: [UInt8] = [], fee: UInt256 = .zero, gas: UInt64 = 1_000_000) -> UnsignedTransaction {
        UnsignedTransaction(
            chainID: chain.spec.chainID, sender: sender, nonce: 0, maxPriorityFeePerGas: .zero, maxFeePerGas: fee, gasLimit: gas,
            to: contract, value: .zero, data: data, nextKeyCommitment: .zero)
    }

    /// Returns the word that the code leaves on the stack.
    private func word(_ code: [UInt8], _ call: UnsignedTransaction? = nil, _ change: (inout AccountOverride) -> Void = { _ in }) throws
        -> UInt256
    {
        let trial = trial(code + [0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3], change)
        return try #require(UInt256(bigEndian: try trial.run(call ?? self.call()).outcome.output[...]))
    }

    // MARK: Overrides

    @Test func overriddenAccountsAreWhatTheCallSees() throws {
        #expect(try word([0x47]) { $0.balance = 77 } == 77)  // SELFBALANCE
        #expect(try word([0x5f, 0x54]) { $0.storage = .changed([.zero: 9]) } == 9)  // PUSH0 SLOAD
        #expect(try word([0x60, 0x01, 0x54]) { $0.storage = .replaced([.zero: 9]) } == 0)
        // CREATE of nothing: the address follows from the pretended nonce.
        #expect(
            try Hash(word([0x5f, 0x5f, 0x5f, 0xf0]) { $0.nonce = 41 }).bytes.suffix(20)
                == EVM.createAddress(contract, nonce: 41).bytes[...])
    }

    /// Whoever asks a node pretends what it likes: the last second there is, and slots that no chain ever held.
    @Test func nothingPretendedStopsASystemContract() throws {
        var block = chain.context
        block.timestamp = .max
        var transaction = call(gas: 3_000_000)
        transaction.sender = TestChain.proposer
        let validator = ABIValue.address(TestChain.proposer)
        let calls: [(Address, [UInt8])] = [
            (Slashing.address, ABI.call("signingInfo(address)", values: [validator])),
            (Staking.address, ABI.call("undelegate(address,uint256)", values: [validator, .word(1)])),
            (Staking.address, ABI.call("unjail()", values: [])),
        ]
        for (contract, data) in calls {
            transaction.to = contract
            transaction.data = data
            for full in [false, true] {
                // Counts of lists are among them.
                let slots = Dictionary(uniqueKeysWithValues: (0..<4).map { (StorageLayout.slot($0), UInt256.max) })
                let pretended = full ? [contract: AccountOverride(storage: .changed(slots))] : [:]
                let trial = try TrialCall(block: block, reader: chain.state, overrides: pretended).run(transaction)
                #expect(trial.gasUsed > 0)
            }
        }
    }

    @Test func aPretendedCodeHidesASystemContract() throws {
        let answer: [UInt8] = [0x60, 0x2a, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]
        var transaction = call()
        transaction.to = AccountKeys.address
        let real = TrialCall(block: chain.context, reader: chain.state)
        #expect(try real.run(transaction).outcome.output != Hash(UInt256(42)).bytes)
        let pretended = TrialCall(
            block: chain.context, reader: chain.state, overrides: [AccountKeys.address: AccountOverride(code: answer)])
        #expect(try pretended.run(transaction).outcome.output == Hash(UInt256(42)).bytes)
    }

    @Test func changedSlotsLeaveTheOthers() throws {
        let keys = AccountKeys.address
        let base = OverrideReader(slots: [Hash(UInt256(1)): 5])
        var transaction = call()
        transaction.to = keys
        func load(_ slot: UInt8, _ storage: AccountOverride.Storage) throws -> UInt256? {
            let code: [UInt8] = [0x60, slot, 0x54, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]
            let trial = TrialCall(
                block: chain.context, reader: base, overrides: [keys: AccountOverride(code: code, storage: storage)])
            return UInt256(bigEndian: try trial.run(transaction).outcome.output[...])
        }
        #expect(try load(1, .changed([.zero: 7])) == 5 && load(0, .changed([.zero: 7])) == 7)
        #expect(try load(1, .replaced([.zero: 7])) == 0 && load(0, .replaced([.zero: 7])) == 7)
    }

    // MARK: Fees and gas

    @Test func aCallWithoutAFeeSeesNoBaseFee() throws {
        #expect(try word([0x48]) == 0)  // BASEFEE
        #expect(try word([0x48], call(fee: QST.gwei * 5)) == chain.context.baseFee)
        #expect(try word([0x3a], call(fee: QST.gwei * 5)) == chain.context.baseFee)  // GASPRICE
        var pretending = trial([0x48, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3])
        pretending.block.baseFee = 12
        pretending.showsBaseFee = true
        #expect(try pretending.run(call()).outcome.output == Hash(UInt256(12)).bytes)
    }

    @Test func aCreationGivesBackTheCodeThatItStores() throws {
        var creation = call([0x60, 0x2a, 0x5f, 0x52, 0x60, 0x01, 0x60, 0x1f, 0xf3])
        creation.to = nil
        #expect(try trial().run(creation).outcome.output == [0x2a])
    }

    @Test func whatCannotBePaidIsRefusedInGethsWords() throws {
        var poor = call(fee: QST.gwei * 5)
        poor.sender = Address(low: 0xdead)
        let refusals: [(UnsignedTransaction, String)] = [
            (poor, "insufficient funds for gas * price + value: "), (call(fee: 1), "max fee per gas less than block base fee: "),
            (call(gas: 20_999), "intrinsic gas too low: have 20999, want 21000"),
            (call([UInt8](repeating: 1, count: 100), gas: 23_000), "insufficient gas for floor data gas cost: have 23000, want 25000"),
        ]
        for (transaction, words) in refusals {
            let error = #expect(throws: TrialError.self) { try trial().run(transaction) }
            #expect(error?.description.hasPrefix(words) == true, "\(String(describing: error))")
        }
        var greedy = call(fee: 1)
        greedy.maxPriorityFeePerGas = 2
        #expect(throws: TrialError.tipAboveFee(sender, tip: 2, fee: 1)) { try trial().run(greedy) }
    }

    @Test func estimatesAreTheLeastThatSucceeds() throws {
        // Plain, a write, a write that is refunded, and one that insists on much more gas than it spends.
        let hungry: [UInt8] = [0x62, 0x03, 0x0d, 0x40, 0x5a, 0x11, 0x60, 0x0c, 0x57, 0x5f, 0x5f, 0xfd, 0x5b, 0x00]
        for code: [UInt8] in [[], [0x60, 1, 0x5f, 0x55], [0x60, 1, 0x5f, 0x55, 0x5f, 0x5f, 0x55], hungry] {
            let trial = trial(code)
            let estimate = try trial.estimate(call(), limit: 16_777_216)
            #expect(try trial.run(call(gas: estimate)).outcome.succeeded)
            let less = try? trial.run(call(gas: estimate - 1)).outcome.succeeded
            #expect(less != true, "\(code) needs \(estimate)")
        }
        #expect(try trial().estimate(call(), limit: 16_777_216) == 21_000)
    }

    @Test func anEstimateThatCannotBeGivenSaysWhy() throws {
        let reverting = #expect(throws: TrialError.self) { try trial([0x5f, 0x5f, 0xfd]).estimate(call(), limit: 100_000) }
        guard case .failed(let outcome) = reverting else { return #expect(Bool(false), "\(String(describing: reverting))") }
        #expect(outcome.fault == .revert)
        // JUMPDEST PUSH0 JUMP burns whatever it gets.
        #expect(throws: TrialError.allowanceExceeded(100_000)) { try trial([0x5b, 0x5f, 0x56]).estimate(call(), limit: 100_000) }
        #expect(throws: TrialError.allowanceExceeded(20_000)) { try trial().estimate(call(), limit: 20_000) }
        // What the balance pays for at the offered fee bounds the gas.
        #expect(throws: TrialError.allowanceExceeded(1000)) { try trial().estimate(call(fee: QST.one), limit: 100_000) }
    }

    @Test func aSearchIsBoundedByItsGas() throws {
        // Spends a tenth less than all that it gets, and asks for more than ten million at the start: no limit is quickly found.
        let code: [UInt8] = [
            0x62, 0x98, 0x96, 0x80, 0x5a, 0x11, 0x60, 0x0c, 0x57, 0x5f, 0x5f, 0xfd, 0x5b, 0x62, 0x01, 0x86, 0xa0, 0x5a, 0x11, 0x60, 0x0c,
            0x57, 0x00,
        ]
        let estimate = try trial(code).estimate(call(), limit: 16_777_216)
        #expect(try trial(code).run(call(gas: estimate)).outcome.succeeded)
    }

    // MARK: Access lists

    @Test func anAccessListHoldsWhatIsTouchedThoughItIsUndone() throws {
        let other = Address(low: 0xfeed)
        // SLOAD 3; BALANCE of another account; then all is reverted.
        let code: [UInt8] = [0x60, 3, 0x54, 0x61, 0xfe, 0xed, 0x31, 0x5f, 0x5f, 0xfd]
        let (list, trial) = try trial(code).accessList(call())
        #expect(trial.outcome.fault == .revert)
        #expect(
            list
                == [AccessListEntry(address: contract, slots: [Hash(UInt256(3))]), AccessListEntry(address: other, slots: [])].sorted {
                    $0.address < $1.address
                })
        #expect(trial.gasUsed > 21_000 + 2 * 2400 + 1900)
    }

    @Test func whatIsWarmAnywayIsNotDeclared() throws {
        // BALANCE of the sender, of the contract, of a precompile, of the proposer; a new contract.
        let code: [UInt8] = [0x33, 0x31, 0x30, 0x31, 0x60, 2, 0x31, 0x41, 0x31, 0x5f, 0x5f, 0x5f, 0xf0]
        #expect(try trial(code).accessList(call()).list == [])
        var declared = call()
        declared.accessList = [AccessListEntry(address: contract, slots: []), AccessListEntry(address: Address(low: 0xaaaa), slots: [])]
        #expect(try trial(code).accessList(declared).list == [AccessListEntry(address: Address(low: 0xaaaa), slots: [])])
    }

    @Test func theListIsExactWhenItChangesWhatIsTouched() throws {
        // Loads slot 1; with much gas left (the list not paid for yet) slot 2, else slot 3.
        let code: [UInt8] = [
            0x60, 1, 0x54, 0x62, 0x00, 0xea, 0x60, 0x5a, 0x11, 0x60, 0x10, 0x57, 0x60, 3, 0x54, 0x00, 0x5b, 0x60, 2, 0x54, 0x00,
        ]
        let transaction = call(gas: 84_000)
        let (list, found) = try trial(code).accessList(transaction)
        var declared = transaction
        declared.accessList = list
        #expect(try trial(code).run(declared).accessList == list && list.first?.slots.count == 3)
        #expect(try trial(code).run(declared).gasUsed == found.gasUsed)
    }
}

/// A state that is empty but for slots of one account.
private struct OverrideReader: StateReader {
    let slots: [Hash: UInt256]

    func account(_ address: Address) -> Account? { Account(nonce: 1, balance: QST.one, storageRoot: Hash(1, 1, 1, 1)) }
    func storage(_ address: Address, _ slot: Hash) -> UInt256 { slots[slot] ?? .zero }
    func code(_ hash: Hash) -> [UInt8] { [] }
}
