import Cryptography
import Primitives
import TestKit
import Testing

@Suite struct SpongeTests {
    /// The sponge as FIPS 202, section 4 writes it, on the plain permutation.
    private static func plain(_ message: [UInt8], rate: Int, suffix: UInt8, count: Int) -> [UInt8] {
        var padded = message + [suffix]
        while !padded.count.isMultiple(of: rate) { padded.append(0) }
        padded[padded.count - 1] ^= 0x80
        var state = [UInt64](repeating: 0, count: 25)
        for block in stride(from: 0, to: padded.count, by: rate) {
            for index in 0..<rate { state[index / 8] ^= UInt64(padded[block + index]) << UInt64(8 * (index % 8)) }
            state = PlainKeccak.permute(state)
        }
        var output: [UInt8] = []
        while output.count < count {
            output += (0..<rate).map { UInt8(truncatingIfNeeded: state[$0 / 8] >> UInt64(8 * ($0 % 8))) }
            state = PlainKeccak.permute(state)
        }
        return Array(output.prefix(count))
    }

    @Test(arguments: [(72, 0x06), (136, 0x01), (168, 0x1f)]) func everyLengthAroundTheBlockEqualsThePlainSponge(rate: Int, suffix: Int) {
        var generator = SeededGenerator(seed: 4)
        for length in 0...2 * rate + 2 {
            let message = generator.bytes(length)
            var sponge = Sponge(rate: rate, suffix: UInt8(suffix))
            sponge.absorb(message)
            let count = length.isMultiple(of: 50) ? 3 * rate + 1 : 32
            #expect(sponge.squeeze(count) == Self.plain(message, rate: rate, suffix: UInt8(suffix), count: count), "\(length) bytes")
        }
    }

    @Test func piecesOfAnySizeEqualTheWhole() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            let message = generator.bytes(0...1000)
            var (absorbing, rest) = (SHAKE256.sponge, message[...])
            while !rest.isEmpty {
                let count = Int.random(in: 0...300, using: &generator)
                absorbing.absorb(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            let whole = SHAKE256.squeeze(count: 700, from: message)
            var squeezed: [UInt8] = []
            while squeezed.count < 700 {
                squeezed += absorbing.squeeze(min(700 - squeezed.count, Int.random(in: 0...300, using: &generator)))
            }
            #expect(squeezed == whole)
        }
    }

    @Test func hashingMayGoOnAfterALookAtTheDigest() {
        var sponge = Keccak256.sponge
        #expect(sponge.hash == Keccak256.hash([]))
        sponge.absorb([1, 2, 3])
        #expect(sponge.hash == Keccak256.hash([1, 2, 3]))
        sponge.absorb([4])
        #expect(sponge.hash == Keccak256.hash([1, 2, 3, 4]))
        #expect(sponge.hash == Keccak256.hash(parts: [1], [], [2, 3, 4]))
    }

    @Test func everyKindOfCollectionHashesAlike() {
        let bytes = SeededGenerator(seed: 6).generated(500)
        let expected = Keccak256.hash(bytes)
        #expect(Keccak256.hash(bytes[...]) == expected)
        #expect(Keccak256.hash(([9] + bytes)[1...]) == expected)
        #expect(Keccak256.hash(bytes.lazy.map { $0 }) == expected)
        #expect(bytes.withUnsafeBytes { Keccak256.hash($0) } == expected)
    }
}

extension SeededGenerator {
    fileprivate func generated(_ count: Int) -> [UInt8] {
        var copy = self
        return copy.bytes(count)
    }
}
