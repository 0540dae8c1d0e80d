import ChainTypes
import Primitives

/// Calls that are tried out and forgotten.
enum CallMethods {
    static let table: [String: RPCMethod] = [
        "eth_call": .read { reader, parameters in
            let request = try callRequest(parameters.required(0))
            try refuseOverrides(parameters)
            switch try reader.call(request, at: parameters.block(1, reader)) {
            case .returned(let output): return .data(output)
            case .reverted(let data): throw RPCFailure.reverted(data)
            case .failed(let message): throw RPCFailure(message: message, reason: "executionFailed")
            }
        },
        "eth_estimateGas": .read { reader, parameters in
            let request = try callRequest(parameters.required(0))
            try refuseOverrides(parameters)
            return .quantity(try reader.estimateGas(request, at: parameters.block(1, reader)))
        },
    ]

    private static func refuseOverrides(_ parameters: RPCParameters) throws {
        guard let overrides = parameters.optional(2), overrides != .object([]) else { return }
        throw RPCFailure.invalidParameters("state overrides are not supported")
    }

    private static func callRequest(_ value: JSONValue) throws -> CallRequest {
        guard value.isObject else { throw RPCFailure.invalidParameters("invalid argument 0: expected an object") }
        func field<Value>(_ name: String, _ read: (JSONValue, String) throws -> Value) throws -> Value? {
            guard let member = value[name], member != .null else { return nil }
            return try read(member, name)
        }
        let (input, data) = (try field("input", Field.data), try field("data", Field.data))
        if let input, let data, input != data {
            throw RPCFailure.invalidParameters(
                "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass transaction call data")
        }
        let price = try field("gasPrice", Field.quantity) ?? field("maxFeePerGas", Field.quantity)
        return CallRequest(
            from: try field("from", Field.address) ?? .zero, to: try field("to", Field.address), gas: try field("gas", Field.number),
            gasPrice: price ?? .zero, value: try field("value", Field.quantity) ?? .zero, data: input ?? data ?? [],
            accessList: try field("accessList", Field.accessList) ?? [])
    }
}

extension RPCFailure {
    /// geth's code 3: the return data in hexadecimal, and in the message what `Error(string)` says.
    public static func reverted(_ data: [UInt8]) -> RPCFailure {
        let text = revertText(data)
        return RPCFailure(code: 3, message: "execution reverted" + (text.map { ": \($0)" } ?? ""), reason: "reverted", bytes: data)
    }

    /// The text of Solidity's `Error(string)`.
    private static func revertText(_ data: [UInt8]) -> String? {
        guard data.starts(with: [0x08, 0xc3, 0x79, 0xa0]), data.count >= 68 else { return nil }
        guard UInt256(bigEndian: data[4..<36]) == 32, let length = UInt256(bigEndian: data[36..<68])?.asUInt64 else { return nil }
        guard length <= UInt64(data.count - 68) else { return nil }
        return String(validating: data[68..<68 + Int(length)], as: UTF8.self)
    }
}
