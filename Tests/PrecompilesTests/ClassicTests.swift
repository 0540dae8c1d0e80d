import Primitives
import Testing
import TestKit

/// Hashes, recovery and modular powers beyond the official vectors.
@Suite struct ClassicTests {
    @Test func sha256OfKnownMessages() throws {
        #expect(try output(0x02, []) == bytes("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
        #expect(try output(0x02, Array("abc".utf8)) == bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    }

    @Test func ripemd160OfKnownMessages() throws {
        #expect(try output(0x03, []) == bytes("0000000000000000000000009c1185a5c5e9fc54612808977ee8f548b2258d31"))
        #expect(try output(0x03, Array("abc".utf8)) == bytes("0000000000000000000000008eb208f7e05d987a9b044a8e98c6b087f15a0bfc"))
    }

    @Test(arguments: [0, 1, 31, 32, 33, 64, 1000]) func linearPrices(_ count: Int) {
        let input = [UInt8](repeating: 7, count: count)
        let words = UInt64((count + 31) / 32)
        #expect(run(0x04, input) == .success(gasUsed: 15 + 3 * words, output: input))
        for (number, base, perWord) in [(0x02, 60, 12), (0x03, 600, 120), (0x903, 60, 12), (0x904, 60, 24)] as [(UInt32, UInt64, UInt64)] {
            guard case .success(let used, _) = run(number, input) else {
                Issue.record("\(number) fails")
                continue
            }
            #expect(used == base + perWord * words)
        }
    }

    /// Numbers outside 1 ..< order, and any v but 27 and 28, recover nothing and still cost the price.
    @Test func ecRecoverGivesNothingForWhatIsNoSignature() throws {
        let order = try bytes("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
        let hash = [UInt8](repeating: 0x11, count: 32)
        for v in [0, 1, 26, 29, 255] as [UInt256] { #expect(output(0x01, hash + word(v) + word(1) + word(1)) == []) }
        #expect(output(0x01, hash + [1] + word(27).dropFirst() + word(1) + word(1)) == [])
        for (r, s) in [(word(0), word(1)), (word(1), word(0)), (order, word(1)), (word(1), order), (word(.max), word(.max))] {
            #expect(run(0x01, hash + word(27) + r + s) == .success(gasUsed: 3000, output: []))
        }
        #expect(output(0x01, hash + word(27) + word(1) + word(1))?.count == 32)
    }

    @Test func modExpAgreesWithMachineWords() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            let base = UInt32.random(in: 0 ... .max, using: &random), exponent = UInt16.random(in: 0 ... .max, using: &random)
            let modulus = UInt32.random(in: 0...1000, using: &random)
            var expected: UInt64 = modulus == 1 ? 0 : 1
            if modulus == 0 { expected = 0 }
            for _ in 0..<exponent where modulus > 1 { expected = expected * UInt64(base) % UInt64(modulus) }
            var input = word(4) + word(2) + word(4)
            input.append(bigEndian: base)
            input.append(bigEndian: exponent)
            input.append(bigEndian: modulus)
            var wanted: [UInt8] = []
            wanted.append(bigEndian: UInt32(expected))
            #expect(output(0x05, input) == wanted)
        }
    }

    @Test func modExpReadsZerosBeyondTheInput() {
        // 3 ^ 0x0100 mod 0x0500, where the last byte of each number is missing: the exponent would swallow the modulus.
        #expect(output(0x05, word(1) + word(1) + word(2) + [3, 2, 5]) == [0, 9])
        #expect(output(0x05, word(1) + word(1) + word(1)) == [0])
        #expect(output(0x05, word(0) + word(0) + word(1) + [7]) == [1])
        #expect(output(0x05, word(0) + word(0) + word(1) + [1]) == [0])
        #expect(output(0x05, word(1) + word(1) + word(0)) == [])
    }

    /// EIP-7823 from Osaka on; before it such lengths cost more than any gas, but for a modulus and base of no bytes.
    @Test func modExpBoundsItsLengths() {
        for length in [UInt256.max, UInt256(1) << 64, UInt256(UInt64.max), UInt256(1) << 63, UInt256(1) << 40] {
            for lengths in [(length, 1, 1), (1, 1, length), (length, length, length)] as [(UInt256, UInt256, UInt256)] {
                let input = word(lengths.0) + word(lengths.1) + word(lengths.2)
                #expect(run(0x05, input, fork: .byzantium) == .failure)
                #expect(run(0x05, input, fork: .berlin) == .failure)
                #expect(run(0x05, input, fork: .osaka) == .failure)
            }
            #expect(run(0x05, word(0) + word(length) + word(0), fork: .byzantium) == .success(gasUsed: 0, output: []))
            #expect(run(0x05, word(0) + word(length) + word(0), fork: .berlin) == .success(gasUsed: 200, output: []))
            #expect(run(0x05, word(0) + word(length) + word(0), fork: .osaka) == .failure)
        }
        for index in 0..<3 {
            let lengths = (0..<3).flatMap { word($0 == index ? 1025 : 1) }
            #expect(run(0x05, lengths) == .failure)
            #expect(run(0x05, (0..<3).flatMap { word($0 == index ? 1024 : 1) }) != .failure)
        }
    }
}
