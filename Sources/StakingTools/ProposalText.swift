import ChainTypes
import Primitives
import SystemContracts

/// Actions of proposals as people read them.
public enum ProposalText {
    /// One line for each thing that a proposal would do; empty for a text.
    public static func describe(kind: String, payload: [UInt8]) -> [String] {
        guard let kind = ProposalKind.allCases.first(where: { "\($0)" == kind }), let action = try? ProposalAction(kind, payload: payload)
        else { return ["an action that this program does not know"] }
        return switch action {
        case .text: []
        case .parameterChange(let changes): changes.map { "set \($0.0.name) to \(ParameterText.show($0.1, $0.0.unit))" }
        case .treasurySpend(let receiver, let wei): ["pay \(QST.format(wei)) QST of the community pool to \(receiver.hex)"]
        case .admitOperator(let node): ["admit the operator node \(node.hex)"]
        case .removeOperator(let node): ["remove the operator node \(node.hex)"]
        case .securityBreach(let node): ["slash \(node.hex) and remove it for good"]
        case .softwareUpgrade(let plan): ["upgrade to \(plan.name), protocol version \(plan.version), at block \(plan.height)"]
        case .cancelUpgrade: ["cancel the planned upgrade"]
        case .burnBuyback(let wei): ["burn \(QST.format(wei)) QST of the buyback reserve"]
        }
    }

    /// Reads `name=value` with units; nil for an unknown name or a value that is none.
    public static func change(_ text: String) -> (Parameter, UInt256)? {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let parameter = Parameter(name: String(parts[0])),
            let value = ParameterText.parse(String(parts[1]), as: parameter.unit)
        else { return nil }
        return (parameter, value)
    }
}
