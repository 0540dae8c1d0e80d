import ChainTypes
import Primitives
import WorldState

extension Governance {
    /// The upgrade that is planned in a state; nil where none is.
    public static func upgradePlan(_ reader: some StateReader) throws(StateError) -> UpgradePlan? {
        plan(
            height: try reader.storage(address, numbers.slot(.upgradeHeight)),
            version: try reader.storage(address, numbers.slot(.upgradeVersion)),
            name: try reader.storage(address, numbers.slot(.upgradeName)))
    }

    /// Of a block, from the state before it.
    public static func protocolVersion(ofBlock number: UInt64, after reader: some StateReader) throws(StateError) -> UInt64 {
        if let plan = try upgradePlan(reader), plan.height <= number { return plan.version }
        let version = try reader.storage(address, numbers.slot(.protocolVersion)).limb0
        return max(version, ProtocolVersion.first)
    }

    static func plan(_ state: inout some ContractState) throws(NativeFailure) -> UpgradePlan? {
        plan(
            height: try numbers.get(.upgradeHeight, &state), version: try numbers.get(.upgradeVersion, &state),
            name: try numbers.get(.upgradeName, &state))
    }

    static func setPlan(_ plan: UpgradePlan?, _ state: inout some ContractState) throws(NativeFailure) {
        let name = plan.map { Array($0.name.utf8) } ?? []
        guard let word = UInt256(bigEndian: name + [UInt8](repeating: 0, count: UpgradePlan.maximumNameBytes - name.count)) else {
            throw .revert("the upgrade's name is too long")
        }
        try numbers.set(.upgradeHeight, UInt256(plan?.height ?? 0), &state)
        try numbers.set(.upgradeVersion, UInt256(plan?.version ?? 0), &state)
        try numbers.set(.upgradeName, word, &state)
    }

    private static func plan(height: UInt256, version: UInt256, name: UInt256) -> UpgradePlan? {
        guard !height.isZero else { return nil }
        let bytes = Hash(name).bytes.prefix { $0 != 0 }
        return UpgradePlan(name: String(decoding: bytes, as: UTF8.self), version: version.limb0, height: height.limb0)
    }
}
