import ChainTypes
import SystemContracts
import WorldState

/// Versions of the protocol: a node neither makes nor accepts blocks of one that it does not know.
extension Replica {
    /// Whether this node knows the rules of a block's children.
    func knowsRules(after parent: ExecutedBlock) -> Bool {
        guard let state = tree.state(after: parent.id),
            let version = try? Governance.protocolVersion(ofBlock: parent.block.number + 1, after: state)
        else { return true }
        return version <= configuration.protocolVersion
    }

    /// Says so once the last block of the old version is final.
    mutating func stopForUpgrade() {
        guard !knowsRules(after: head) else { return }
        let next = head.block.number + 1
        let plan = (try? Governance.upgradePlan(headState)) ?? nil
        let version = (try? Governance.protocolVersion(ofBlock: next, after: headState)) ?? 0
        emit(.upgradeNeeded(plan ?? UpgradePlan(name: "", version: version, height: next)))
    }
}
