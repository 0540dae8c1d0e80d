import Precompiles
import Primitives
import TestKit
import Testing

@Suite struct BLSTests {
    /// The generators, in EIP-2537's encoding.
    static let generator1 =
        "0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb" +
        "0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1"
    static let generator2 =
        "00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8" +
        "0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e" +
        "000000000000000000000000000000000ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801" +
        "000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be"
    static let order = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"

    struct Group: Sendable, CustomStringConvertible {
        let add, multiExp: UInt32
        let generator: String
        var description: String { multiExp == 0x0c ? "G1" : "G2" }
    }

    static let groups = [
        Group(add: 0x0b, multiExp: 0x0c, generator: generator1), Group(add: 0x0d, multiExp: 0x0e, generator: generator2),
    ]

    /// Few points are multiplied one by one, many in buckets; infinite points, zeros and numbers above the order lie between.
    @Test(arguments: groups) func multiExpIsTheSumOfMultiplications(_ group: Group) throws {
        var random = SeededGenerator(seed: UInt64(group.multiExp))
        let generator = try bytes(group.generator)
        let infinity = [UInt8](repeating: 0, count: generator.count)
        for count in [1, 2, 3, 4, 5, 6, 8, 20, 40] {
            var (input, sum): ([UInt8], [UInt8]) = ([], infinity)
            for index in 0..<count {
                let point = try index % 4 == 3 ? infinity : #require(output(group.multiExp, generator + random.bytes(32)))
                let scalar =
                    switch index % 5 {
                    case 2: word(0)
                    case 3: try bytes(Self.order)
                    case 4: word(.max)
                    default: random.bytes(32)
                    }
                input += point + scalar
                let product = try #require(output(group.multiExp, point + scalar))
                sum = try #require(output(group.add, sum + product))
            }
            #expect(output(group.multiExp, input) == sum, "\(count)")
        }
    }

    @Test(arguments: groups) func theOrderAndTheGroupLaw(_ group: Group) throws {
        let generator = try bytes(group.generator)
        let infinity = [UInt8](repeating: 0, count: generator.count)
        #expect(try output(group.multiExp, generator + bytes(Self.order)) == infinity)
        #expect(output(group.multiExp, generator + word(1)) == generator)
        let double = try #require(output(group.add, generator + generator))
        #expect(output(group.multiExp, generator + word(2)) == double)
        #expect(output(group.add, double + generator) == output(group.multiExp, generator + word(3)))
        let order = try #require(UInt256(bigEndian: bytes(Self.order)))
        let negated = try #require(output(group.multiExp, generator + word(order - 1)))
        #expect(output(group.add, generator + negated) == infinity)
    }

    @Test func thePairingIsBilinear() throws {
        var random = SeededGenerator(seed: 15)
        let (p, q) = (try bytes(Self.generator1), try bytes(Self.generator2))
        let order = try #require(UInt256(bigEndian: bytes(Self.order)))
        for _ in 0..<5 {
            let k = try #require(UInt256(bigEndian: random.bytes(32))) % order
            let minusKP = try #require(output(0x0c, p + word(order - k)))
            let kQ = try #require(output(0x0e, q + word(k)))
            #expect(output(0x0f, minusKP + q + p + kQ) == word(1))
            #expect(output(0x0f, p + q + p + kQ) == word(0))
        }
        #expect(output(0x0f, [UInt8](repeating: 0, count: 128) + q) == word(1))
        #expect(output(0x0f, p + [UInt8](repeating: 0, count: 256)) == word(1))
    }

    @Test func emptyInputsFail() {
        for number in 0x0b...0x11 as ClosedRange<UInt32> { #expect(run(number, []) == .failure) }
    }
}
