import Cryptography
import Primitives
import TestKit
import Testing

@Suite struct PostQuantumTests {
    @Test(arguments: [(SignatureSuite.mldsa65, 0x901, 24_000), (.mldsa87, 0x902, 36_000)] as [(SignatureSuite, UInt32, UInt64)])
    func signaturesHoldForTheirMessageOnly(_ suite: SignatureSuite, _ number: UInt32, _ gas: UInt64) throws {
        var random = SeededGenerator(seed: UInt64(number))
        let key = try MLDSAPrivateKey(suite: suite, seed: random.bytes(32))
        let message = random.bytes(32)
        let input = try message + key.sign(message, context: []) + key.publicKey
        #expect(run(number, input) == .success(gasUsed: gas, output: word(1)))
        #expect(run(number, input, gas: gas - 1) == .failure)
        for _ in 0..<20 {
            var changed = input
            changed[Int.random(in: 0..<changed.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            #expect(run(number, changed) == .success(gasUsed: gas, output: word(0)))
        }
        for wrong in [[], Array(input.dropLast()), input + [0]] { #expect(output(number, wrong) == word(0)) }
        // A signature under a context, as transactions have one, authorises nothing here.
        let other = try message + key.sign(message, context: Array("qs".utf8)) + key.publicKey
        #expect(output(number, other) == word(0))
    }

    @Test func sha3OfKnownMessages() throws {
        #expect(try output(0x903, []) == bytes("a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"))
        #expect(try output(0x903, Array("abc".utf8)) == bytes("3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"))
        let abc512 =
            "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
            + "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"
        #expect(try output(0x904, Array("abc".utf8)) == bytes(abc512))
    }

    @Test func shakeGivesTheLengthThatIsAsked() throws {
        let empty = "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"
        #expect(run(0x905, word(32)) == .success(gasUsed: 72, output: try bytes(empty)))
        #expect(run(0x905, word(0)) == .success(gasUsed: 60, output: []))
        #expect(run(0x905, []) == .success(gasUsed: 60, output: []))
        #expect(run(0x905, word(33) + [UInt8](repeating: 1, count: 33)) == .success(
            gasUsed: 60 + 12 * 4, output: SHAKE256.squeeze(count: 33, from: [UInt8](repeating: 1, count: 33))))
        #expect(output(0x905, word(65_536))?.count == 65_536)
        #expect(run(0x905, word(65_537)) == .failure)
        #expect(run(0x905, word(.max)) == .failure)
    }
}
