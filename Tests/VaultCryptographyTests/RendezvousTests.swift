import Cryptography
import Foundation
import Primitives
import Testing

@Suite struct RendezvousTests {
    struct Vector: Decodable {
        let key: String
        let ids: [String]
        let weights: [UInt64]
        let order: [Int]
    }

    static func candidates(_ weights: [UInt64], seed: UInt64) throws -> [Rendezvous.Candidate] {
        var random = SplitMix(seed)
        return try weights.map { .init(id: try #require(Hash(random.bytes(32))), weight: $0) }
    }

    @Test func ordersAreTheFrozenOnes() throws {
        for vector in try FrozenVectors.load("rendezvous", as: [Vector].self) {
            let candidates = try zip(vector.ids, vector.weights).map {
                Rendezvous.Candidate(id: try #require(Hash(hex: $0)), weight: $1)
            }
            let key = try #require(Hash(hex: vector.key))
            #expect(Rendezvous.order(key: key, candidates: candidates) == vector.order)
        }
    }

    @Test func integerLogarithmIsTheRealOne() {
        var random = SplitMix(91)
        #expect(Rendezvous.negativeLog2(0) == 64 << 48 && Rendezvous.negativeLog2(.max) == 0)
        #expect(Rendezvous.negativeLog2(.max >> 1) == 1 << 48)
        for _ in 0..<10_000 {
            let uniform = random.next() >> UInt64.random(in: 0..<64, using: &random)
            let real = 64 - log2(Double(uniform) + 1)
            #expect(abs(Double(Rendezvous.negativeLog2(uniform)) / 0x1p48 - real) < 1e-12)
        }
    }

    @Test func frequenciesFollowTheWeights() throws {
        let weights: [UInt64] = [1, 2, 3, 4, 10, 0, 20, 40]
        let candidates = try Self.candidates(weights, seed: 92)
        var random = SplitMix(93)
        var firsts = [Int](repeating: 0, count: weights.count)
        let trials = 40_000
        for _ in 0..<trials {
            let key = try #require(Hash(random.bytes(32)))
            firsts[Rendezvous.choose(1, key: key, candidates: candidates)[0]] += 1
        }
        for (first, weight) in zip(firsts, weights) {
            let expected = Double(trials) * Double(weight) / 80
            #expect(abs(Double(first) - expected) <= 5 * expected.squareRoot(), "weight \(weight): \(first), expected \(expected)")
        }
    }

    @Test func equalNodesShareCommitteeSlotsEvenly() throws {
        let candidates = try Self.candidates([UInt64](repeating: 10, count: 100), seed: 94)
        var random = SplitMix(95)
        var slots = [Int](repeating: 0, count: 100)
        for _ in 0..<5000 {
            let key = try #require(Hash(random.bytes(32)))
            for index in Rendezvous.choose(16, key: key, candidates: candidates) { slots[index] += 1 }
        }
        // 800 expected each, with a standard deviation of 26.
        #expect(slots.allSatisfy { (670...930).contains($0) }, "\(slots.min() ?? 0)–\(slots.max() ?? 0)")
    }

    @Test func aLeavingNodeMovesOnlyItsOwnKeys() throws {
        let candidates = try Self.candidates([5, 7, 5, 9, 3, 5], seed: 96)
        var random = SplitMix(97)
        for _ in 0..<500 {
            let key = try #require(Hash(random.bytes(32)))
            let order = Rendezvous.order(key: key, candidates: candidates)
            let without = Rendezvous.order(key: key, candidates: Array(candidates.dropLast()))
            #expect(order.filter { $0 != 5 } == without)
        }
    }

    @Test func orderIgnoresTheOrderOfTheList() throws {
        let candidates = try Self.candidates([5, 7, .max, 9, 3, 1], seed: 98)
        let reversed = Array(candidates.reversed())
        var random = SplitMix(99)
        for _ in 0..<100 {
            let key = try #require(Hash(random.bytes(32)))
            let a = Rendezvous.order(key: key, candidates: candidates).map { candidates[$0].id }
            #expect(a == Rendezvous.order(key: key, candidates: reversed).map { reversed[$0].id })
        }
    }

    @Test func nodesWithoutWeightAreNeverChosen() throws {
        let candidates = try Self.candidates([0, 1, 0, 2], seed: 100)
        #expect(Rendezvous.choose(4, key: .zero, candidates: candidates).sorted() == [1, 3])
        #expect(Rendezvous.choose(1, key: .zero, candidates: []).isEmpty)
    }
}
