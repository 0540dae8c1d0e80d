import ChainTypes
import LightClient
import Mempool
import Primitives
import StoreAPI

/// Unfinalised blocks: fetching what is missing, executing, storing before the vote.
///
/// A block gets here in two ways only: as the one proposal of an open view by its leader, or because a quorum has voted for it
/// or for one that stands on it. So neither a stranger nor a validator out of turn decides what is remembered or executed.
/// The tree holds only blocks whose transactions this replica has verified itself; that is what it votes for.
extension Replica {
    /// The leader's block of an open view.
    mutating func gather(_ proposal: Proposal) {
        let (sealed, view) = (proposal.sealed, proposal.vote.ballot.view)
        guard isMissing(sealed.id), sealed.number > head.block.number else { return tryBlock(sealed.id) }
        let proposer = PeerName.of(nodeKey: epoch.validators.validators[proposal.vote.validator].nodeKey)
        var assembly = assemblies[sealed.id] ?? Assembly(id: sealed.id, view: view, isCertified: false)
        assembly.learn(sealed, proposal.transactionHashes, proposer: proposer)
        begin(assembly)
    }

    /// A block that later ones stand on.
    mutating func gatherCertified(_ id: Hash, view: UInt64) {
        guard isMissing(id) else { return }
        var assembly = assemblies[id] ?? Assembly(id: id, view: view, isCertified: true)
        // Who voted for it has it: no more waiting for who proposed it.
        if !assembly.isCertified { assembly.inquiry = Inquiry() }
        assembly.isCertified = true
        begin(assembly)
    }

    /// Whether a block is neither here nor known to be invalid.
    private func isMissing(_ id: Hash) -> Bool { tree[id] == nil && refused[id] == nil }

    /// Goes on with a block: what is here already is taken, the rest asked for.
    private mutating func begin(_ assembly: Assembly) {
        let id = assembly.id
        assemblies[id] = assembly
        if assembly.content == nil, let stored = verifiedBlock(id) {
            assemblies[id]?.learn(stored.sealed, stored.transactions.map(\.hash))
            for transaction in stored.transactions { assemblies[id]?.add(transaction) }
        }
        for hash in assemblies[id]?.missing ?? [] {
            if let known = verifiedTransaction(hash) { assemblies[id]?.add(known) }
        }
        gatherParent(of: id)
        requestMissing(of: id)
        tryBlock(id)
    }

    /// How far above the final block ancestors are gathered one by one; beyond, catching up brings them.
    static let maximumAncestors: UInt64 = 64

    /// The ancestors of a certified block are certified with it.
    mutating func gatherParent(of id: Hash) {
        guard let assembly = assemblies[id], assembly.isCertified, let sealed = assembly.content?.sealed,
            sealed.number > head.block.number + 1, sealed.number - head.block.number <= Self.maximumAncestors
        else { return }
        gatherCertified(sealed.envelope.parent, view: sealed.envelope.view)
    }

    /// A whole block that was asked for by id.
    mutating func received(_ block: Block) {
        guard assemblies[block.id] != nil else { return }
        assemblies[block.id]?.learn(block.sealed, block.transactions.map(\.hash))
        for transaction in block.transactions { verifyForBlocks(transaction) }
        gatherParent(of: block.id)
        tryBlock(block.id)
    }

    /// Has a transaction verified if a block waits for it; whether one does.
    @discardableResult
    mutating func verifyForBlocks(_ transaction: SignedTransaction) -> Bool {
        let waiting = assemblies.keys.filter { assemblies[$0]?.lacks(transaction.hash) ?? false }
        guard !waiting.isEmpty else { return false }
        let isNew = waiting.map { assemblies[$0]?.startVerifying(transaction.hash) ?? false }
        // Once for all of them; what the mempool has verified comes by itself.
        if isNew.contains(true), !isNew.contains(false), !admissions.contains(transaction.hash) { check(.transaction(transaction, .proposal)) }
        return true
    }

    mutating func fillAssemblies(with verified: VerifiedTransaction) {
        for id in assemblies.keys.sorted() where assemblies[id]?.lacks(verified.hash) ?? false {
            assemblies[id]?.add(verified.signed)
            tryBlock(id)
        }
    }

    /// A block that names a transaction without a signature is invalid: the hash covers the signature.
    mutating func refuseBlocks(naming hash: Hash) {
        for id in assemblies.keys.sorted() where assemblies[id]?.lacks(hash) ?? false {
            refuse(id, because: "a transaction in it is not signed")
        }
    }

