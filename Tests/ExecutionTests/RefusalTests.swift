import ChainTypes
import Cryptography
import EVM
import Execution
import Mempool
import Primitives
import Testing

/// A transaction that breaks a rule is refused with the rule's own error, and nothing of it happens.
@Suite struct RefusalTests {
    let chain: TestChain

    init() throws {
        // Alice has used her first key.
        var chain = try TestChain()
        try chain.extend([try chain.transfer(chain.alice)])
        self.chain = chain
    }

    private func expect(
        _ error: InvalidTransaction, _ payer: Payer? = nil, nonce: UInt64 = 1, _ comment: Comment? = nil,
        change: (inout UnsignedTransaction) throws -> Void = { _ in }
    ) throws {
        let transaction = try chain.transfer(payer ?? chain.alice, nonce: nonce, change: change)
        var executor = try chain.run([])
        #expect(throws: BlockExecutor.Failure.invalid(error), comment) { try executor.execute(transaction) }
        #expect(executor.receipts.isEmpty && executor.gasUsed == 0 && executor.witnessBytes == 0)
        // The parent's hash is all that a block without transactions writes.
        #expect(try executor.finish().changes.accounts.allSatisfy { $0.address == HistoryContract.address }, comment)
    }

    @Test func theUnchangedTransactionIsTaken() throws {
        #expect(try chain.run([chain.transfer(chain.alice, nonce: 1)]).receipts.first?.succeeded == true)
        #expect(try chain.run([chain.transfer(chain.carol)]).receipts.first?.succeeded == true)
    }

    @Test func wrongChainID() throws {
        try expect(.wrongChainID(expected: 20817, got: 1)) { $0.chainID = 1 }
    }

    @Test func nonceTooLow() throws { try expect(.nonceTooLow(expected: 1, got: 0), nonce: 0) }

    @Test func nonceGap() throws {
        try expect(.nonceTooHigh(expected: 1, got: 2), nonce: 2)
        try expect(.nonceTooHigh(expected: 1, got: .max - 1), nonce: .max - 1)
    }

    @Test func usedKey() throws {
        let used = try chain.alice.key(0)
        let body = try chain.transfer(chain.alice, nonce: 1).body
        let transaction = SignedTransaction(body: body, witness: Witness(publicKey: used.publicKey, signature: []))
        #expect(throws: BlockExecutor.Failure.invalid(.keyUsed)) { try chain.run([transaction]) }
    }

    @Test func keyThatCommitsToItself() throws {
        let own = try chain.alice.key(1).commitment
        try expect(.invalidNextKey) { $0.nextKeyCommitment = own }
        try expect(.invalidNextKey) { $0.nextKeyCommitment = .zero }
    }

    @Test func keyOfAnotherAccount() throws {
        let victim = try chain.bob.address
        try expect(.wrongKeyCommitment, chain.carol, nonce: 0) { $0.sender = victim }
        let known = try chain.alice.address
        try expect(.wrongKeyCommitment, chain.bob, nonce: 1) { $0.sender = known }
    }

    @Test func suiteThatTheKeyWasNotCommittedFor() throws {
        try expect(.wrongKeyCommitment) {
            $0.suite = .mldsa87
            $0.gasLimit = 100_000
        }
    }

    @Test func expired() throws {
        let next = chain.context.number
        try expect(.expired(lastValidBlock: next - 1)) { $0.lastValidBlock = next - 1 }
        #expect(try chain.run([chain.transfer(chain.alice, nonce: 1) { $0.lastValidBlock = next }]).receipts.count == 1)
    }

    @Test func underpriced() throws {
        let baseFee = chain.context.baseFee
        try expect(.feeBelowBaseFee(baseFee: baseFee)) {
            $0.maxFeePerGas = baseFee - .one
            $0.maxPriorityFeePerGas = .zero
        }
        try expect(.priorityFeeAboveMaximumFee) { $0.maxPriorityFeePerGas = $0.maxFeePerGas + .one }
    }

    @Test func gasLimitBelowIntrinsicGas() throws {
        try expect(.gasLimitTooLow(intrinsic: 21_000)) { $0.gasLimit = 20_999 }
        // The floor for calldata (EIP-7623) is above the 21,004 that the byte costs.
        try expect(.gasLimitTooLow(intrinsic: 21_010)) { $0.data = [0] }
        try expect(.gasLimitTooLow(intrinsic: 31_000), chain.carol, nonce: 0) { $0.gasLimit = 30_999 }
    }

    @Test func insufficientBalance() throws {
        let wealth = try chain.balance(chain.alice.address)
        try expect(.insufficientFunds) { $0.value = wealth }
        try expect(.insufficientFunds, nil) { $0.value = .max }
        try expect(.insufficientFunds, nil) { ($0.maxFeePerGas, $0.maxPriorityFeePerGas) = (.max, .zero) }
    }

