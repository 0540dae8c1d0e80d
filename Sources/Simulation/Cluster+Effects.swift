import ChainTypes
import Cryptography
import Execution
import Primitives
import Replica
import StoreAPI

/// What becomes of what a replica wants.
extension Cluster {
    mutating func deliver(_ event: ReplicaEvent, to index: Int) throws {
        if case .checked(.transaction(let signed, .some, _)) = event { judge.hasVerified(signed.hash, by: index) }
        let time = validators[index].clock.reads(now)
        guard let effects = validators[index].replica?.handle(event, now: time) else { return }
        // A crash may come between any two effects.
        let dies = !healing && faults.crashIntervalMilliseconds > 0 && random.happens(perMille: 1)
        let done = dies ? Int.random(in: 0...effects.count, using: &random) : effects.count
        for effect in effects.prefix(done) { try carryOut(effect, of: index) }
        if dies { crash(index) } else { try look(at: index) }
    }

    private mutating func look(at index: Int) throws {
        guard let replica = validators[index].replica else { return }
        judge.rises(to: replica.head.block.number)
        try judged(index) { judge in
            try judge.weighs(replica.loads)
            try judge.trusts(replica.head)
            try judge.believes(replica.attestedHeight)
        }
    }

    /// Has the judge look at an honest validator.
    func judged(_ index: Int, _ judge: Judge.Fault) -> ClusterFailure {
        .fault(seed: seed, validator: index, atMilliseconds: now - Self.start, judge.what)
    }

    mutating func judged(_ index: Int, _ look: (inout Judge) throws -> Void) throws {
        guard !villains.contains(index) else { return }
        do { try look(&judge) } catch let fault as Judge.Fault { throw judged(index, fault) }
    }

    private mutating func carryOut(_ effect: ReplicaEffect, of index: Int) throws {
        switch effect {
        case .send(let message, let peer):
            if let receiver = validators.firstIndex(where: { $0.name == peer }) { try send(message, from: index, to: receiver) }
            if let guest = guests.firstIndex(of: peer) { try tellGuest(guest, message, from: index) }
            if case .challenges(let open) = message { try answer(open, as: peer) }
        case .broadcast(let message, let audience):
            if case .proposal(let proposal) = message, proposal.isRepeated { log.repeatedProposals += 1 }
            for receiver in validators.indices where receiver != index {
                let votes = validators[index].voters.contains(validators[receiver].name)
                if audience == .everyone || votes == (audience == .validators) { try send(message, from: index, to: receiver) }
            }
        case .check(let check, let set): queue.add(at: now + 1, .event(.checked(result(of: check, set)), to: index, life: validators[index].life))
        case .sign(let ballot, let position): try sign(ballot, by: index, as: position)
        case .commit(let batch, let durable): try validators[index].store.commit(batch, durable: durable)
        case .setTimer(let timer, let deadline):
            let wait = max(deadline, validators[index].clock.reads(now) + 1) - validators[index].clock.reads(now)
            queue.add(at: now + wait, .event(.timer(timer), to: index, life: validators[index].life))
        case .finalized(let block): try finalized(block, by: index)
        case .evidence(let evidence):
            log.evidence.append(evidence)
            try judged(index) { judge in try judge.accuses(evidence) }
        case .misbehaved(let peer, let what):
            log.complaints.append("validator \(index): \(what)")
            try judged(index) { judge in try judge.blames(peer, what) }
        case .halted(let reason): throw ClusterFailure.halted(seed: seed, validator: index, reason)
        case .admitted(let account, let result):
            log.admitted(result)
            accounts[Int(account)].learn(from: result)
        case .epochStarted(let epoch):
            validators[index].voters = Set(epoch.validators.validators.map { PeerName.of(nodeKey: $0.nodeKey) })
            validators[index].positions[epoch.number] = epoch.validators.validators.firstIndex { $0.consensusKey == validators[index].key.publicKey }
            try checkAssumption(epoch)
            log.entered(epoch)
            judge.entered(epoch)
        // One of them, to see that no state stops it.
        case .rehearse(let rehearsal): if index == 0 { rehearsal.run() }
        case .viewEntered(let view, _): try entered(view, by: index)
        case .missedProposal(let leader): try gaveUp(on: leader, by: index)
        case .waiting, .useful, .upgradeNeeded: break
        }
    }

    /// Nothing holds against an adversary with a third of the power: a run that gives it so much says nothing about the chain.
    private func checkAssumption(_ epoch: EpochState) throws {
        let evil = Set(villains.map { validators[$0].key.publicKey })
        let powers = epoch.validators.validators.map { (power: $0.power, isEvil: evil.contains($0.consensusKey)) }
        let (all, bad) = powers.reduce((0 as UInt64, 0 as UInt64)) { ($0.0 + $1.power, $0.1 + ($1.isEvil ? $1.power : 0)) }
        guard 3 * bad < all else { throw ClusterFailure.tooStrong(seed: seed, epoch: epoch.number) }
    }

    private mutating func gaveUp(on leader: Int, by index: Int) throws {
        guard isPunctual, let key = validators[index].replica?.epoch.validators.validators[leader].consensusKey else { return }
        try judged(index) { judge in try judge.givesUp(on: key) }
    }

