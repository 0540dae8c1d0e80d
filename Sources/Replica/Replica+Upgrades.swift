import ChainTypes
import SystemContracts
import WorldState

/// Versions of the protocol: a node neither makes nor accepts blocks of one that it does not know.
extension Replica {
    /// Whether this node knows the rules of a block's children.
    mutating func knowsRules(after parent: ExecutedBlock) -> Bool {
        tree.state(after: parent.id).map { knowsRules(after: parent, $0) } ?? false
    }

    mutating func knowsRules(after parent: ExecutedBlock, _ state: TrieState) -> Bool {
        let next = parent.block.number + 1
        let version = reading { try Governance.protocolVersion(ofBlock: next, after: state) }
        return version.map { $0 <= configuration.protocolVersion } ?? false
    }

    /// Says so once the last block of the old version is final.
    mutating func stopForUpgrade() {
        guard !isHalted, !knowsRules(after: head) else { return }
        let (next, state) = (head.block.number + 1, headState)
        let plan = reading { try Governance.upgradePlan(state) } ?? nil
        let version = reading { try Governance.protocolVersion(ofBlock: next, after: state) } ?? 0
        emit(.upgradeNeeded(plan ?? UpgradePlan(name: "", version: version, height: next)))
    }
}
