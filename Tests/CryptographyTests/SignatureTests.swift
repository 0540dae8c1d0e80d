import CMLDSA
import Cryptography
import Primitives
import TestKit
import Testing

@Suite struct SignatureTests {
    private struct File: Decodable {
        struct Group: Decodable {
            let publicKey: String
            let tests: [Case]
        }
        struct Case: Decodable {
            let tcId: Int
            let comment, msg, sig, result: String
            let ctx: String?
        }
        let testGroups: [Group]
    }

    /// Wycheproof: signatures that hold, and ones made wrong in every known way.
    static func checkVerification(_ suite: SignatureSuite) -> SampleTests.Check {
        { name in
            var count = 0
            for group in try Samples.json(name, as: File.self).testGroups {
                let key = try #require(Hex.decode(group.publicKey))
                for test in group.tests {
                    let holds = MLDSA.verify(
                        suite: suite, publicKey: key, message: try #require(Hex.decode(test.msg)),
                        context: try #require(Hex.decode(test.ctx ?? "")), signature: try #require(Hex.decode(test.sig)))
                    #expect(holds == (test.result == "valid"), "\(test.tcId): \(test.comment)")
                    count += 1
                }
            }
            return count
        }
    }

    /// Known answers: the public key that a seed makes, and a signature by it.
    static func checkKeys(_ suite: SignatureSuite) -> SampleTests.Check {
        { name in
            let records = try Samples.records(name)
            for record in records {
                let key = try MLDSAPrivateKey(suite: suite, seed: record.bytes("xi"))
                #expect(key.publicKey == (try record.bytes("pk")))
                let (message, context) = (try record.bytes("msg"), try record.bytes("ctx"))
                let signature = Array(try record.bytes("sm").dropLast(message.count))
                #expect(MLDSA.verify(suite: suite, publicKey: key.publicKey, message: message, context: context, signature: signature))
            }
            return records.count
        }
    }

    /// The simulation's signer, to the byte.
    @Test func theDeterministicVariantGivesTheKnownSignatures() throws {
        let records = try Samples.records("kat_MLDSA_65_det_pure.rsp")
        for record in records {
            let key = try #require(cmldsa_key(try record.bytes("xi")))
            defer { cmldsa_free(key) }
            let (message, context) = (try record.bytes("msg"), try record.bytes("ctx"))
            var signature = [UInt8](repeating: 0, count: Int(CMLDSA_SIGNATURE_BYTES))
            try #require(cmldsa_sign(&signature, key, message, message.count, context, context.count) == 1)
            #expect(signature + message == (try record.bytes("sm")))
        }
        #expect(records.count == 3)
    }

    @Test(arguments: SignatureSuite.allCases) func signatureHoldsForItsKeyMessageAndContextOnly(suite: SignatureSuite) throws {
        let key = try MLDSAPrivateKey(suite: suite, seed: [UInt8](repeating: 7, count: 32))
        let other = try MLDSAPrivateKey(suite: suite, seed: [UInt8](repeating: 8, count: 32))
        let (message, context) = (Array("pay bob".utf8), DomainTag.transaction.bytes)
        let signature = try key.sign(message, context: context)
        #expect(key.publicKey.count == suite.publicKeyBytes && signature.count == suite.signatureBytes)

        func holds(_ publicKey: [UInt8], _ message: [UInt8], _ context: [UInt8], _ signature: [UInt8]) -> Bool {
            MLDSA.verify(suite: suite, publicKey: publicKey, message: message, context: context, signature: signature)
        }
        #expect(holds(key.publicKey, message, context, signature))
        #expect(!holds(other.publicKey, message, context, signature))
        #expect(!holds(key.publicKey, message + [0], context, signature))
        #expect(!holds(key.publicKey, message, DomainTag.vote.bytes, signature))
        #expect(!holds(key.publicKey, message, [], signature))
        for bit in stride(from: 0, to: 8 * signature.count, by: 997) {
            var changed = signature
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!holds(key.publicKey, message, context, changed), "bit \(bit)")
        }
        let empty = try key.sign([], context: [])
        #expect(holds(key.publicKey, [], [], empty))
    }

    @Test(arguments: SignatureSuite.allCases) func malformedInputDoesNotHoldAndDoesNotTrap(suite: SignatureSuite) {
        var generator = SeededGenerator(seed: 9)
        let keys = [0, 1, suite.publicKeyBytes - 1, suite.publicKeyBytes, suite.publicKeyBytes + 1, 100_000]
        let signatures = [0, 1, suite.signatureBytes - 1, suite.signatureBytes, suite.signatureBytes + 1, 100_000]
        for key in keys {
            for signature in signatures {
                for context in [0, 255, 256, 70_000] {
                    #expect(!MLDSA.verify(
                        suite: suite, publicKey: generator.bytes(key), message: generator.bytes(0...100),
                        context: generator.bytes(context), signature: generator.bytes(signature)))
                }
            }
        }
    }

    @Test func wrongSeedOrContextLengthIsAnError() throws {
        for count in [0, 31, 33, 64] {
            #expect(throws: MLDSAPrivateKey.Failure.seedLength) {
                try MLDSAPrivateKey(suite: .mldsa65, seed: [UInt8](repeating: 0, count: count))
            }
        }
        let key = try MLDSAPrivateKey(suite: .mldsa65, seed: [UInt8](repeating: 0, count: 32))
        #expect(try key.sign([], context: [UInt8](repeating: 0, count: 255)).count == 3309)
        #expect(throws: MLDSAPrivateKey.Failure.contextLength) { try key.sign([], context: [UInt8](repeating: 0, count: 256)) }
    }

    @Test func suiteHasOneEncodingAndUnknownOnesAreRefused() throws {
        for suite in SignatureSuite.allCases { #expect(try SignatureSuite(rlp: suite.rlp) == suite) }
        #expect(SignatureSuite.mldsa65.rlp == [1] && SignatureSuite.mldsa87.rlp == [2])
        for bytes: [UInt8] in [[0x80], [3], [0x81, 0xff], [0x82, 1, 1], [0xc0], []] {
            #expect(throws: RLPError.self) { try SignatureSuite(rlp: bytes) }
        }
    }

    @Test func commitmentIsSHA3OfSuiteAndKeyAndAddressItsKeccak() {
        let publicKey = [UInt8](repeating: 5, count: 1952)
        let commitment = KeyCommitment.of(suite: .mldsa65, publicKey: publicKey)
        #expect(commitment == SHA3_256.hash([1] + publicKey))
        #expect(commitment != KeyCommitment.of(suite: .mldsa87, publicKey: publicKey))
        #expect(Address(firstCommitment: commitment).bytes == Array(Keccak256.hash(commitment.bytes).bytes.suffix(20)))
    }
}