    private mutating func finalized(_ block: ExecutedBlock, by index: Int) throws {
        judge.rises(to: block.block.number)
        try judged(index) { [validators] judge in try judge.reports(block, by: index, disk: validators[index].store.crash()) }
        if !villains.contains(index) { try log.finalized(block, from: senders[block.id], by: index, seed: seed) }
        guard let faults = try audit?.faults(after: block, of: index, store: validators[index].store), let audit else { return }
        guard faults.isEmpty else {
            throw ClusterFailure.economy(seed: seed, height: block.block.number, validator: index, faults)
        }
        log.economyChecks = audit.checks
        log.delegations = audit.delegations
        log.stakingCalls = audit.succeeded
        log.refusedCalls = audit.refused
    }

    /// Views that may pass after the network has healed before everyone has a new final block.
    private var viewsToProgress: UInt64 { UInt64(3 * validators.count + 8) }
    /// Time that may pass until those who only follow have one too.
    private static let millisecondsToFollow: UInt64 = 120_000

    private mutating func entered(_ view: UInt64, by index: Int) throws {
        guard healed, !villains.contains(index) else { return }
        let replicas = honest.compactMap { validators[$0].replica }
        let start = healedAt ?? (replicas.map(\.head.block.number).max() ?? 0, replicas.compactMap(\.view).max() ?? 0, now)
        healedAt = start
        try lookForStragglers(since: start.height, start.time)
        guard view > start.view + viewsToProgress, let head = validators[index].replica?.head, head.block.number <= start.height else { return }
        throw ClusterFailure.fault(
            seed: seed, validator: index, atMilliseconds: now - Self.start, "has no new final block \(viewsToProgress) views after healing")
    }

    private func lookForStragglers(since height: UInt64, _ time: UInt64) throws {
        guard now > time + Self.millisecondsToFollow else { return }
        for straggler in honest where validators[straggler].replica?.head.block.number ?? 0 <= height {
            throw judged(straggler, Judge.Fault("has no new final block \(Self.millisecondsToFollow / 1000) s after healing"))
        }
    }

    // MARK: Signing and verifying

    private mutating func sign(_ ballot: Ballot, by index: Int, as position: Int) throws {
        if villains.contains(index) {
            judge.signed(Vote(ballot: ballot, validator: position, signature: []))
        } else {
            if !validators[index].hasForgotten, (try? validators[index].said.check(ballot)) == nil {
                throw ClusterFailure.contradiction(seed: seed, validator: index)
            }
            // What was signed just before a crash, and neither stored nor sent, is only known here.
            guard (try? validators[index].memory.check(ballot)) != nil else { return }
            validators[index].memory.add(ballot)
            let disk = validators[index].store.crash()
            try judged(index) { judge in try judge.signs(ballot, as: position, by: index, disk: disk) }
        }
        let vote = try signed(ballot, by: index, as: position)
        queue.add(at: now + 1, .event(.signed(vote), to: index, life: validators[index].life))
    }

    func signed(_ ballot: Ballot, by index: Int, as position: Int) throws -> Vote {
        let signature = try validators[index].key.sign(ballot.signingPayload(genesis: genesis), context: Ballot.signingContext)
        return Vote(ballot: ballot, validator: position, signature: signature)
    }

    /// A function of the bytes and the keys, so each is computed once.
    private mutating func result(of check: Check, _ set: ValidatorSet) -> CheckResult {
        let key: Hash
        switch check {
        case .transaction(let signed, _): key = signed.hash
        case .vote(let vote, _): key = Keccak256.hash(vote.rlp + set.hash.bytes)
        case .proposal(let proposal, _): key = Keccak256.hash(proposal.vote.rlp + set.hash.bytes)
        case .certificate(let certificate, _): key = Keccak256.hash(certificate.rlp + set.hash.bytes)
        case .finalized(_, let proof, _): key = Keccak256.hash(proof.certificate.rlp + set.hash.bytes)
        }
        let known = verified[key] ?? check.run(genesis: genesis, validators: set)
        verified[key] = known
        return known.answering(check)
    }
}

extension CheckResult {
    /// The result as the answer to another check of the same bytes.
    fileprivate func answering(_ check: Check) -> CheckResult {
        switch check {
        case .transaction(let signed, let origin):
            if case .transaction(_, let verified, _) = self { .transaction(signed, verified, origin) } else { self }
        case .vote(let vote, let peer): .vote(vote, holds: holds, from: peer)
        case .proposal(let proposal, let peer): .proposal(proposal, holds: holds, from: peer)
        case .certificate(let certificate, let peer): .certificate(certificate, holds: holds, from: peer)
        case .finalized(let blocks, let proof, let peer): .finalized(blocks, proof, holds: holds, from: peer)
        }
    }

    private var holds: Bool {
        switch self {
        case .transaction(_, let verified, _): verified != nil
        case .vote(_, let holds, _), .proposal(_, let holds, _), .certificate(_, let holds, _), .finalized(_, _, let holds, _): holds
        }
    }
}
