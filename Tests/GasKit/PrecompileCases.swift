import Crypto
import Cryptography
import Execution
import Precompiles
import Primitives
import TestKit

/// Every precompile, with inputs that cost it most.
enum PrecompileCases {
    static func all(_ machine: Machine) throws -> [GasCase] {
        try inputs().map { item in
            let address = Address(low: item.number)
            let price: UInt64
            switch Precompiles.run(address, input: item.input, gas: .max, fork: ProtocolRules.fork) {
            case .success(let gas, _): price = gas
            case .failure: price = item.priceOfFailure
            }
            let call = Program.Call(target: address, isStatic: true, gas: price)
            let code = Program.loop(before: Program.takeInput, call.code)
            let kind: GasCase.Kind = item.number >= 0x901 && item.number < 0x1000 ? .ownPrecompile : .precompile
            return GasCase(kind, item.name) { try machine.run(code, input: item.input, gas: $0 + 3_000_000) }
        }
    }

    /// The addresses that have an input.
    static func covered() throws -> Set<Address> { Set(try inputs().map { Address(low: $0.number) }) }

    private struct Item {
        let number: UInt32
        let name: String
        let input: [UInt8]
        /// What a call gives that is refused in the end, and so loses.
        var priceOfFailure: UInt64 = 0
    }

    private static func inputs() throws -> [Item] {
        hashes() + modExp() + (try signatures()) + bn254() + (try bls())
    }

