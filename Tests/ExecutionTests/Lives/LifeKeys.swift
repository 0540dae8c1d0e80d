import ChainTypes
import Execution
import Primitives
import SystemContracts

/// Who has or had which keys, beside what the chain has on record of it.
struct LifeKeys {
    enum Kind: String, CaseIterable { case consensus, node }

    struct Key {
        let owner, name: String
        let publicKey: [UInt8]
    }

    private(set) var all: [Key] = []
    /// By address and kind, the name of the key that was in use after the last block.
    private var current: [String: String] = [:]
    private var made = 0
    /// By name: which validator has or had a key. Whoever comes with it first has it for ever, whoever made it.
    private var holders: [String: Address] = [:]
    /// By name: the first epoch in which a consensus key that was replaced counts no more, or a later one.
    private var ends: [String: UInt64] = [:]

    init(_ chain: LifeChain) throws {
        for owner in chain.validators + chain.newcomers {
            for kind in Kind.allCases { try add(first(kind, of: owner), of: owner) }
        }
        _ = try follow(chain, epoch: 0)
    }

    private mutating func add(_ name: String, of owner: Payer) throws {
        all.append(Key(owner: owner.name, name: name, publicKey: try LifeChain.key(name).publicKey))
    }

    /// With which it begins.
    func first(_ kind: Kind, of owner: Payer) -> String { "\(owner.name) \(kind)" }

    func inUse(_ kind: Kind, by owner: Payer) throws -> String { current["\(try owner.address) \(kind)"] ?? first(kind, of: owner) }

    mutating func make(_ kind: Kind, of owner: Payer) -> String {
        made += 1
        let name = "\(first(kind, of: owner)) \(made)"
        do { try add(name, of: owner) } catch { preconditionFailure("a seed of 32 bytes makes a key") }
        return name
    }

    /// What a block did with faults that it must not have done: nobody answers for a key that is not its own or counts no more,
    /// nobody who decides escapes, and no set has a key twice.
    mutating func injustice(of faults: [DoubleSign], from before: LifeChain, to after: LifeChain) throws -> [String] {
        var found = try follow(after, epoch: before.epoch.number)
        for fault in faults {
            guard let key = name(fault.consensusKey) else { continue }
            let isPunished = after.head.block.envelope.doubleSigns.contains(fault)
            let member = before.epoch.validators.validators.first { $0.consensusKey == fault.consensusKey }
            if let member, fault.epoch == before.epoch.number, try !before.isRemoved(member.address), !isPunished {
                found.append("\(member.address) decides in epoch \(fault.epoch) by \(key), votes twice and escapes")
            }
            if isPunished, let end = ends[key], fault.epoch >= end {
                found.append("somebody answers in epoch \(fault.epoch) for \(key), which counts before \(end)")
            }
            if isPunished, let holder = holders[key], try !after.isRemoved(holder) { found.append("another than \(holder) answers for \(key)") }
        }
        for set in [after.epoch.validators, after.epoch.next] {
            let keys = set.validators.flatMap { [$0.consensusKey, $0.nodeKey] }
            if Set(keys).count < keys.count { found.append("a key twice in the set after block \(after.head.block.number)") }
        }
        return found
    }

    /// Learns who has which keys after a block; keys that have had two holders.
    private mutating func follow(_ chain: LifeChain, epoch: UInt64) throws -> [String] {
        var (view, found) = (chain.view, [String]())
        for report in try view.validators(chain.epoch) {
            let (address, keys) = (report.validator.address, [report.validator.consensusKey, report.validator.nodeKey])
            for (kind, key) in zip(Kind.allCases, keys) {
                guard let name = name(key) else { continue }
                if let holder = holders.updateValue(address, forKey: name), holder != address { found.append("\(name) has had two holders") }
                let old = current.updateValue(name, forKey: "\(address) \(kind)")
                if kind == .consensus, let old, old != name { ends[old] = epoch + 2 }
            }
        }
        return found
    }

    private func name(_ publicKey: [UInt8]) -> String? { all.first { $0.publicKey == publicKey }?.name }
}
