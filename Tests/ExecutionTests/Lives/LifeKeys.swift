import ChainTypes
import Execution
import Primitives
import SystemContracts

/// Who has or had which keys, beside what the chain has on record of it.
struct LifeKeys {
    enum Kind: String, CaseIterable { case consensus, node }

    struct Key {
        let owner, name: String
        let address: Address
        let publicKey: [UInt8]
    }

    private(set) var all: [Key] = []
    /// Of each kind and owner, the name of the key that was in use after the last block.
    private var current: [String: String] = [:]
    private var made = 0
    /// By name: the first epoch in which a consensus key that was replaced counts no more, or a later one.
    private var ends: [String: UInt64] = [:]

    init(_ chain: LifeChain) throws {
        for owner in chain.validators + chain.newcomers {
            for kind in Kind.allCases { try add(first(kind, of: owner), of: owner) }
        }
    }

    private mutating func add(_ name: String, of owner: Payer) throws {
        all.append(Key(owner: owner.name, name: name, address: try owner.address, publicKey: try LifeChain.key(name).publicKey))
    }

    /// With which it begins.
    func first(_ kind: Kind, of owner: Payer) -> String { "\(owner.name) \(kind)" }

    func inUse(_ kind: Kind, by owner: Payer) -> String { current[first(kind, of: owner)] ?? first(kind, of: owner) }

    mutating func make(_ kind: Kind, of owner: Payer) -> String {
        made += 1
        let name = "\(first(kind, of: owner)) \(made)"
        do { try add(name, of: owner) } catch { preconditionFailure("a seed of 32 bytes makes a key") }
        return name
    }

    /// What a block did with faults that it must not have done: nobody answers for a key that is not its own or counts no more,
    /// nobody who decides escapes, and no set has a key twice.
    mutating func injustice(of faults: [DoubleSign], from before: LifeChain, to after: LifeChain) throws -> [String] {
        var found: [String] = []
        for fault in faults {
            guard let key = all.first(where: { $0.publicKey == fault.consensusKey }) else { continue }
            let isPunished = after.head.block.envelope.doubleSigns.contains(fault)
            let decides = before.epoch.validators.validators.contains { $0.consensusKey == key.publicKey }
            if decides, fault.epoch == before.epoch.number, try !before.isRemoved(key.address), !isPunished {
                found.append("\(key.name) decides in epoch \(fault.epoch), votes twice and escapes")
            }
            if isPunished, let end = ends[key.name], fault.epoch >= end {
                found.append("\(key.owner) answers for \(key.name) in epoch \(fault.epoch), which was replaced before \(end)")
            }
            if isPunished, try !after.isRemoved(key.address) { found.append("another than \(key.owner) answers for \(key.name)") }
        }
        try follow(after, epoch: before.epoch.number)
        for set in [after.epoch.validators, after.epoch.next] {
            let keys = set.validators.flatMap { [$0.consensusKey, $0.nodeKey] }
            if Set(keys).count < keys.count { found.append("a key twice in the set after block \(after.head.block.number)") }
        }
        return found
    }

    private mutating func follow(_ chain: LifeChain, epoch: UInt64) throws {
        var view = chain.view
        for report in try view.validators(chain.epoch) {
            let (consensus, node) = (name(report.validator.consensusKey), name(report.validator.nodeKey))
            guard let consensus, let node, let owner = all.first(where: { $0.address == report.validator.address })?.owner else { continue }
            let before = current.updateValue(consensus, forKey: "\(owner) consensus")
            if let before, before != consensus { ends[before] = epoch + 2 }
            current["\(owner) node"] = node
        }
    }

    private func name(_ publicKey: [UInt8]) -> String? { all.first { $0.publicKey == publicKey }?.name }
}