    private static func bytes(_ count: Int) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(count))
        return random.bytes(count)
    }

    private static func output(_ number: UInt32, _ input: [UInt8]) -> [UInt8] {
        guard case .success(_, let output) = Precompiles.run(Address(low: number), input: input, gas: .max, fork: ProtocolRules.fork) else {
            return []
        }
        return output
    }

    private static func hashes() -> [Item] {
        var items: [Item] = []
        let functions: [(UInt32, String)] = [
            (0x02, "SHA-256"), (0x03, "RIPEMD-160"), (0x04, "identity"), (0x903, "SHA3-256"), (0x904, "SHA3-512"),
        ]
        for (number, name) in functions {
            for (length, text) in [(0, "nothing"), (72, "72 bytes"), (136, "136 bytes"), (1 << 16, "64 KiB"), (1 << 19, "512 KiB")] {
                items.append(Item(number: number, name: "\(name), \(text)", input: bytes(length)))
            }
        }
        items.append(Item(number: 0x905, name: "SHAKE256, 64 KiB out", input: Hash(UInt256(65_536)).bytes))
        items.append(Item(number: 0x905, name: "SHAKE256, 512 KiB in", input: Hash(UInt256(1)).bytes + bytes(1 << 19)))
        items.append(Item(number: 0x905, name: "SHAKE256, nothing", input: []))
        for rounds in [0, 1, 12, 100_000] as [UInt32] {
            let count = withUnsafeBytes(of: rounds.bigEndian) { Array($0) }
            items.append(Item(number: 0x09, name: "BLAKE2 F, \(rounds) rounds", input: count + bytes(208) + [1]))
        }
        return items
    }

    private static func modExp() -> [Item] {
        var items: [Item] = []
        for length in [8, 32, 40, 64, 128, 256, 512, 1024] {
            for exponentLength in [1, 3, 32, 64, 256] {
                for (kind, last) in [("odd", 0xff), ("even", 0xfe), ("a power of two", 0)] as [(String, UInt8)] {
                    let exponent = [UInt8](repeating: 0xff, count: exponentLength)
                    let modulus =
                        last == 0 ? [0x80] + [UInt8](repeating: 0, count: length - 1) : [UInt8](repeating: 0xff, count: length - 1) + [last]
                    let lengths = [length, exponentLength, length].flatMap { Hash(UInt256(UInt64($0))).bytes }
                    items.append(
                        Item(
                            number: 0x05, name: "power, \(8 * length) bits to \(8 * exponentLength), \(kind)",
                            input: lengths + bytes(length) + exponent + modulus))
                }
            }
        }
        return items
    }

    private static func signatures() throws -> [Item] {
        var items: [Item] = []
        let numbers = (1...20).map { [UInt8](repeating: UInt8($0), count: 32) }
        // Half of all numbers are the x of a point.
        let recovered = numbers.map { bytes(32) + Hash(UInt256(27)).bytes + $0 + bytes(32) }
        if let valid = recovered.first(where: { !output(0x01, $0).isEmpty }) {
            items.append(Item(number: 0x01, name: "ecrecover", input: valid))
        }
        if let invalid = recovered.first(where: { output(0x01, $0).isEmpty }) {
            items.append(Item(number: 0x01, name: "ecrecover, no point", input: invalid))
        }
        let generator = try hex(
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        )
        items.append(Item(number: 0x100, name: "secp256r1", input: bytes(32) + numbers[3] + numbers[4] + generator))
        items.append(Item(number: 0x100, name: "secp256r1, no point", input: bytes(32) + numbers[3] + numbers[4] + bytes(64)))
        let commitment = try hex("97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb")
        let version = [0x01] + Array(SHA256.hash(data: commitment)).dropFirst()
        items.append(
            Item(
                number: 0x0a, name: "point evaluation, wrong", input: version + numbers[2] + numbers[3] + commitment + commitment,
                priceOfFailure: 50_000))
        for (suite, number) in [(SignatureSuite.mldsa65, 0x901), (.mldsa87, 0x902)] as [(SignatureSuite, UInt32)] {
            let key = try MLDSAPrivateKey(suite: suite, seed: bytes(32))
            let message = bytes(32)
            let signature = try key.sign(message, context: [])
            items.append(Item(number: number, name: "\(suite), holds", input: message + signature + key.publicKey))
            items.append(Item(number: number, name: "\(suite), another message", input: bytes(33).dropFirst() + signature + key.publicKey))
            items.append(Item(number: number, name: "\(suite), random bytes", input: bytes(32 + signature.count + key.publicKey.count)))
        }
        return items
    }

    private static func bn254() -> [Item] {
        let one = Hash(UInt256(1)).bytes + Hash(UInt256(2)).bytes
        let points = (1...8).map { output(0x07, one + [UInt8](repeating: UInt8($0 * 7), count: 32)) }
        let twist = [
            "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
            "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
            "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
            "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
        ].flatMap { Hex.decode($0) ?? [] }
        var items = [
            Item(number: 0x06, name: "alt_bn128 addition", input: points[0] + points[1]),
            Item(number: 0x06, name: "alt_bn128 addition, doubled", input: points[0] + points[0]),
            Item(number: 0x06, name: "alt_bn128 addition, nothing", input: []),
            Item(number: 0x07, name: "alt_bn128 multiplication", input: points[0] + [UInt8](repeating: 0xff, count: 32)),
        ]
        for count in [0, 1, 2, 8] {
            items.append(Item(number: 0x08, name: "alt_bn128 pairing, \(count)", input: points.prefix(count).flatMap { $0 + twist }))
        }
        items.append(
            Item(
                number: 0x08, name: "alt_bn128 pairing, the last no point", input: points.flatMap { $0 + twist } + bytes(192),
                priceOfFailure: 45_000 + 9 * 34_000))
        return items
    }

    private static func bls() throws -> [Item] {
        let firsts = (1...130).map { output(0x10, [UInt8](repeating: 0, count: 63) + [UInt8($0)]) }
        let seconds = (1...130).map { output(0x11, [UInt8](repeating: 0, count: 127) + [UInt8($0)]) }
        var items = [
            Item(number: 0x0b, name: "BLS G1 addition", input: firsts[0] + firsts[1]),
            Item(number: 0x0d, name: "BLS G2 addition", input: seconds[0] + seconds[1]),
            Item(
                number: 0x10, name: "BLS map to G1", input: [UInt8](repeating: 0, count: 20) + [UInt8](repeating: 0, count: 12) + bytes(32)),
            Item(number: 0x11, name: "BLS map to G2", input: [UInt8](repeating: 0, count: 96) + bytes(32)),
        ]
        for count in [1, 2, 4, 5, 16, 128] {
            func terms(_ points: [[UInt8]]) -> [UInt8] { points.prefix(count).flatMap { $0 + [UInt8](repeating: 0xff, count: 32) } }
            items.append(Item(number: 0x0c, name: "BLS G1 sum of \(count)", input: terms(firsts)))
            items.append(Item(number: 0x0e, name: "BLS G2 sum of \(count)", input: terms(seconds)))
        }
        for count in [1, 2, 8] {
            items.append(Item(number: 0x0f, name: "BLS pairing, \(count)", input: zip(firsts, seconds).prefix(count).flatMap { $0 + $1 }))
        }
        return items
    }

    private static func hex(_ text: String) throws -> [UInt8] {
        guard let bytes = Hex.decode(text) else { throw World.Failure(what: "no bytes: \(text)") }
        return bytes
    }
}

extension World {
    /// Opcodes and precompiles.
    public func ethereumCases() throws -> [GasCase] { OpcodeCases.all(machine, size) + (try PrecompileCases.all(machine)) }

    /// Precompiles without an input: a test holds that there is none.
    public func precompilesWithoutInput() throws -> [Address] {
        let covered = try PrecompileCases.covered()
        return Precompiles.addresses(ProtocolRules.fork).filter { !covered.contains($0) }
    }

    /// What all others are compared with.
    public var keccak: GasCase {
        let code = Program.loop(
            before: Program.push(64 << 10 as UInt64) + [0x51, 0x50], Program.push(64 << 10 as UInt64) + [0x5f, 0x20, 0x50])
        return GasCase(.opcode, "KECCAK256, 64 KiB") { [machine] in try machine.run(code, gas: $0) }
    }
}