    /// Asks for what is missing: first who proposed the block, then every validator in turn. Whoever voted for it has it.
    mutating func requestMissing(of id: Hash) {
        guard let assembly = assemblies[id], !assembly.isOnItsWay, assembly.inquiry.isDue(at: now) else { return }
        // What is being verified for the mempool comes by itself.
        let missing = assembly.missing.filter { !admissions.contains($0) }
        guard assembly.content == nil || !missing.isEmpty else { return }
        let mayAskProposer = assembly.inquiry.count == 0 && !assembly.isCertified
        let first = mayAskProposer ? assembly.proposer.flatMap { peers.contains($0) ? $0 : nil } : nil
        guard let peer = first ?? validatorInTurn(id, assembly.inquiry.count, besides: assembly.proposer) else { return }
        assemblies[id]?.inquiry.asked(at: now)
        let request = first != nil && assembly.content != nil ? WireMessage.getTransactions(missing) : .getBlock(id)
        emit(.send(request, to: peer))
    }

    /// Another validator each time, in an order that differs between blocks; who proposed the block has been asked.
    private func validatorInTurn(_ id: Hash, _ turn: UInt64, besides proposer: Hash?) -> Hash? {
        let validators = peers.filter(validatorPeers.contains).sorted()
        let others = validators.filter { $0 != proposer }
        let connected = others.isEmpty ? validators : others
        guard !connected.isEmpty else { return nil }
        return connected[Int((id.number.limb0 % 1024 &+ turn) % UInt64(connected.count))]
    }

    /// Consensus wants to know whether a block is valid.
    mutating func validate(_ id: Hash, isRepeated: Bool) {
        awaited = (id, isRepeated)
        guard isMissing(id) else { return report(id, valid: tree[id] != nil) }
        // After a restart the own proposal is known to consensus and the block lies on the disk.
        if assemblies[id] == nil, verifiedBlock(id) != nil { begin(Assembly(id: id, view: view ?? 0, isCertified: false)) }
        tryBlock(id)
    }

    /// Executes a block if everything that it needs is here.
    mutating func tryBlock(_ id: Hash) {
        guard let assembly = assemblies[id], let block = assembly.block, let parent = tree[block.envelope.parent],
            let state = tree.state(after: parent.id), knowsRules(after: parent)
        else { return }
        let latest = now + Self.clockToleranceMilliseconds
        guard block.envelope.timeMilliseconds <= latest else {
            // Too far in the future: wait for it, do not refuse it.
            guard !assembly.waitsForItsTime else { return }
            assemblies[id]?.waitsForItsTime = true
            return emit(.setTimer(.block(id), atMilliseconds: block.envelope.timeMilliseconds - Self.clockToleranceMilliseconds))
        }
        do { accept(try builder.validate(block, on: parent, state: state)) } catch .state(let error) {
            halt(Self.unreadable(error))
        } catch {
            refuse(id, because: "\(error)")
        }
    }

    static let clockToleranceMilliseconds: UInt64 = 500

    /// A block that does not hold is the fault of who proposed it, whoever passed it on.
    private mutating func refuse(_ id: Hash, because why: String) {
        guard let assembly = assemblies.removeValue(forKey: id) else { return }
        if certificates[id] != nil { return halt(diverged(at: assembly.content?.sealed.number ?? 0, why)) }
        refused[id] = assembly.view
        if let proposer = assembly.proposer { emit(.misbehaved(proposer, "proposed an invalid block: \(why)")) }
        report(id, valid: false)
    }

    /// Takes an executed block into the tree; it is on disk before consensus hears of it.
    mutating func accept(_ block: ExecutedBlock) {
        assemblies[block.id] = nil
        tree.insert(block)
        if storedBodies[block.id] == nil {
            var batch = WriteBatch()
            batch.put(.block, block.id.bytes, block.block.rlp)
            batch.put(.local, ChainSchema.pending + block.id.bytes, ChainSchema.key(block.block.number))
            emit(.commit(batch, durable: true))
            storedBodies[block.id] = block.block.number
        }
        report(block.id, valid: true)
        settleCertified()
        for child in assemblies.keys.sorted() where assemblies[child]?.content?.sealed.envelope.parent == block.id { tryBlock(child) }
        proposalMayBeDue()
    }

    private mutating func report(_ id: Hash, valid: Bool) {
        guard let (wanted, isRepeated) = awaited, wanted == id else { return }
        awaited = nil
        // Only the last block of an epoch may be proposed again.
        let holds = valid && (!isRepeated || tree[id]?.endsEpoch ?? false)
        feedConsensus(holds ? .blockValid(id) : .blockInvalid(id))
    }

    /// An unfinalised block that this replica verified in this life or an earlier one.
    private mutating func verifiedBlock(_ id: Hash) -> Block? {
        guard storedBodies[id] != nil else { return nil }
        let store = store
        return reading { try store.block(id: id) } ?? nil
    }

    /// Forgets blocks of views that are over and for which no quorum is known to have voted: nothing will stand on them. Should a
    /// notarization turn up after all, the block is gathered again, from the disk if it was verified here.
    mutating func forgetOldBlocks() {
        guard let consensus else { return }
        for id in assemblies.keys.sorted() {
            guard let assembly = assemblies[id], !assembly.isCertified, assembly.view < consensus.view else { continue }
            assemblies[id] = nil
        }
        tree.prune(keeping: consensus.notarizedBlocks.map(\.block), fromView: consensus.view)
    }
}
