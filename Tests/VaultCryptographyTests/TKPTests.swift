import Cryptography
import Primitives
import Testing

@Suite struct TKPTests {
    struct Vector: Decodable {
        let key, keyID, salt, output: String
        let domain, suite: UInt8
        let message, segment: UInt64
        let block: UInt32
    }

    static func input(_ vector: Vector) throws -> TKPInput {
        TKPInput(
            domain: try #require(TKPDomain(rawValue: vector.domain)), suite: vector.suite,
            keyID: try #require(KeyID(unhex(vector.keyID))), message: vector.message, segment: vector.segment,
            salt: try #require(AttemptSalt(unhex(vector.salt))), block: vector.block)
    }

    @Test func resultsAreTheFrozenOnes() throws {
        let vectors = try FrozenVectors.load("tkp", as: [Vector].self)
        #expect(vectors.map(\.domain) == TKPDomain.allCases.map(\.rawValue))
        for vector in vectors {
            let key = try #require(TKPKey(unhex(vector.key)))
            #expect(hex(TKP.block(key: key, input: try Self.input(vector))) == vector.output)
        }
    }

    @Test func resultsAgreeWithABitwisePermutation() throws {
        var random = SplitMix(11)
        for _ in 0..<5 {
            let (key, id, salt) = (random.bytes(128), random.bytes(32), random.bytes(12))
            let (message, segment, block) = (random.next(), random.next(), UInt32(truncatingIfNeeded: random.next()))
            var lanes: [[UInt8]] = [[2, 1, 0, 0, 0, 0, 0, 0]]
            lanes += stride(from: 0, to: 32, by: 8).map { Array(id[$0..<($0 + 8)]) }
            var tail: [UInt8] = []
            tail.append(bigEndian: message)
            tail.append(bigEndian: segment)
            tail += salt
            tail.append(bigEndian: block)
            lanes += stride(from: 0, to: 32, by: 8).map { Array(tail[$0..<($0 + 8)]) }
            let expected = Twin.permutation(key + lanes.flatMap { $0.reversed() }).prefix(72)
            let input = TKPInput(
                domain: .commitment, keyID: try #require(KeyID(id)), message: message, segment: segment,
                salt: try #require(AttemptSalt(salt)), block: block)
            #expect(TKP.block(key: try #require(TKPKey(key)), input: input) == Array(expected))
        }
    }

    @Test(arguments: [0, 1, 7, 8, 71, 72, 73, 143, 300, 1000, 16_400])
    func keystreamIsTheBlocksInOrder(byteCount: Int) throws {
        var random = SplitMix(12)
        let key = try #require(TKPKey(random.bytes(128)))
        var input = TKPInput(domain: .stream, keyID: try #require(KeyID(random.bytes(32))), message: 3, segment: 4)
        let stream = TKP.keystream(key: key, input: input, byteCount: byteCount)
        var blocks: [UInt8] = []
        while blocks.count < byteCount {
            blocks += TKP.block(key: key, input: input)
            input.block += 1
        }
        #expect(stream == Array(blocks.prefix(byteCount)))
        var masked = [UInt8](repeating: 0x5a, count: byteCount)
        TKP.applyKeystream(key: key, input: TKPInput(
            domain: .stream, keyID: input.keyID, message: 3, segment: 4), to: &masked)
        #expect(masked == stream.map { $0 ^ 0x5a })
    }

    @Test func keystreamMayEndAtTheLastBlockOfItsCounter() throws {
        var random = SplitMix(13)
        let key = try #require(TKPKey(random.bytes(128)))
        var input = TKPInput(domain: .stream, keyID: .zero, block: .max - 1)
        let stream = TKP.keystream(key: key, input: input, byteCount: 144)
        input.block = .max
        #expect(Array(stream[72...]) == TKP.block(key: key, input: input))
    }

    @Test func everyFieldChangesTheResult() throws {
        var random = SplitMix(14)
        let key = try #require(TKPKey(random.bytes(128)))
        let base = TKPInput(domain: .stream, keyID: .zero)
        var inputs = [base]
        inputs += TKPDomain.allCases.dropFirst().map { TKPInput(domain: $0, keyID: .zero) }
        inputs.append(TKPInput(domain: .stream, suite: 2, keyID: .zero))
        for bit in 0..<256 {
            var id = [UInt8](repeating: 0, count: 32)
            id[bit / 8] = 1 << UInt8(bit % 8)
            inputs.append(TKPInput(domain: .stream, keyID: try #require(KeyID(id))))
        }
        for bit in 0..<64 {
            inputs.append(TKPInput(domain: .stream, keyID: .zero, message: 1 << UInt64(bit)))
            inputs.append(TKPInput(domain: .stream, keyID: .zero, segment: 1 << UInt64(bit)))
        }
        for bit in 0..<96 {
            var salt = [UInt8](repeating: 0, count: 12)
            salt[bit / 8] = 1 << UInt8(bit % 8)
            inputs.append(TKPInput(domain: .stream, keyID: .zero, salt: try #require(AttemptSalt(salt))))
        }
        for bit in 0..<32 { inputs.append(TKPInput(domain: .stream, keyID: .zero, block: 1 << UInt32(bit))) }
        #expect(Set(inputs.map { TKP.block(key: key, input: $0) }).count == inputs.count)
    }

    @Test func keyIDsHoldGenesisHeightAndIndex() throws {
        let genesis = try #require(Hash(hex: String(repeating: "ab", count: 16) + String(repeating: "cd", count: 16)))
        let id = KeyID(genesis: genesis, height: 0x0102, index: 7)
        #expect(id.hex == "0x" + String(repeating: "ab", count: 16) + "0000000000000102" + "0000000000000007")
        #expect((id.height, id.index) == (0x0102, 7))
        #expect(try KeyID(rlp: id.rlp) == id)
        #expect(KeyID([1, 2, 3]) == nil && TKPKey([1]) == nil && AttemptSalt([]) == nil)
        let salt = try #require(AttemptSalt(Array(1...12)))
        #expect(salt.bytes == Array(1...12))
        #expect(try AttemptSalt(rlp: salt.rlp) == salt)
    }
}
