import Foundation
import Precompiles
import Primitives
import TestKit
import Testing

/// A call of the precompile with this number as its address.
func run(_ number: UInt32, _ input: [UInt8], gas: UInt64 = .max, fork: Fork = .osaka) -> PrecompileOutcome {
    Precompiles.run(Address(low: number), input: input, gas: gas, fork: fork)
}

/// The output of a call that succeeds, else nil.
func output(_ number: UInt32, _ input: [UInt8], fork: Fork = .osaka) -> [UInt8]? {
    guard case .success(_, let output) = run(number, input, fork: fork) else { return nil }
    return output
}

func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

func word(_ value: UInt256) -> [UInt8] { Hash(value).bytes }

/// One file of go-ethereum's vectors: the precompile that it is for and a fork with its prices.
struct GethFile: Sendable, CustomStringConvertible {
    let name: String
    let number: UInt32
    let fork: Fork
    let count: Int

    var description: String { name }

    /// Every file and the number of its cases. The files of the removed multiplications fit the multi-exponentiations,
    /// which price one multiplication the same.
    static let all: [GethFile] = [
        .init("ecRecover", 0x01, .osaka, 5),
        .init("modexp", 0x05, .byzantium, 17), .init("modexp_eip2565", 0x05, .berlin, 47), .init("modexp_eip7883", 0x05, .osaka, 45),
        .init("bn256Add", 0x06, .osaka, 16), .init("bn256ScalarMul", 0x07, .osaka, 19), .init("bn256Pairing", 0x08, .osaka, 14),
        .init("blake2F", 0x09, .osaka, 5), .init("fail-blake2f", 0x09, .osaka, 4),
        .init("pointEvaluation", 0x0a, .osaka, 1),
        .init("blsG1Add", 0x0b, .osaka, 112), .init("fail-blsG1Add", 0x0b, .osaka, 6),
        .init("blsG1Mul", 0x0c, .osaka, 11), .init("fail-blsG1Mul", 0x0c, .osaka, 7),
        .init("blsG1MultiExp", 0x0c, .osaka, 154), .init("fail-blsG1MultiExp", 0x0c, .osaka, 7),
        .init("blsG2Add", 0x0d, .osaka, 112), .init("fail-blsG2Add", 0x0d, .osaka, 6),
        .init("blsG2Mul", 0x0e, .osaka, 11), .init("fail-blsG2Mul", 0x0e, .osaka, 7),
        .init("blsG2MultiExp", 0x0e, .osaka, 153), .init("fail-blsG2MultiExp", 0x0e, .osaka, 7),
        .init("blsPairing", 0x0f, .osaka, 106), .init("fail-blsPairing", 0x0f, .osaka, 9),
        .init("blsMapG1", 0x10, .osaka, 105), .init("fail-blsMapG1", 0x10, .osaka, 5),
        .init("blsMapG2", 0x11, .osaka, 105), .init("fail-blsMapG2", 0x11, .osaka, 5),
        .init("p256Verify", 0x100, .osaka, 782),
    ]

    init(_ name: String, _ number: UInt32, _ fork: Fork, _ count: Int) {
        (self.name, self.number, self.fork, self.count) = (name, number, fork, count)
    }

    /// A case; `expected` and `gas` are nil where the call must fail.
    struct Case: Decodable {
        let name, input: String
        let expected: String?
        let gas: UInt64?

        enum CodingKeys: String, CodingKey {
            case name = "Name", input = "Input", expected = "Expected", gas = "Gas"
        }
    }

    func cases() throws -> [Case] {
        let root = try #require(Vectors.root)
        let file = root.appending(path: "evm/precompiles/geth/\(name).json")
        return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
    }
}
