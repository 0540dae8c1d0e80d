import Cryptography
import Primitives
import TestKit
import Testing

@Suite struct KeyEncapsulationTests {
    /// Known answers of ML-KEM-1024: key generation, decapsulation, and implicit rejection of a wrong ciphertext.
    static func check(name: String) throws -> Int {
        let records = try Samples.records(name)
        for record in records {
            let key = try MLKEM1024.PrivateKey(seed: record.bytes("d") + record.bytes("z"))
            #expect(key.publicKey == (try record.bytes("pk")))
            #expect(try key.decapsulate(record.bytes("ct")) == record.bytes("ss"))
            #expect(try key.decapsulate(record.bytes("ct_n")) == record.bytes("ss_n"))
        }
        return records.count
    }

    /// Known answers of X-Wing: key generation and decapsulation.
    static func checkXWing(name: String) throws -> Int {
        let tests = try Samples.json(name, as: [HPKECase].self)
        for test in tests {
            let key = try XWing.PrivateKey(seed: #require(Hex.decode(test.skRm)))
            #expect(key.publicKey == Hex.decode(test.pkRm))
            #expect(try key.decapsulate(#require(Hex.decode(test.enc))) == Hex.decode(test.shared_secret))
        }
        return tests.count
    }

    private struct HPKECase: Decodable {
        let skRm, pkRm, enc, shared_secret: String
    }

    @Test func mlkem1024CarriesASecretToTheOwnerOnly() throws { try carriesSecret(MLKEM1024.self) }
    @Test func xwingCarriesASecretToTheOwnerOnly() throws { try carriesSecret(XWing.self) }

    private func carriesSecret<Mechanism: KeyEncapsulation>(_: Mechanism.Type) throws {
        let key = try Mechanism.PrivateKey.generate()
        #expect(key.publicKey.count == Mechanism.publicKeyBytes && key.seed.count == Mechanism.seedBytes)
        let sent = try Mechanism.encapsulate(to: key.publicKey)
        #expect(sent.ciphertext.count == Mechanism.ciphertextBytes && sent.sharedSecret.count == 32)
        #expect(try key.decapsulate(sent.ciphertext) == sent.sharedSecret)
        #expect(try Mechanism.PrivateKey(seed: key.seed).decapsulate(sent.ciphertext) == sent.sharedSecret)
        #expect(try Mechanism.encapsulate(to: key.publicKey).sharedSecret != sent.sharedSecret)
        #expect(try Mechanism.PrivateKey.generate().decapsulate(sent.ciphertext) != sent.sharedSecret)
        var changed = sent.ciphertext
        changed[0] ^= 1
        #expect(try key.decapsulate(changed) != sent.sharedSecret)

        for count in [0, 1, 31, 33, 1119, 1567, 1569, 100_000] {
            let bytes = [UInt8](repeating: 0, count: count)
            #expect(throws: KeyEncapsulationError.wrongLength) { try Mechanism.encapsulate(to: bytes) }
            #expect(throws: KeyEncapsulationError.wrongLength) { try key.decapsulate(bytes) }
            #expect(throws: KeyEncapsulationError.wrongLength) { try Mechanism.PrivateKey(seed: bytes) }
        }
    }

    @Test func publicKeyOutOfRangeIsMalformed() {
        // FIPS 203, section 7.2: coefficients must be below 3329.
        let key = [UInt8](repeating: 0xff, count: MLKEM1024.publicKeyBytes)
        #expect(throws: KeyEncapsulationError.malformed) { try MLKEM1024.encapsulate(to: key) }
    }

    @Test func printingShowsNoSecret() throws {
        let key = try XWing.PrivateKey(seed: [UInt8](repeating: 0xab, count: 32))
        #expect("\(key)" == "XWing.PrivateKey")
        #expect("\(try XWing.encapsulate(to: key.publicKey))" == "Encapsulation(1120 bytes)")
    }
}
