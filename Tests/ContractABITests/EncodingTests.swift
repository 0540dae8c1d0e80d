import ContractABI
import Cryptography
import Foundation
import Primitives
import TestKit
import Testing

/// The specification's own examples and Ethereum's vectors.
@Suite struct EncodingTests {
    private func hex(_ bytes: [UInt8]) -> String { String(Hex.encode(bytes).dropFirst(2)) }

    @Test func selectors() throws {
        #expect(Hex.encode(ContractABI.selector(try ABISignature("transfer(address,uint256)"))) == "0xa9059cbb")
        #expect(Hex.encode(ContractABI.selector(try ABISignature("baz(uint32,bool)"))) == "0xcdcd77c0")
        #expect(try ABISignature("f(uint,(int,bytes)[2][])").description == "f(uint256,(int256,bytes)[2][])")
    }

    /// `f(uint256,uint32[],bytes10,bytes)` of the specification's "Use of Dynamic Types".
    @Test func dynamicTypes() throws {
        let types = try ["uint256", "uint32[]", "bytes10", "bytes"].map { try ABIType($0) }
        let values: [ABIValue] = [
            .number(0x123), .list([.number(0x456), .number(0x789)]), .bytes(Array("1234567890".utf8)), .bytes(Array("Hello, world!".utf8)),
        ]
        let expected = [
            "0000000000000000000000000000000000000000000000000000000000000123", "0000000000000000000000000000000000000000000000000000000000000080",
            "3132333435363738393000000000000000000000000000000000000000000000", "00000000000000000000000000000000000000000000000000000000000000e0",
            "0000000000000000000000000000000000000000000000000000000000000002", "0000000000000000000000000000000000000000000000000000000000000456",
            "0000000000000000000000000000000000000000000000000000000000000789", "000000000000000000000000000000000000000000000000000000000000000d",
            "48656c6c6f2c20776f726c642100000000000000000000000000000000000000",
        ].joined()
        let bytes = try ContractABI.encode(values, as: types)
        #expect(hex(bytes) == expected)
        #expect(try ContractABI.decode(bytes, as: types) == values)
    }

    /// `g(uint256[][],string[])` of the same chapter.
    @Test func nestedDynamicTypes() throws {
        let types = try ["uint256[][]", "string[]"].map { try ABIType($0) }
        let values: [ABIValue] = [
            .list([.list([.number(1), .number(2)]), .list([.number(3)])]), .list([.string("one"), .string("two"), .string("three")]),
        ]
        let bytes = try ContractABI.encode(values, as: types)
        #expect(bytes.count == 20 * 32)
        let words = stride(from: 0, to: bytes.count, by: 32).map { Int(bytes[$0 + 31]) | Int(bytes[$0 + 30]) << 8 }
        #expect(words.prefix(11) == [0x40, 0x140, 2, 0x40, 0xa0, 2, 1, 2, 1, 3, 3])
        #expect(try ContractABI.decode(bytes, as: types) == values)
    }

    @Test func signedNumbers() throws {
        let type = try ABIType("int8")
        let minusOne = ABIValue.number(.max)
        #expect(try ContractABI.encode([minusOne], as: [type]) == [UInt8](repeating: 0xff, count: 32))
        #expect(throws: ABIError.outOfRange(type)) { try ContractABI.encode([.number(128)], as: [type]) }
        #expect(throws: ABIError.invalidPadding(type)) { try ContractABI.decode(Hash(128 as UInt256).bytes, as: [type]) }
    }

