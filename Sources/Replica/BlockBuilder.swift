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
    let genesisTimeMilliseconds: UInt64
    let parameters: ChainParameters
    let parallel: any Parallel

    package init(_ spec: ChainSpec, genesis: Hash, parallel: any Parallel = Serial()) {
        (chainID, parameters, genesisTimeMilliseconds) = (spec.chainID, spec.parameters, spec.genesisTimeMilliseconds)
        (self.genesis, self.parallel) = (genesis, parallel)
    }

    /// The part of a block that its transactions do not decide.
    private struct Frame {
        let parent: ExecutedBlock
        let context: BlockContext
        var facts: BlockFacts
        let view: UInt64
        /// Of the protocol.
        let version: UInt64

        var epoch: Epoch { parent.nextEpoch }
    }

    /// Why a block is not valid on its parent.
    package enum Refusal: Error, Hashable {
        case wrongNumber, wrongParentHash, wrongEpoch, wrongView, wrongProposer, wrongTime, wrongGasLimit, wrongBaseFee, wrongRandomness, wrongReveal
        case wrongEvidence, wrongAnswer
        case wrongExtraData, wrongProtocolVersion, wrongNextSet, wrongBodyHash, tooLong
        case wrongStateRoot, wrongReceiptsRoot, wrongTransactionsRoot, wrongGasUsed, wrongBloom
        case transaction(BlockExecutor.Failure)
        case state(StateError)
    }

    package struct Built: Sendable {
        package let block: ExecutedBlock
        /// Candidates that cannot run.
        package let failed: [SignedTransaction]
        /// A candidate that took more than half of the budget's time by itself; the block was made again without it.
        package let slow: SignedTransaction?
    }

    /// Builds the next block on a parent from candidates in order. One that cannot run is left out, and so is one that does not
    /// fit into what earlier ones have left; when the budget's time is over, the block ends.
    /// The proposer is the leader of the view, and the numbers are its own.
    package func build(
        on parent: ExecutedBlock, state: TrieState, candidates: some Sequence<SignedTransaction>, view: UInt64, numbers: RandomNumbers,
        timeMilliseconds: UInt64, doubleSigns: [DoubleSign] = [], answers: [ChallengeAnswer] = [], budget: BuildBudget = BuildBudget()
    ) throws(Refusal) -> Built {
        let proposer = parent.nextEpoch.leader(of: view).address
        var frame = try frame(
            on: parent, state: state, view: view, proposer: proposer, timeMilliseconds: timeMilliseconds,
            numbers: numbers.next(after: try record(of: proposer, state)))
        frame.facts.doubleSigns = try punishable(doubleSigns, frame, state)
        frame.facts.answers = try answerable(answers, frame, state)
        var executor = try start(frame, state)
        let filled = try fill(&executor, from: candidates, budget)
        if filled.slow != nil {
            executor = try start(frame, state)
            var ahead = SpeculativeRun(filled.included, with: parallel)
            for (index, transaction) in filled.included.enumerated() {
                do { try executor.execute(transaction, speculation: ahead.next(index, for: executor)) } catch { throw .transaction(error) }
            }
        }
        let block = try seal(&executor, filled.included, frame, state: state)
        return Built(block: block, failed: filled.failed, slow: filled.slow)
    }

    private struct Filled {
        var included: [SignedTransaction] = []
        var failed: [SignedTransaction] = []
        var slow: SignedTransaction?
    }

    /// Executes candidates until the block or the budget is full.
    private func fill(
        _ executor: inout BlockExecutor, from candidates: some Sequence<SignedTransaction>, _ budget: BuildBudget
    ) throws(Refusal) -> Filled {
        let start = budget.stopwatch()
        var filled = Filled()
        var packing = BlockPacking(candidates.makeIterator(), budget: budget, gasLimit: executor.block.gasLimit)
        while true {
            let window = packing.window()
            guard !window.isEmpty else { return filled }
            var ahead = SpeculativeRun(window, with: parallel)
            for (index, candidate) in window.enumerated() where !packing.isLeftOut(candidate) {
                let began = budget.stopwatch()
                let before = executor.gasUsed
                do {
                    try executor.execute(candidate, speculation: ahead.next(index, for: executor))
                    packing.include(candidate, gasUsed: executor.gasUsed - before)
                    filled.included.append(candidate)
                } catch {
                    packing.leaveOut(candidate)
                    switch error {
                    case .invalid: filled.failed.append(candidate)
                    case .blockFull: break
                    case .state(let stateError): throw .state(stateError)
                    }
                }
                // What was tried out together with others says nothing about one of them.
                let isTimed = parallel.width == 1 || window.count == 1
                if isTimed, budget.elapsed(since: began) > budget.milliseconds / 2, filled.included.last == candidate {
                    filled.slow = filled.included.removeLast()
                    return filled
                }
                if budget.elapsed(since: start) >= budget.milliseconds { return filled }
            }
        }
    }

    /// Executes another's block and compares everything that its header and envelope say.
    package func validate(_ block: Block, on parent: ExecutedBlock, state: TrieState) throws(Refusal) -> ExecutedBlock {
        try checkForm(block, on: parent)
        let (envelope, proposer) = (block.envelope, block.header.beneficiary)
        guard try record(of: proposer, state).accepts(reveal: envelope.reveal) else { throw .wrongReveal }
        var frame = try frame(
            on: parent, state: state, view: envelope.view, proposer: proposer, timeMilliseconds: envelope.timeMilliseconds,
            numbers: (envelope.reveal, envelope.commitment))
        guard envelope.protocolVersion == frame.version else { throw .wrongProtocolVersion }
        frame.facts.doubleSigns = envelope.doubleSigns
        guard try punishable(envelope.doubleSigns, frame, state) == envelope.doubleSigns else { throw .wrongEvidence }
        frame.facts.answers = envelope.answers
        guard try answerable(envelope.answers, frame, state) == envelope.answers else { throw .wrongAnswer }
        var executor = try start(frame, state)
        var ahead = SpeculativeRun(block.transactions, with: parallel)
        for (index, transaction) in block.transactions.enumerated() {
            do { try executor.execute(transaction, speculation: ahead.next(index, for: executor)) } catch { throw .transaction(error) }
        }
        let own = try seal(&executor, block.transactions, frame, state: state)
        try compare(own.block, block)
        return own
    }

    private func frame(
        on parent: ExecutedBlock, state: TrieState, view: UInt64, proposer: Address, timeMilliseconds: UInt64,
        numbers: (reveal: Hash, commitment: Hash)
    ) throws(Refusal) -> Frame {
        let (before, epoch) = (parent.block.envelope, parent.nextEpoch)
        var context = BlockContext(
            chainID: chainID, genesis: genesis, number: parent.block.number + 1, timestamp: timeMilliseconds / 1000,
            beneficiary: proposer, gasLimit: try gasLimit(after: state),
            baseFee: BaseFee.next(after: parent.block.header, witnessBytes: parent.witnessBytes),
            prevRandao: Randomness.mix(parent.block.header.prevRandao, reveal: before.reveal))
        context.parentHash = parent.block.sealed.blockHash
        let facts = BlockFacts(
            number: context.number, epoch: epoch.state, epochMilliseconds: parameters.epochMilliseconds,
            timeMilliseconds: timeMilliseconds, parentTimeMilliseconds: before.timeMilliseconds,
            genesisTimeMilliseconds: genesisTimeMilliseconds, proposer: proposer,
            missed: epoch.missed(after: before.view, before: view), reveal: numbers.reveal, commitment: numbers.commitment,
            genesis: genesis)
        return Frame(
            parent: parent, context: context, facts: facts, view: view, version: try version(ofBlock: context.number, after: state))
    }

    private func version(ofBlock number: UInt64, after state: TrieState) throws(Refusal) -> UInt64 {
        do { return try Governance.protocolVersion(ofBlock: number, after: state) } catch { throw .state(error) }
    }

    private func gasLimit(after state: TrieState) throws(Refusal) -> UInt64 {
        do { return try Parameters.blockGasLimit(state) } catch { throw .state(error) }
    }

    private func punishable(_ faults: [DoubleSign], _ frame: Frame, _ state: TrieState) throws(Refusal) -> [DoubleSign] {
        guard !faults.isEmpty else { return [] }
        do {
            return try Slashing.punishable(
                faults, genesis: genesis, seconds: frame.context.timestamp, height: frame.context.number, on: state)
        } catch { throw .state(error) }
    }

    private func answerable(_ answers: [ChallengeAnswer], _ frame: Frame, _ state: TrieState) throws(Refusal) -> [ChallengeAnswer] {
        guard !answers.isEmpty else { return [] }
        do {
            return try Slashing.answerable(
                answers, genesis: genesis, seconds: frame.context.timestamp, height: frame.context.number, on: state)
        } catch { throw .state(error) }
    }

    private func record(of proposer: Address, _ state: TrieState) throws(Refusal) -> Randomness.Record {
        do { return try Randomness.record(of: proposer, in: state) } catch { throw .state(error) }
    }

    private func start(_ frame: Frame, _ state: TrieState) throws(Refusal) -> BlockExecutor {
        do { return try BlockExecutor(block: frame.context, facts: frame.facts, reader: state) } catch { throw .state(error) }
    }

    private func seal(
        _ executor: inout BlockExecutor, _ transactions: [SignedTransaction], _ frame: Frame, state: TrieState
    ) throws(Refusal) -> ExecutedBlock {
        let (root, overlay, next) = try finish(&executor, frame, state)
        let (context, facts) = (frame.context, frame.facts)
        let header = Header(
            parentHash: context.parentHash, beneficiary: context.beneficiary, stateRoot: root,
            transactionsRoot: Self.listRoot(transactions.map(\.transaction.blockForm)),
            receiptsRoot: Self.listRoot(executor.receipts.map(\.consensusForm)),
            logsBloom: executor.receipts.reduce(into: .empty) { $0.formUnion($1.bloom) }, number: context.number,
            gasLimit: context.gasLimit, gasUsed: executor.gasUsed, timestamp: context.timestamp,
            prevRandao: context.prevRandao, baseFeePerGas: context.baseFee)
        let envelope = Envelope(
            protocolVersion: frame.version, epoch: frame.epoch.number, view: frame.view, parent: frame.parent.id, timeMilliseconds: facts.timeMilliseconds,
            headerHash: header.hash, bodyHash: Block.bodyHash(of: transactions.map(\.hash)),
            nextSetHash: frame.epoch.state.next.hash, reveal: facts.reveal, commitment: facts.commitment,
            doubleSigns: facts.doubleSigns, answers: facts.answers)
        guard let sealed = SealedHeader(envelope: envelope, header: header) else {
            preconditionFailure("an envelope made from a header names it")
        }
        return ExecutedBlock(
            block: Block(sealed: sealed, transactions: transactions), receipts: executor.receipts, overlay: overlay,
            witnessBytes: executor.witnessBytes, nextEpoch: next)
    }

    private func finish(
        _ executor: inout BlockExecutor, _ frame: Frame, _ state: TrieState
    ) throws(Refusal) -> (root: Hash, overlay: StateOverlay, epoch: Epoch) {
        do {
            let (changes, next) = try executor.finish()
            let (root, overlay) = try state.applying(changes) { parallel.run($0, $1) }
            guard let next, next.number != frame.epoch.number else { return (root, overlay, frame.epoch) }
            return (root, overlay, Epoch(next, genesis: genesis))
        } catch { throw .state(error) }
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
        // A child of an epoch's last block belongs to the next one.
        guard envelope.epoch == parent.nextEpoch.number else { throw .wrongEpoch }
        guard envelope.view > parent.block.envelope.view else { throw .wrongView }
        guard header.beneficiary == parent.nextEpoch.leader(of: envelope.view).address else { throw .wrongProposer }
        guard envelope.timeMilliseconds >= parent.block.envelope.timeMilliseconds + parameters.minimumBlockIntervalMilliseconds
        else { throw .wrongTime }
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
        guard own.envelope.bodyHash == other.envelope.bodyHash else { throw .wrongBodyHash }
        guard own.envelope.nextSetHash == other.envelope.nextSetHash else { throw .wrongNextSet }
        precondition(own.id == other.id, "blocks with equal parts have equal ids")
    }
}
