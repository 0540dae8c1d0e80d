import ChainTypes
import Cryptography
import Primitives
import Replica
import StoreAPI

/// Starting, connecting, dying.
extension Cluster {
    mutating func boot(_ index: Int) throws {
        let disk = validators[index].store
        try judged(index) { try $0.restarts(index, disk: disk) }
        do {
            let key = validators[index].key.publicKey
            let identity = ValidatorIdentity(consensusKey: key, numbers: RandomNumbers(seed: Keccak256.hash(key).bytes))
            validators[index].replica = try Replica(.init(spec: spec, validator: identity), store: validators[index].store)
        } catch { throw ClusterFailure.doesNotRestart(seed: seed, validator: index, "\(error)") }
        validators[index].life += 1
        // It may have died between writing a block and telling of it.
        judge.rises(to: validators[index].replica?.head.block.number ?? 0)
        try deliver(.start, to: index)
        for guest in guests { queue.add(at: now + 1, .event(.connected(guest), to: index, life: validators[index].life)) }
    }

    mutating func connectAll() {
        for a in validators.indices { for b in validators.indices where a < b { connect(a, b) } }
    }

    mutating func connect(_ a: Int, _ b: Int) {
        queue.add(at: now + 1, .event(.connected(validators[b].name), to: a, life: validators[a].life))
        queue.add(at: now + 1, .event(.connected(validators[a].name), to: b, life: validators[b].life))
    }

    mutating func crashSome() {
        guard !healing else { return }
        queue.add(at: now + UInt64.random(in: 1...2 * faults.crashIntervalMilliseconds, using: &random), .crash)
        let alive = validators.indices.filter { validators[$0].replica != nil }
        if let victim = alive.randomElement(using: &random) { crash(victim) }
    }

    mutating func crash(_ index: Int) {
        let store = validators[index].store
        validators[index].store = store.crash(keeping: Int.random(in: 0...store.unsyncedCount, using: &random))
        if let old = validators[index].oldDisk, random.happens(perMille: faults.forgetfulPerMille) { forget(index, old) }
        validators[index].replica = nil
        validators[index].life += 1
        log.crashes += 1
        for other in validators.indices where other != index && validators[other].replica != nil {
            queue.add(at: now + 1, .event(.disconnected(validators[index].name), to: other, life: validators[other].life))
        }
        queue.add(at: now + UInt64.random(in: faults.downMilliseconds, using: &random), .restart(index))
    }

    private mutating func forget(_ index: Int, _ old: MemoryStore) {
        let faulty = validators.indices.filter { villains.contains($0) || validators[$0].hasForgotten }
        guard validators[index].hasForgotten || 3 * (faulty.count + 1) < spec.validators.count else { return }
        validators[index].store = old.crash()
        validators[index].hasForgotten = true
        judge.forgets(index)
    }

    mutating func keepOldDisks() {
        for index in validators.indices where random.happens(perMille: 300) { validators[index].oldDisk = validators[index].store.crash() }
        queue.add(at: now + 1500, .diskSnapshot)
    }
}
