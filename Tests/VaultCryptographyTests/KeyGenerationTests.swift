import Cryptography
import Primitives
import Testing

@Suite struct KeyGenerationTests {
    struct Vector: Decodable { let material, root, keyID, bound: String }

    @Test func materialAndRootBindingAreTheFrozenOnes() throws {
        let vector = try FrozenVectors.load("key-generation", as: Vector.self)
        var random = SplitMix(2)
        let block = random.bytes(KeyGeneration.blockByteCount)
        let seed = random.bytes(KeyGeneration.seedByteCount)
        let material = try KeyGeneration.material(block: block, seed: seed)
        #expect(hex(material.bytes) == vector.material)
        let root = try #require(TKPKey(unhex(vector.root)))
        let id = try #require(KeyID(unhex(vector.keyID)))
        #expect(hex(material.bound(to: root, id: id).bytes) == vector.bound)
        #expect(material.bound(to: root, id: id).bound(to: root, id: id).bytes == material.bytes)
    }

    @Test(arguments: [(8, 1), (8, 64), (16, 57), (40, 129), (64, 1311), (24, 512), (32, 63)])
    func hashIsTheBitwiseToeplitzProduct(blockBytes: Int, outputBits: Int) {
        var random = SplitMix(UInt64(blockBytes * outputBits))
        let block = random.bytes(blockBytes)
        let seed = random.bytes(ToeplitzHash.seedByteCount(blockBits: 8 * blockBytes, outputBits: outputBits))
        #expect(ToeplitzHash.hash(block: block, seed: seed, outputBits: outputBits)
            == Twin.toeplitz(block: block, seed: seed, outputBits: outputBits))
    }

    @Test func hashIsLinearAtFullSize() throws {
        var random = SplitMix(21)
        let seed = random.bytes(KeyGeneration.seedByteCount)
        let (a, b) = (random.bytes(KeyGeneration.blockByteCount), random.bytes(KeyGeneration.blockByteCount))
        let sum = zip(a, b).map { $0 ^ $1 }
        func hash(_ block: [UInt8]) -> [UInt8] { ToeplitzHash.hash(block: block, seed: seed, outputBits: 1311) }
        #expect(zip(hash(a), hash(b)).map { $0 ^ $1 } == hash(sum))
        #expect(hash([UInt8](repeating: 0, count: KeyGeneration.blockByteCount)).allSatisfy { $0 == 0 })
    }

    @Test func wrongLengthsAreRefused() {
        let block = [UInt8](repeating: 1, count: KeyGeneration.blockByteCount)
        #expect(throws: KeyGeneration.Failure.wrongBlockLength) {
            try KeyGeneration.material(block: Array(block.dropLast()), seed: block)
        }
        #expect(throws: KeyGeneration.Failure.wrongSeedLength) { try KeyGeneration.material(block: block, seed: block) }
        #expect(KeyMaterial(block) == nil)
    }

    @Test func keyMaterialIsNeverPrinted() throws {
        let material = try #require(KeyMaterial([UInt8](repeating: 7, count: 160)))
        #expect("\(material)" == "KeyMaterial(secret)")
    }

    @Test func clientRootIsTheKeyOfAWholeEntropyBlock() throws {
        var random = SplitMix(9)
        let input = random.bytes(KeyGeneration.inputByteCount)
        let material = try KeyGeneration.material(input: input)
        #expect(try ClientRoot(entropy: input).bytes == Array(material.bytes.prefix(128)))
        for count in [0, 128, KeyGeneration.blockByteCount, input.count - 1] {
            #expect(throws: KeyGeneration.Failure.self) { try ClientRoot(entropy: Array(input.prefix(count))) }
        }
    }

    /// The pads of a vault's two keys under one root have nothing in common: else one key would give the other away.
    @Test func rootMasksTheKeyAndTheManifestApart() throws {
        var random = SplitMix(10)
        let material = try #require(KeyMaterial(random.bytes(160)))
        let (root, id) = (try #require(TKPKey(random.bytes(128))), try #require(KeyID(random.bytes(32))))
        let pads = [TKPDomain.root, .prf].map { zip(material.bound(to: root, id: id, domain: $0).bytes, material.bytes).map { $0 ^ $1 } }
        for (index, domain) in [TKPDomain.root, .prf].enumerated() {
            #expect(pads[index] == TKP.keystream(key: root, input: TKPInput(domain: domain, keyID: id), byteCount: 160))
        }
        #expect(zip(pads[0], pads[1]).filter { $0 == $1 }.count < 16)
    }
}
