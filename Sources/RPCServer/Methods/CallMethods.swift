import ChainTypes
import Primitives

/// Calls that are tried out and forgotten.
enum CallMethods {
    static let table: [String: RPCMethod] = [
        "eth_call": .read(.long) { reader, parameters in
            switch try reader.call(parameters.call(), at: parameters.block(1, reader)) {
            case .returned(let output): return .data(output)
            case .reverted(let data): throw RPCFailure.reverted(data)
            case .failed(let message): throw RPCFailure(message: message, reason: "executionFailed")
            }
        },
        "eth_estimateGas": .read(.long) { reader, parameters in
            .quantity(try reader.estimateGas(parameters.call(), at: parameters.block(1, reader)))
        },
        "eth_createAccessList": .read(.long) { reader, parameters in
            let accesses = try reader.accessList(parameters.call(), at: parameters.block(1, reader))
            let members: [JSONValue.Member] = [
                .init("accessList", .array(accesses.list.map(TransactionJSON.accessListEntry))),
                .init("gasUsed", .quantity(accesses.gasUsed)),
            ]
            guard let failure = accesses.failure else { return .object(members) }
            return .object(members + [.init("error", .string(failure))])
        },
    ]
}

extension RPCFailure {
    /// geth's code 3: the return data in hexadecimal, and in the message what `Error(string)` or `Panic(uint256)` says.
    public static func reverted(_ data: [UInt8]) -> RPCFailure {
        let text = RevertReason.decode(data) ?? panicText(data)
        return RPCFailure(code: 3, message: "execution reverted" + (text.map { ": \($0)" } ?? ""), reason: "reverted", bytes: data)
    }

    /// The meaning of Solidity's `Panic(uint256)`, as geth puts it.
    private static func panicText(_ data: [UInt8]) -> String? {
        guard data.starts(with: [0x4e, 0x48, 0x7b, 0x71]), data.count >= 36 else { return nil }
        guard let code = UInt256(bigEndian: data[4..<36])?.asUInt64 else { return nil }
        let meanings: [UInt64: String] = [
            0x00: "generic panic", 0x01: "assert(false)", 0x11: "arithmetic underflow or overflow", 0x12: "division or modulo by zero",
            0x21: "enum overflow", 0x22: "invalid encoded storage byte array accessed",
            0x31: "out-of-bounds array access; popping on an empty array",
            0x32: "out-of-bounds access of an array or bytesN", 0x41: "out of memory", 0x51: "uninitialized function",
        ]
        return meanings[code] ?? "unknown panic code: 0x\(String(code, radix: 16))"
    }
}