    @Test func pricePerGasUpToTheLastWeiIsTaken() throws {
        let wealth = try chain.balance(chain.alice.address)
        let fee = QST.gwei * 10 * 21_000
        #expect(try chain.run([chain.transfer(chain.alice, nonce: 1, wei: wealth - fee)]).receipts.first?.succeeded == true)
    }

    @Test func tooMuchGasForTheBlock() throws {
        for limit in [TestChain.gasLimit + 1, .max] {
            let transaction = try chain.transfer(chain.bob) { $0.gasLimit = limit }
            #expect(throws: BlockExecutor.Failure.self) { try chain.run([transaction]) }
            // Behind another one the sum of both must not overflow.
            #expect(throws: BlockExecutor.Failure.self) { try chain.run([chain.transfer(chain.alice, nonce: 1), transaction]) }
        }
    }

    @Test func tooManyWitnessBytesForTheBlock() throws {
        let body = try chain.transfer(chain.alice, nonce: 1).body
        let signature = [UInt8](repeating: 0, count: Block.maximumWitnessBytes)
        let witness = Witness(publicKey: try chain.alice.key(1).publicKey, signature: signature)
        #expect(throws: BlockExecutor.Failure.blockFull) { try chain.run([SignedTransaction(body: body, witness: witness)]) }
    }

    @Test func refusedTransactionLeavesThoseBeforeAndBehindItAlone() throws {
        let good = [try chain.transfer(chain.alice, nonce: 1), try chain.transfer(chain.bob)]
        let bad = try chain.transfer(chain.carol) { $0.chainID = 1 }
        let block = try chain.build([good[0], bad, good[1]])
        #expect(block.block.transactions == good)
        #expect(block.block.header == (try chain.build(good)).block.header)
    }
}

/// What admission checks before a transaction may come near a block.
@Suite struct AdmissionSignatureTests {
    let chain: TestChain

    init() throws { chain = try TestChain() }

    private func holds(_ transaction: SignedTransaction, genesis: Hash? = nil) -> Bool {
        VerifiedTransaction(transaction, genesis: genesis ?? chain.genesis) != nil
    }

    @Test func honestSignatureHoldsInBothSuites() throws {
        #expect(holds(try chain.transfer(chain.alice, signing: true)))
        #expect(holds(try chain.transfer(chain.carol, signing: true)))
    }

    @Test func badSignatureIsRefused() throws {
        let honest = try chain.transfer(chain.alice, signing: true)
        for place in [0, 1000, honest.witness.signature.count - 1] {
            var witness = honest.witness
            witness.signature[place] ^= 1
            #expect(!holds(SignedTransaction(body: honest.body, witness: witness)))
        }
        for signature in [[], Array(honest.witness.signature.dropLast())] {
            let witness = Witness(publicKey: honest.witness.publicKey, signature: signature)
            #expect(!holds(SignedTransaction(body: honest.body, witness: witness)))
        }
    }

    @Test func signatureOfAnotherChainIsRefused() throws {
        #expect(!holds(try chain.transfer(chain.alice, signing: true), genesis: Keccak256.hash([7])))
    }

    @Test func signatureOfOtherContentIsRefused() throws {
        let honest = try chain.transfer(chain.alice, signing: true)
        let changes: [(inout UnsignedTransaction) -> Void] = [
            { $0.chainID += 1 }, { $0.nonce += 1 }, { $0.maxPriorityFeePerGas = .one }, { $0.maxFeePerGas = .max }, { $0.gasLimit += 1 },
            { $0.to = nil }, { $0.value = .max }, { $0.data = [1] }, { $0.lastValidBlock = 9 }, { $0.nextKeyCommitment = .zero },
            { $0.sender = .zero }, { $0.suite = .mldsa87 }, { $0.accessList = [AccessListEntry(address: .zero, slots: [])] },
        ]
        for change in changes {
            var body = honest.body
            change(&body)
            #expect(!holds(SignedTransaction(body: body, witness: honest.witness)))
        }
    }

    @Test func overLongTransactionIsNotDecoded() throws {
        let room = SignedTransaction.maximumBytes - (try chain.transfer(chain.alice, signing: true)).networkForm.count
        let fits = try chain.transfer(chain.alice, signing: true) { $0.data = [UInt8](repeating: 1, count: room - 100) }
        #expect(try SignedTransaction(networkForm: fits.networkForm) == fits)
        let tooLong = try chain.transfer(chain.alice, signing: true) { $0.data = [UInt8](repeating: 1, count: room + 1) }
        #expect(throws: RLPError.wrongLength) { try SignedTransaction(networkForm: tooLong.networkForm) }
    }

    @Test func witnessOfAnotherTransactionIsRefused() throws {
        let (mine, other) = (try chain.transfer(chain.alice), try chain.transfer(chain.bob))
        #expect(SignedTransaction(transaction: mine.transaction, witness: other.witness) == nil)
    }
}
