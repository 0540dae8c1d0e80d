import Primitives

/// Byte code piece by piece.
struct Program {
    private(set) var code: [UInt8] = []

    static func + (program: Program, bytes: [UInt8]) -> Program {
        var program = program
        program.code += bytes
        return program
    }

    static func push(_ number: UInt64) -> [UInt8] { [0x67] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }
    static func push(_ address: Address) -> [UInt8] { [0x73] + address.bytes }
    static func push(_ word: UInt256) -> [UInt8] { [0x7f] + Hash(word).bytes }

    /// Repeats bytes that leave the stack as it was until the gas is used up.
    static func loop(before: [UInt8] = [], _ body: [UInt8], times: Int = 1) -> [UInt8] {
        let start = before.count
        let target = [UInt8(0x61), UInt8(start >> 8), UInt8(start & 0xff)]
        return before + [0x5b] + [[UInt8]](repeating: body, count: times).flatMap { $0 } + target + [0x56]
    }

    /// Copies the call data to memory.
    static let takeInput: [UInt8] = [0x36, 0x5f, 0x5f, 0x37]

    /// How a call is made.
    struct Call {
        var target: Address
        var wei: UInt64 = 0
        var isStatic = false
        /// nil for all that there is.
        var gas: UInt64?

        /// Calls with the memory that `takeInput` filled, and drops the result.
        var code: [UInt8] {
            let gas = gas.map { push($0) } ?? [0x5a]
            let arguments: [UInt8] = [0x5f, 0x5f, 0x36, 0x5f] + (isStatic ? [] : push(wei))
            return arguments + push(target) + gas + [isStatic ? 0xfa : 0xf1, 0x50]
        }
    }
}
