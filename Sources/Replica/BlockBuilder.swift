import ChainTypes
import Cryptography
import Execution
import Primitives
import SystemContracts
import Trie
import WorldState

/// Makes blocks, and checks blocks that others made, by the same rules.
package struct BlockBuilder: Sendable {
    let chainID: UInt64
    let genesis: Hash
    let parameters: ChainParameters
    let validators: ValidatorSet
    let parallel: any Parallel

    package init(
        chainID: UInt64, genesis: Hash, parameters: ChainParameters, validators: ValidatorSet, parallel: any Parallel = Serial()
    ) {
        (self.chainID, self.genesis, self.parameters, self.validators) = (chainID, genesis, parameters, validators)
        self.parallel = parallel
    }

    /// Why a block is not valid on its parent.
    package enum Refusal: Error, Hashable {
        case wrongNumber, wrongParentHash, wrongProposer, wrongTime, wrongGasLimit, wrongBaseFee, wrongRandomness
        case wrongExtraData, wrongProtocolVersion, wrongNextSet, wrongWitnessRoot, tooLong
        case wrongStateRoot, wrongReceiptsRoot, wrongTransactionsRoot, wrongGasUsed, wrongBloom
        case transaction(BlockExecutor.Failure)
        case state(StateError)
    }

    /// Builds the next block on a parent from candidates in order; a candidate that cannot run is left out.
    package func build(
        on parent: ExecutedBlock, state: TrieState, candidates: [SignedTransaction], view: UInt64, proposer: Address,
        timeMilliseconds: UInt64
    ) throws(Refusal) -> (block: ExecutedBlock, failed: [SignedTransaction]) {
        let context = context(on: parent, view: view, proposer: proposer, timeMilliseconds: timeMilliseconds)
        var executor = try start(context, state)
        var (included, failed, bytes): ([SignedTransaction], [SignedTransaction], Int) = ([], [], 0)
        var ahead = SpeculativeRun(candidates, with: parallel)
        for (index, candidate) in candidates.enumerated() {
            let size = candidate.transaction.blockForm.count + candidate.witnessBytes
            guard bytes + size <= Block.maximumBodyBytes, included.count < Block.maximumTransactions else { break }
            do {
                try executor.execute(candidate, speculation: ahead.next(index, for: executor))
                included.append(candidate)
                bytes += size
            } catch {
                switch error {
                case .invalid: failed.append(candidate)
                case .blockFull: break
                case .state(let stateError): throw .state(stateError)
                }
            }
        }
        let block = try seal(&executor, included, on: parent, state: state, view: view, timeMilliseconds: timeMilliseconds)
        return (block, failed)
    }

    /// Executes another's block and compares everything that its header and envelope say.
    package func validate(_ block: Block, on parent: ExecutedBlock, state: TrieState) throws(Refusal) -> ExecutedBlock {
        try checkForm(block, on: parent)
        let context = context(
            on: parent, view: block.envelope.view, proposer: block.header.beneficiary,
            timeMilliseconds: block.envelope.timeMilliseconds)
        var executor = try start(context, state)
        var ahead = SpeculativeRun(block.transactions, with: parallel)
        for (index, transaction) in block.transactions.enumerated() {
            do { try executor.execute(transaction, speculation: ahead.next(index, for: executor)) } catch { throw .transaction(error) }
        }
        let own = try seal(
            &executor, block.transactions, on: parent, state: state, view: block.envelope.view,
            timeMilliseconds: block.envelope.timeMilliseconds)
        try compare(own.block, block)
        return own
    }

    private func context(on parent: ExecutedBlock, view: UInt64, proposer: Address, timeMilliseconds: UInt64) -> BlockContext {
        var context = BlockContext(
            chainID: chainID, genesis: genesis, number: parent.block.number + 1, timestamp: timeMilliseconds / 1000,
            beneficiary: proposer, gasLimit: parameters.blockGasLimit,
            baseFee: BaseFee.next(after: parent.block.header, witnessBytes: parent.witnessBytes),
            prevRandao: randomness(view: view, parent: parent))
        context.parentHash = parent.block.sealed.blockHash
        return context
    }

    private func start(_ context: BlockContext, _ state: TrieState) throws(Refusal) -> BlockExecutor {
        do { return try BlockExecutor(block: context, reader: state) } catch { throw .state(error) }
    }

    /// Predictable, but the same everywhere and different in each view: Keccak-256 of the parent's value and the view.
    private func randomness(view: UInt64, parent: ExecutedBlock) -> Hash {
        var bytes = parent.block.header.prevRandao.bytes
        bytes.append(bigEndian: view)
        return Keccak256.hash(bytes)
    }

    private func seal(
        _ executor: inout BlockExecutor, _ transactions: [SignedTransaction], on parent: ExecutedBlock, state: TrieState,
        view: UInt64, timeMilliseconds: UInt64
    ) throws(Refusal) -> ExecutedBlock {
        let applied: (root: Hash, overlay: StateOverlay)
        do { applied = try state.applying(executor.finish()) } catch { throw .state(error) }
        let context = executor.block
        let header = Header(
            parentHash: parent.block.sealed.blockHash, beneficiary: context.beneficiary, stateRoot: applied.root,
            transactionsRoot: Self.listRoot(transactions.map(\.transaction.blockForm)),
            receiptsRoot: Self.listRoot(executor.receipts.map(\.consensusForm)),
            logsBloom: executor.receipts.reduce(into: .empty) { $0.formUnion($1.bloom) }, number: context.number,
            gasLimit: context.gasLimit, gasUsed: executor.gasUsed, timestamp: context.timestamp,
            prevRandao: context.prevRandao, baseFeePerGas: context.baseFee)
        let envelope = Envelope(
            epoch: 0, view: view, parent: parent.id, timeMilliseconds: timeMilliseconds, headerHash: header.hash,
            witnessRoot: Witness.root(of: transactions.map(\.transaction.witnessHash)), nextSetHash: validators.hash)
        guard let sealed = SealedHeader(envelope: envelope, header: header) else {
            preconditionFailure("an envelope made from a header names it")
        }
        return ExecutedBlock(
            block: Block(sealed: sealed, transactions: transactions), receipts: executor.receipts, overlay: applied.overlay,
            witnessBytes: executor.witnessBytes)
    }

    private static func listRoot(_ items: [[UInt8]]) -> Hash {
        MerklePatriciaTrie.root(
            of: items.enumerated().map { index, bytes in
                var key = RLPWriter()
                key.append(index)
                return (key: key.bytes, value: bytes)
            })
    }

    /// What can be wrong before anything runs.
    private func checkForm(_ block: Block, on parent: ExecutedBlock) throws(Refusal) {
        let (header, envelope) = (block.header, block.envelope)
        guard header.number == parent.block.number + 1 else { throw .wrongNumber }
        guard header.parentHash == parent.block.sealed.blockHash, envelope.parent == parent.id else { throw .wrongParentHash }
        guard envelope.timeMilliseconds >= parent.block.envelope.timeMilliseconds + parameters.minimumBlockIntervalMilliseconds
        else { throw .wrongTime }
        guard envelope.protocolVersion == 1 else { throw .wrongProtocolVersion }
        let bytes = block.transactions.reduce(0) { $0 + $1.transaction.blockForm.count + $1.witnessBytes }
        guard bytes <= Block.maximumBodyBytes else { throw .tooLong }
    }

    private func compare(_ own: Block, _ other: Block) throws(Refusal) {
        let (a, b) = (own.header, other.header)
        guard a.gasLimit == b.gasLimit else { throw .wrongGasLimit }
        guard a.baseFeePerGas == b.baseFeePerGas else { throw .wrongBaseFee }
        guard a.prevRandao == b.prevRandao else { throw .wrongRandomness }
        guard a.extraData == b.extraData else { throw .wrongExtraData }
        guard a.transactionsRoot == b.transactionsRoot else { throw .wrongTransactionsRoot }
        guard a.receiptsRoot == b.receiptsRoot else { throw .wrongReceiptsRoot }
        guard a.logsBloom == b.logsBloom else { throw .wrongBloom }
        guard a.gasUsed == b.gasUsed else { throw .wrongGasUsed }
        guard a.stateRoot == b.stateRoot else { throw .wrongStateRoot }
        guard own.envelope.witnessRoot == other.envelope.witnessRoot else { throw .wrongWitnessRoot }
        guard own.envelope.nextSetHash == other.envelope.nextSetHash else { throw .wrongNextSet }
        precondition(own.id == other.id, "blocks with equal parts have equal ids")
    }
}
