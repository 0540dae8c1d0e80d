import ChainTypes
import Primitives
import RPCServer

extension GenesisDocument {
    /// The document as JSON that reads back as this one.
    public var json: String { Self.pretty(value, indent: "") + "\n" }

    private var value: JSONValue {
        var members: [JSONValue.Member] = [
            .init("name", .string(name)), .init("chainId", .string("\(chainID)")), .init("time", .string(GenesisText.time(timeMilliseconds))),
        ]
        if let supply { members.append(.init("supply", .string(QST.format(supply)))) }
        if let operationsAccount { members.append(.init("operationsAccount", .data(operationsAccount))) }
        members += [
            .init("parameters", .object(parameterTexts.map { .init($0.name, .string($0.text)) })),
            .init("validators", .array(validators.map { entry($0) })),
            .init("encryptionNodes", .array(encryptionNodes.map { entry($0) })),
            .init("allocations", .array(allocations.map { entry($0) } + vesting.map { entry($0) })),
        ]
        return .object(members)
    }

    private func entry(_ member: Staked<Validator>) -> JSONValue {
        let validator = member.node
        var members: [JSONValue.Member] = [
            .init("address", .data(validator.address)), .init("moniker", .string(validator.moniker)),
            .init("endpoint", .string(validator.endpoint)),
        ]
        members += Self.stake(member.stake, withCommission: true)
        let worth = (member.stake?.amount ?? economy[.minimumSelfStake]) / QST.one
        if UInt256(validator.power) != worth { members.append(.init("power", .string("\(validator.power)"))) }
        return .object(members + [.init("consensusKey", .data(validator.consensusKey)), .init("nodeKey", .data(validator.nodeKey))])
    }

    private func entry(_ member: Staked<EncryptionNode>) -> JSONValue {
        let node = member.node
        let members: [JSONValue.Member] = [
            .init("address", .data(node.address)), .init("moniker", .string(node.moniker)), .init("endpoint", .string(node.endpoint)),
            .init("class", .string("\(node.nodeClass)")), .init("capacityGiB", .string("\(node.capacityGiB)")),
        ]
        let commission = member.stake.map { $0 != GenesisStake(address: $0.address, amount: $0.amount) } ?? false
        return .object(members + Self.stake(member.stake, withCommission: commission) + [.init("nodeKey", .data(node.nodeKey))])
    }

    private static func stake(_ stake: GenesisStake?, withCommission: Bool) -> [JSONValue.Member] {
        guard let stake else { return [] }
        let amount = JSONValue.Member("stake", .string(QST.format(stake.amount)))
        guard withCommission else { return [amount] }
        func part(_ value: UInt256) -> JSONValue { .string(GenesisText.parameter(value, .fraction)) }
        return [
            amount, .init("commission", part(stake.commission)), .init("maximumCommission", part(stake.maximumCommission)),
            .init("maximumDailyChange", part(stake.maximumDailyChange)),
        ]
    }

    private func entry(_ allocation: Allocation) -> JSONValue {
        .object([.init("address", .data(allocation.address)), .init("amount", .string(QST.format(allocation.balance)))])
    }

    private func entry(_ allocation: VestingAllocation) -> JSONValue {
        .object([
            .init("address", .data(allocation.beneficiary)), .init("amount", .string(QST.format(allocation.amount))),
            .init("lock", .string(GenesisText.duration(allocation.lockMilliseconds))),
            .init("vesting", .string(GenesisText.duration(allocation.vestingMilliseconds))),
        ])
    }

    /// A member or item a line; what is empty stays on one.
    static func pretty(_ value: JSONValue, indent: String) -> String {
        let deeper = indent + "  "
        switch value {
        case .object(let members) where !members.isEmpty:
            let lines = members.map { member in
                let name = String(decoding: JSONValue.string(member.name).bytes, as: UTF8.self)
                return deeper + name + ": " + pretty(member.value, indent: deeper)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n" + indent + "}"
        case .array(let items) where !items.isEmpty:
            return "[\n" + items.map { deeper + pretty($0, indent: deeper) }.joined(separator: ",\n") + "\n" + indent + "]"
        default: return String(decoding: value.bytes, as: UTF8.self)
        }
    }
}
