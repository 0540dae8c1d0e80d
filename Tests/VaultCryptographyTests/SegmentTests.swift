import Cryptography
import Primitives
import Testing

/// A message sealed under a header and key, for the tests of the opener.
struct SealedMessage {
    let header: SegmentHeader
    let material: KeyMaterial
    let plaintext: [UInt8]
    let segments: [[UInt8]]

    init(header: SegmentHeader, material: KeyMaterial, plaintext: [UInt8]) throws {
        (self.header, self.material, self.plaintext) = (header, material, plaintext)
        var sealer = SegmentSealer(header: header, keyMaterial: material)
        let starts = plaintext.isEmpty ? [0] : Array(stride(from: 0, to: plaintext.count, by: 16_384))
        segments = try starts.map {
            let part = Array(plaintext[$0..<min($0 + 16_384, plaintext.count)])
            return try sealer.seal(part, isLast: $0 == starts.last)
        }
    }

    init(length: Int, seed: UInt64) throws {
        var random = SplitMix(seed)
        let header = SegmentHeader(
            keyID: try #require(KeyID(random.bytes(32))), record: try #require(Hash(random.bytes(32))), field: 3,
            policy: try #require(Hash(random.bytes(32))), epoch: 9, message: 5,
            salt: try #require(AttemptSalt(random.bytes(12))))
        try self.init(header: header, material: try #require(KeyMaterial(random.bytes(160))), plaintext: random.bytes(length))
    }

    /// Opens these segments, the final one as the last.
    func open(_ segments: [[UInt8]], header: SegmentHeader? = nil) throws -> [UInt8] {
        var opener = SegmentOpener(header: header ?? self.header, keyMaterial: material)
        var plaintext: [UInt8] = []
        for (index, segment) in segments.enumerated() {
            plaintext += try opener.open(segment, isLast: index == segments.count - 1)
        }
        #expect(try opener.finish() == UInt64(plaintext.count))
        return plaintext
    }
}

@Suite struct SegmentTests {
    struct Vector: Decodable {
        let material, keyID, record, policy, salt, header, headerDigest, plaintextDigest, firstBytes, commitment: String
        let plaintext: String?
        let field, epoch, message: UInt64
        let length: Int
        let segmentDigests: [String]
    }

    @Test func sealedBytesHeadersAndCommitmentsAreTheFrozenOnes() throws {
        var random = SplitMix(3)
        for vector in try FrozenVectors.load("segments", as: [Vector].self) {
            for count in [160, 32, 32, 32, 12] { _ = random.bytes(count) }
            let plaintext = random.bytes(vector.length)
            #expect(hex(Keccak256.hash(plaintext).bytes) == vector.plaintextDigest)
            let header = SegmentHeader(
                keyID: try #require(KeyID(unhex(vector.keyID))), record: try #require(Hash(hex: vector.record)),
                field: vector.field, policy: try #require(Hash(hex: vector.policy)), epoch: vector.epoch,
                message: vector.message, salt: try #require(AttemptSalt(unhex(vector.salt))))
            #expect(hex(header.rlp) == vector.header && hex(header.digest.bytes) == vector.headerDigest)
            #expect(try SegmentHeader(rlp: header.rlp) == header)
            let material = try #require(KeyMaterial(unhex(vector.material)))
            let message = try SealedMessage(header: header, material: material, plaintext: plaintext)
            #expect(message.segments.map { hex(Keccak256.hash($0).bytes) } == vector.segmentDigests)
            #expect(hex(message.segments[0].prefix(64)) == vector.firstBytes)
            #expect(try message.open(message.segments) == plaintext)
            let commitment = KeyMaterialCommitment(to: material, id: header.keyID)
            #expect(hex(commitment.bytes) == vector.commitment)
        }
    }

    @Test func messageKeyIsDerivedAsTheXAESSpecificationSays() throws {
        struct Vector: Decodable { let key, salt, derived: String }
        for vector in try FrozenVectors.load("xaes-256-gcm", as: [Vector].self) {
            let salt = try #require(AttemptSalt(unhex(vector.salt)))
            #expect(hex(XAESKey(try unhex(vector.key)).derived(salt: salt)) == vector.derived)
        }
    }

    @Test func aCommitmentMatchesOnlyItsKeyAndId() throws {
        var random = SplitMix(31)
        let bytes = random.bytes(160)
        let material = try #require(KeyMaterial(bytes))
        let id = try #require(KeyID(random.bytes(32)))
        let commitment = KeyMaterialCommitment(to: material, id: id)
        #expect(commitment.matches(material, id: id))
        #expect(!commitment.matches(material, id: .zero))
        for index in [0, 127, 128, 159] {
            var other = bytes
            other[index] ^= 1
            #expect(!commitment.matches(try #require(KeyMaterial(other)), id: id))
        }
        #expect(try KeyMaterialCommitment(rlp: commitment.rlp) == commitment)
    }

    @Test func segmentsOpenInAnyOrderThroughTheCipher() throws {
        let message = try SealedMessage(length: 40_000, seed: 32)
        let cipher = SegmentCipher(header: message.header, keyMaterial: message.material)
        let last = try cipher.open(message.segments[2], index: 2, position: .last(totalLength: 40_000))
        #expect(last == Array(message.plaintext[32_768...]))
        #expect(try cipher.open(message.segments[1], index: 1, position: .inner) == Array(message.plaintext[16_384..<32_768]))
    }
}
