import ChainTypes
import Primitives
import WorldState

/// The kinds of proposals. The raw values are those of the ABI.
public enum ProposalKind: UInt8, CaseIterable, Sendable {
    case text, parameterChange, treasurySpend, admitOperator, removeOperator, securityBreach, softwareUpgrade, cancelUpgrade, burnBuyback
}

/// What a proposal does once it has passed.
public enum ProposalAction: Sendable {
    case text
    /// All or none.
    case parameterChange([(Parameter, UInt256)])
    /// Wei of the community pool.
    case treasurySpend(to: Address, wei: UInt256)
    case admitOperator(Address)
    case removeOperator(Address)
    /// Takes stake of a validator or encryption node and removes it for good.
    case securityBreach(Address)
    case softwareUpgrade(UpgradePlan)
    case cancelUpgrade
    /// Wei of the buyback reserve.
    case burnBuyback(UInt256)

    static let maximumChanges = 16

    /// Reads an action from its arguments. There is one encoding of each action: whoever shows a payload in its own way shows
    /// what is carried out.
    public init(_ kind: ProposalKind, payload: [UInt8]) throws(NativeFailure) {
        var arguments = Calldata(payload: payload)
        switch kind {
        case .text: self = .text
        case .parameterChange: self = .parameterChange(try Self.changes(&arguments))
        case .treasurySpend: self = .treasurySpend(to: try arguments.address(), wei: try arguments.word())
        case .admitOperator: self = .admitOperator(try arguments.address())
        case .removeOperator: self = .removeOperator(try arguments.address())
        case .securityBreach: self = .securityBreach(try arguments.address())
        case .softwareUpgrade:
            self = .softwareUpgrade(
                UpgradePlan(
                    name: try Self.name(&arguments), version: try arguments.uint64(),
                    height: try arguments.uint64()))
        case .cancelUpgrade: self = .cancelUpgrade
        case .burnBuyback: self = .burnBuyback(try arguments.word())
        }
        guard self.payload == payload else { throw .revert("the payload is not encoded in the standard way") }
    }

    /// What it costs to read an action from its arguments and to write them again.
    static func gas(payloadBytes count: Int) -> UInt64 { 4 * NativeGas.decode(count) }

    private static func name(_ arguments: inout Calldata) throws(NativeFailure) -> String {
        let bytes = try arguments.slice(atMost: UpgradePlan.maximumNameBytes)
        guard let name = String(validating: bytes, as: UTF8.self) else { throw .revert("the text is not UTF-8") }
        return name
    }

    private static func changes(_ arguments: inout Calldata) throws(NativeFailure) -> [(Parameter, UInt256)] {
        let names = try arguments.array(atMost: maximumChanges) { (names) throws(NativeFailure) in Array(try names.slice(atMost: 64)) }
        let values = try arguments.array(atMost: maximumChanges) { (values) throws(NativeFailure) in try values.word() }
        guard !names.isEmpty, names.count == values.count else { throw .revert("each parameter needs one value") }
        var changes: [(Parameter, UInt256)] = []
        for (name, value) in zip(names, values) {
            guard let parameter = Parameter(name: name) else { throw .revert("there is no such parameter") }
            guard !changes.contains(where: { $0.0 == parameter }) else { throw .revert("a parameter is named twice") }
            changes.append((parameter, value))
        }
        return changes
    }

    public var kind: ProposalKind {
        switch self {
        case .text: .text
        case .parameterChange: .parameterChange
        case .treasurySpend: .treasurySpend
        case .admitOperator: .admitOperator
        case .removeOperator: .removeOperator
        case .securityBreach: .securityBreach
        case .softwareUpgrade: .softwareUpgrade
        case .cancelUpgrade: .cancelUpgrade
        case .burnBuyback: .burnBuyback
        }
    }