    @Test(.enabled(if: Vectors.isExpected, "the official vectors are not here")) func officialVectors() throws {
        for file in try Vectors.files(under: "evm/ABITests") {
            for (name, test) in try Vectors.object(file) {
                let test = try #require(test as? [String: Any])
                let types = try #require(test["types"] as? [String]).map { try ABIType($0) }
                let values = try zip(try #require(test["args"] as? [Any]), types).map { try value($0, $1) }
                #expect(hex(try ContractABI.encode(values, as: types)) == test["result"] as? String, "\(name)")
            }
        }
    }

    private func value(_ json: Any, _ type: ABIType) throws -> ABIValue {
        switch type {
        case .address: .address(try #require((json as? String).flatMap { Address(hex: $0) }))
        case .fixedBytes, .bytes: .bytes(Array(try #require(json as? String).utf8))
        case .array(let element): .list(try #require(json as? [Any]).map { try value($0, element) })
        default: .number(UInt256(try #require(json as? UInt64)))
        }
    }

    @Test(arguments: ["uint7", "uint264", "uint08", "bytes33", "bytes0", "uint256[", "(uint256", "", "foo", "uint256[-1]", "uint[99999999999999999999]",
        "uint[4096][4096][4096]", String(repeating: "(", count: 100)])
    func noTypes(text: String) { #expect(throws: ABISyntaxError.self) { try ABIType(text) } }
}

/// Bytes from anyone.
@Suite struct HostileABITests {
    @Test func randomValuesComeBack() throws {
        var random = SeededGenerator(seed: 77)
        for _ in 0..<2000 {
            let types = (0..<Int.random(in: 0...4, using: &random)).map { _ in type(&random, depth: 3) }
            let values = types.map { value($0, &random) }
            let bytes = try ContractABI.encode(values, as: types)
            #expect(try ContractABI.decode(bytes, as: types) == values)
            for type in types { #expect(try ABIType(type.description) == type) }
        }
    }

    @Test func changedBytesNeverTrap() throws {
        var random = SeededGenerator(seed: 78)
        for _ in 0..<3000 {
            let types = (0..<3).map { _ in type(&random, depth: 3) }
            var bytes = try ContractABI.encode(types.map { value($0, &random) }, as: types)
            for _ in 0..<3 where !bytes.isEmpty { bytes[Int.random(in: bytes.indices, using: &random)] = random.bytes(1)[0] }
            bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            // What is taken is written the same way, or differs only in where its tails stand.
            if let values = try? ContractABI.decode(bytes, as: types) { _ = try ContractABI.encode(values, as: types) }
        }
    }

    /// Many offsets to one text: the message is small and what it stands for is not.
    @Test func oneTextNamedManyTimesIsRefused() throws {
        func message(_ names: Int, textBytes: Int) -> [UInt8] {
            func word(_ number: Int) -> [UInt8] { Hash(UInt256(UInt64(number))).bytes }
            let offsets = (0..<names).flatMap { _ in word(32 * names) }
            return word(32) + word(names) + offsets + word(textBytes) + [UInt8](repeating: 0x61, count: textBytes)
        }
        let type = try ABIType("string[]")
        #expect(try ContractABI.decode(message(4, textBytes: 32_000), as: [type]).count == 1)
        #expect(throws: ABIError.tooLarge) { try ContractABI.decode(message(16, textBytes: 32_000), as: [type]) }
        #expect(throws: ABIError.tooLarge) { try ContractABI.decode(message(16_384, textBytes: 1_500_000), as: [type]) }
    }

    @Test func bombsAreRefused() throws {
        // 64 elements that all are one array of 64, whose elements all are one array of 64 numbers: 262,144 values in 6 KB.
        func word(_ number: Int) -> [UInt8] { Hash(UInt256(UInt64(number))).bytes }
        let level = { (count: Int) in word(64) + Array(repeating: word(count), count: 64).flatMap(\.self) }
        let bytes = word(32) + level(64 * 32) + level(64 * 32) + level(1)
        #expect(throws: ABIError.tooLarge) { try ContractABI.decode(bytes, as: [ABIType("uint8[][][]")]) }
        #expect(try ContractABI.decode(word(32) + level(64 * 32) + level(1), as: [ABIType("uint8[][]")]).count == 1)
        let empty = [try ABIType("()[]")]
        let many = Hash(32 as UInt256).bytes + Hash(UInt256(1 << 40)).bytes
        #expect(throws: ABIError.self) { try ContractABI.decode(many, as: empty) }
        #expect(throws: ABIError.self) { try ContractABI.decode(Hash(UInt256.max).bytes, as: [.bytes]) }
        #expect(throws: ABIError.self) { try ContractABI.decode([], as: [.uint256]) }
    }

    private func type(_ random: inout SeededGenerator, depth: Int) -> ABIType {
        switch Int.random(in: 0..<(depth == 0 ? 7 : 10), using: &random) {
        case 0: .unsigned(bits: 8 * Int.random(in: 1...32, using: &random))
        case 1: .signed(bits: 8 * Int.random(in: 1...32, using: &random))
        case 2: .address
        case 3: .bool
        case 4: .fixedBytes(Int.random(in: 1...32, using: &random))
        case 5: .bytes
        case 6: .string
        case 7: .array(type(&random, depth: depth - 1))
        case 8: .fixedArray(type(&random, depth: depth - 1), count: Int.random(in: 0...3, using: &random))
        default: .tuple((0..<Int.random(in: 0...3, using: &random)).map { _ in type(&random, depth: depth - 1) })
        }
    }

    private func value(_ type: ABIType, _ random: inout SeededGenerator) -> ABIValue {
        switch type {
        case .unsigned(let bits): .number((UInt256(bigEndian: random.bytes(32)) ?? .zero) >> (256 - bits))
        case .signed(let bits):
            // Either sign: a random number that is spread over the high bits.
            random.bytes(1)[0] < 128
                ? .number((UInt256(bigEndian: random.bytes(32)) ?? .zero) >> (257 - bits))
                : .number(.max &- ((UInt256(bigEndian: random.bytes(32)) ?? .zero) >> (257 - bits)))
        case .address: .address(Address(random.bytes(20)) ?? .zero)
        case .bool: .bool(random.bytes(1)[0] < 128)
        case .fixedBytes(let count): .bytes(random.bytes(count))
        case .bytes: .bytes(random.bytes(0...70))
        case .string: .string(String(repeating: "é", count: Int.random(in: 0...20, using: &random)))
        case .array(let element): .list((0..<Int.random(in: 0...3, using: &random)).map { _ in value(element, &random) })
        case .fixedArray(let element, let count): .list((0..<count).map { _ in value(element, &random) })
        case .tuple(let members): .list(members.map { value($0, &random) })
        }
    }
}
