import Cryptography
import Primitives
import Testing

@Suite struct ErasureTests {
    struct Vector: Decodable {
        let dataCount, totalCount, length: Int
        let dataDigest: String
        let fragmentDigests: [String]
    }

    @Test func fragmentsAreTheFrozenOnes() throws {
        var random = SplitMix(5)
        for vector in try FrozenVectors.load("erasure", as: [Vector].self) {
            let data = random.bytes(vector.length)
            #expect(hex(Keccak256.hash(data).bytes) == vector.dataDigest)
            let code = try ReedSolomon(dataCount: vector.dataCount, totalCount: vector.totalCount)
            let fragments = code.encode(data)
            #expect(fragments.map { hex(Keccak256.hash($0.bytes).bytes) } == vector.fragmentDigests)
            #expect(try code.reconstruct(fragments, dataLength: vector.length) == data)
        }
    }

    @Test func everyChoiceOfEnoughFragmentsGivesTheDataBack() throws {
        var random = SplitMix(81)
        let code = try ReedSolomon(dataCount: 5, totalCount: 8)
        let data = random.bytes(333)
        let fragments = code.encode(data)
        for mask in 0..<256 where mask.nonzeroBitCount == 5 {
            let kept = fragments.filter { mask >> $0.index & 1 == 1 }
            #expect(try code.reconstruct(kept, dataLength: 333) == data)
            for fragment in fragments { #expect(try code.repair(fragment.index, from: kept) == fragment) }
        }
    }

    @Test(arguments: [(1, 1), (1, 255), (16, 40), (100, 255), (254, 255), (255, 255)])
    func randomErasuresAreSurvived(dataCount: Int, totalCount: Int) throws {
        var random = SplitMix(UInt64(dataCount + totalCount))
        let code = try ReedSolomon(dataCount: dataCount, totalCount: totalCount)
        for length in [0, 1, dataCount, 5000] {
            let data = random.bytes(length)
            let kept = Array(code.encode(data).shuffled(using: &random).prefix(dataCount))
            #expect(try code.reconstruct(kept, dataLength: length) == data)
        }
    }

    @Test func vectorMultiplicationIsTheTablesOne() {
        var random = SplitMix(82)
        for constant in UInt8.min...UInt8.max {
            let (source, base) = (random.bytes(77), random.bytes(77))
            var row = base
            ErasureMatrix.add(source, times: constant, to: &row)
            #expect(row == zip(source, base).map { Twin.product($0, constant) ^ $1 })
        }
    }

    @Test func badFragmentsAreRefused() throws {
        let code = try ReedSolomon(dataCount: 2, totalCount: 4)
        let fragments = code.encode([1, 2, 3, 4])
        typealias Failure = ReedSolomon.Failure
        func rebuild(_ fragments: [ReedSolomon.Fragment], _ length: Int = 4) throws -> [UInt8] {
            try code.reconstruct(fragments, dataLength: length)
        }
        #expect(throws: Failure.tooFewFragments(have: 1, need: 2)) { try rebuild([fragments[3]]) }
        #expect(throws: Failure.duplicateFragment(3)) { try rebuild([fragments[3], fragments[3]]) }
        #expect(throws: Failure.foreignFragment(4)) { try rebuild([.init(index: 4, bytes: [1, 2]), fragments[0]]) }
        #expect(throws: Failure.foreignFragment(-1)) { try rebuild([.init(index: -1, bytes: [1, 2]), fragments[0]]) }
        #expect(throws: Failure.wrongLength(index: 1)) { try rebuild([fragments[0], .init(index: 1, bytes: [1])]) }
        #expect(throws: Failure.wrongLength(index: 0)) { try rebuild(fragments, .max) }
        #expect(throws: Failure.foreignFragment(9)) { try code.repair(9, from: fragments) }
        for (data, total) in [(0, 1), (3, 2), (1, 256)] {
            #expect(throws: Failure.invalidCounts) { try ReedSolomon(dataCount: data, totalCount: total) }
        }
    }
}
