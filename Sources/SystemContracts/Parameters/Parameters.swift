import ChainTypes
import Primitives
import WorldState

/// `0x…0804`: the numbers that governance can change. Slot n holds the value of the parameter with raw value n.
public enum Parameters: SystemContract {
    public static let address = Address(low: 0x0804)
    public static let parameterChanged = ABI.topic("ParameterChanged(uint256,uint256)")

    public static func slot(of parameter: Parameter) -> Hash { StorageLayout.slot(parameter.rawValue) }

    static func get(_ parameter: Parameter, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        try state.load(slot(of: parameter), of: address)
    }

    static func number(_ parameter: Parameter, _ state: inout some ContractState) throws(NativeFailure) -> UInt64 {
        try get(parameter, &state).limb0
    }

    /// The gas limit of the block after a state.
    public static func blockGasLimit(_ state: some StateReader) throws(StateError) -> UInt64 {
        try state.storage(address, slot(of: .blockGasLimit)).limb0
    }

    /// A duration in whole seconds, rounded up.
    static func seconds(_ parameter: Parameter, _ state: inout some ContractState) throws(NativeFailure) -> UInt64 {
        let (whole, rest) = try number(parameter, &state).quotientAndRemainder(dividingBy: 1000)
        return rest == 0 ? whole : whole &+ 1
    }

    /// Changes parameters, all or none: for governance, after a vote. Reverts where a value is out of bounds or they do not fit
    /// each other and the others.
    public static func set(_ changes: [(Parameter, UInt256)], _ state: inout some ContractState) throws(NativeFailure) {
        try check(changes, &state)
        for (parameter, value) in changes {
            try state.store(slot(of: parameter), value, of: address)
            try state.emit(topics: [parameterChanged, Hash(parameter.rawValue)], data: Hash(value).bytes, of: address)
        }
    }

    public static func set(_ parameter: Parameter, _ value: UInt256, _ state: inout some ContractState) throws(NativeFailure) {
        try set([(parameter, value)], &state)
    }

    /// Reverts where `set` would.
    static func check(_ changes: [(Parameter, UInt256)], _ state: inout some ContractState) throws(NativeFailure) {
        var all = EconomyParameters()
        for each in Parameter.allCases { all[each] = try get(each, &state) }
        for (parameter, value) in changes { all[parameter] = value }
        if let fault = all.fault { throw .revert(fault) }
    }

    static func install(_ parameters: EconomyParameters, _ state: inout HookState) throws(NativeFailure) {
        for parameter in Parameter.allCases { try state.store(slot(of: parameter), parameters[parameter], of: address) }
    }

    public static let methods = MethodTable([
        Method("get(string)") { (arguments, frame) throws(NativeFailure) in
            let parameter = try named(&arguments, &frame)
            return [.word(try get(parameter, &frame))]
        },
        Method("bounds(string)") { (arguments, frame) throws(NativeFailure) in
            let parameter = try named(&arguments, &frame)
            return [.word(parameter.bounds.lowerBound), .word(parameter.bounds.upperBound), .text(parameter.unit.rawValue)]
        },
        Method("count()") { (_, _) throws(NativeFailure) in [.number(UInt64(Parameter.allCases.count))] },
        Method("nameOf(uint256)") { (arguments, _) throws(NativeFailure) in
            guard let parameter = Parameter(rawValue: try arguments.uint64()) else { throw .revert("there is no such parameter") }
            return [.text(parameter.name)]
        },
    ])

    private static func named(_ arguments: inout Calldata, _ frame: inout NativeFrame) throws(NativeFailure) -> Parameter {
        guard let parameter = Parameter(name: try arguments.bytes(atMost: 64, &frame)) else { throw .revert("there is no such parameter") }
        return parameter
    }
}