    /// The arguments as the Solidity ABI lays them out.
    public var payload: [UInt8] {
        switch self {
        case .text, .cancelUpgrade: []
        case .parameterChange(let changes):
            ABIValue.encode([.array(changes.map { .text($0.0.name) }), .words(changes.map(\.1))])
        case .treasurySpend(let receiver, let wei): ABIValue.encode([.address(receiver), .word(wei)])
        case .admitOperator(let node), .removeOperator(let node), .securityBreach(let node): ABIValue.encode([.address(node)])
        case .softwareUpgrade(let plan): ABIValue.encode([.text(plan.name), .number(plan.version), .number(plan.height)])
        case .burnBuyback(let wei): ABIValue.encode([.word(wei)])
        }
    }
}

extension ProposalAction {
    /// Reverts where the action makes no sense: when it is proposed, and again before it is carried out.
    func check(_ state: inout some ContractState) throws(NativeFailure) {
        switch self {
        case .text, .cancelUpgrade: break
        case .parameterChange(let changes): try Parameters.check(changes, &state)
        case .treasurySpend(let receiver, let wei):
            guard SystemContracts.contract(at: receiver) == nil, receiver != .zero else {
                throw .revert("the community pool cannot pay that account")
            }
            guard !wei.isZero else { throw .revert("the amount is zero") }
        case .admitOperator(let node):
            guard try !Staking.isAdmitted(node, &state) else { throw .revert("the operator is admitted already") }
        case .removeOperator(let node):
            guard try Staking.isAdmitted(node, &state) else { throw .revert("the operator is not admitted") }
        case .securityBreach(let node):
            let (isValidator, isNode) = try Self.removable(node, &state)
            guard isValidator || isNode else { throw .revert("there is no such validator or encryption node") }
        case .softwareUpgrade(let plan):
            guard !plan.name.isEmpty, !plan.name.utf8.contains(0) else { throw .revert("the upgrade has no proper name") }
            guard plan.height > state.height else { throw .revert("the upgrade's height has passed") }
        case .burnBuyback(let wei):
            guard !wei.isZero else { throw .revert("the amount is zero") }
        }
    }

    /// Carries the action out. A revert leaves changes behind that the caller has to undo.
    func carryOut(_ state: inout some ContractState) throws(NativeFailure) {
        try check(&state)
        switch self {
        case .text: break
        case .parameterChange(let changes): try Parameters.set(changes, &state)
        case .treasurySpend(let receiver, let wei): try Distribution.spendCommunityPool(wei, to: receiver, &state)
        case .admitOperator(let node): try Staking.admitOperator(node, &state)
        case .removeOperator(let node): try Staking.removeOperator(node, &state)
        case .securityBreach(let node): try Self.remove(node, &state)
        case .softwareUpgrade(let plan): try Governance.setPlan(plan, &state)
        case .cancelUpgrade:
            guard try Governance.plan(&state) != nil else { throw .revert("there is no upgrade plan") }
            try Governance.setPlan(nil, &state)
        case .burnBuyback(let wei): try Distribution.burnBuyback(wei, &state)
        }
    }

    /// Whether an account is a validator, and whether it is an encryption node, that has not been removed yet.
    private static func removable(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) -> (Bool, Bool) {
        let (validator, encryption) = (Staking.validator(node), Staking.node(node))
        let (isCreated, isRemoved) = (try validator.flag(.isCreated, &state), try validator.flag(.isTombstoned, &state))
        let (isRegistered, isGone) = (try encryption.flag(.status, &state), try encryption.flag(.isTombstoned, &state))
        return (isCreated && !isRemoved, isRegistered && !isGone)
    }

    private static func remove(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) {
        let fraction = try Parameters.get(.securityBreachSlash, &state)
        let (isValidator, isNode) = try removable(node, &state)
        if isValidator {
            try Staking.slash(node, fraction: fraction, infractionAt: state.seconds, &state)
            try Staking.tombstone(node, &state)
        }
        if isNode {
            try Staking.slashNode(node, fraction: fraction, &state)
            try Staking.jailNode(node, until: .max, forGood: true, &state)
        }
    }
}
