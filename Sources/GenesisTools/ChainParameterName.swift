import ChainTypes
import Primitives
import StakingTools

/// The parameters of a chain that governance cannot change, by name. The others are `Parameter`s.
enum ChainParameterName: String, CaseIterable {
    case initialBaseFee, proposeDelayMilliseconds, heartbeatMilliseconds, viewTimeoutMilliseconds, minimumBlockIntervalMilliseconds
    case epochMilliseconds, operatorThreshold, operatorCommittee, communityThreshold, communityCommittee, fragmentThreshold
    case keyRequestFee, keyRequestFeePerMiB

    private enum Place {
        case number(WritableKeyPath<ChainParameters, UInt64>, Parameter.Unit)
        case wei(WritableKeyPath<ChainParameters, UInt256>)
    }

    private var place: Place {
        switch self {
        case .initialBaseFee: .wei(\.initialBaseFee)
        case .proposeDelayMilliseconds: .number(\.proposeDelayMilliseconds, .milliseconds)
        case .heartbeatMilliseconds: .number(\.heartbeatMilliseconds, .milliseconds)
        case .viewTimeoutMilliseconds: .number(\.viewTimeoutMilliseconds, .milliseconds)
        case .minimumBlockIntervalMilliseconds: .number(\.minimumBlockIntervalMilliseconds, .milliseconds)
        case .epochMilliseconds: .number(\.epochMilliseconds, .milliseconds)
        case .operatorThreshold: .number(\.operatorThreshold, .count)
        case .operatorCommittee: .number(\.operatorCommittee, .count)
        case .communityThreshold: .number(\.communityThreshold, .count)
        case .communityCommittee: .number(\.communityCommittee, .count)
        case .fragmentThreshold: .number(\.fragmentThreshold, .count)
        case .keyRequestFee: .wei(\.keyRequestFee)
        case .keyRequestFeePerMiB: .wei(\.keyRequestFeePerMiB)
        }
    }

    var unit: Parameter.Unit {
        switch place {
        case .number(_, let unit): unit
        case .wei: .wei
        }
    }

    func value(in parameters: ChainParameters) -> UInt256 {
        switch place {
        case .number(let path, _): UInt256(parameters[keyPath: path])
        case .wei(let path): parameters[keyPath: path]
        }
    }

    /// What the value must lie in: wide, so that only what no chain can live with is refused.
    var bounds: ClosedRange<UInt256> {
        switch self {
        case .initialBaseFee: 1...QST.one
        case .minimumBlockIntervalMilliseconds: 1...60_000
        case .proposeDelayMilliseconds: 0...60_000
        case .heartbeatMilliseconds, .viewTimeoutMilliseconds: 50...600_000
        case .epochMilliseconds: 1000...2_592_000_000
        case .operatorThreshold, .operatorCommittee, .communityThreshold, .communityCommittee: 2...128
        case .fragmentThreshold: 1...255
        case .keyRequestFee, .keyRequestFeePerMiB: 0...QST.one * 1_000_000
        }
    }

    /// Whether the value fits into its place.
    func set(_ value: UInt256, in parameters: inout ChainParameters) -> Bool {
        switch place {
        case .number(let path, _):
            guard let number = value.asUInt64 else { return false }
            parameters[keyPath: path] = number
        case .wei(let path): parameters[keyPath: path] = value
        }
        return true
    }
}

extension GenesisDocument {
    /// Sets a parameter by name from text such as `3d`, `50%`, `200000qst` or a bare number.
    /// - Returns: what is wrong; nil where it was set. Bounds are checked with everything else.
    public mutating func set(parameter name: String, to text: String) -> String? {
        if let parameter = Parameter(name: name) {
            guard let value = ParameterText.parse(text, as: parameter.unit) else { return Self.fault(name, text, parameter.unit) }
            economy[parameter] = value
            return nil
        }
        guard let parameter = ChainParameterName(rawValue: name) else { return "there is no parameter \(name)" }
        guard let value = ParameterText.parse(text, as: parameter.unit), parameter.set(value, in: &parameters) else {
            return Self.fault(name, text, parameter.unit)
        }
        return nil
    }

    private static func fault(_ name: String, _ text: String, _ unit: Parameter.Unit) -> String {
        let example = switch unit {
        case .wei: "\"200000qst\" or a number of wei"
        case .milliseconds: "\"3d\", \"12h\", \"5m\", \"30s\" or a number of milliseconds"
        case .fraction: "\"50%\""
        case .count, .gas: "a whole number"
        }
        return "parameters: \(name) is \(text); it must be \(example)"
    }

    /// Every parameter with its value, as text that `set` reads.
    var parameterTexts: [(name: String, text: String)] {
        let fixed = ChainParameterName.allCases.map { ($0.rawValue, GenesisText.parameter($0.value(in: parameters), $0.unit)) }
        return fixed + Parameter.allCases.map { ($0.name, GenesisText.parameter(economy[$0], $0.unit)) }
    }
}
