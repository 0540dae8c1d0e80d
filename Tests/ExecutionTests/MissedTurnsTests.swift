import ChainTypes
import Primitives
import Replica
import Testing

/// Who answers for the views between a block and its parent.
@Suite struct MissedTurnsTests {
    private func epoch(_ powers: [UInt64]) throws -> Epoch {
        let members = powers.enumerated().map { index, power in
            Validator(
                address: Address(low: UInt32(index)), power: power, consensusKey: [UInt8](repeating: 1, count: 1952),
                nodeKey: [UInt8](repeating: 2, count: 1952), endpoint: "", moniker: "")
        }
        let set = try #require(ValidatorSet(members))
        return Epoch(EpochState(number: 1, startMilliseconds: 0, validators: set, next: set), genesis: .zero)
    }

    @Test func whoMissesAloneAnswersForIt() throws {
        for powers in [[1, 1, 1, 1], [5, 5], [60, 20, 20], [7]] as [[UInt64]] {
            let epoch = try epoch(powers)
            for view in 10..<60 as Range<UInt64> { #expect(epoch.missed(after: view, before: view + 2).count == 1, "\(powers)") }
        }
        let epoch = try epoch([1, 1, 1, 1])
        #expect(epoch.missed(after: 5, before: 6) == [] && epoch.missed(after: 5, before: 5) == [] && epoch.missed(after: 6, before: 2) == [])
    }

    /// Two of seven are less than a third: the others could have gone on without them. Three are not.
    @Test func severalAnswerOnlyWhereTheChainCouldGoOnWithoutThem() throws {
        let epoch = try epoch([UInt64](repeating: 10, count: 7))
        for view in 0..<200 as Range<UInt64> {
            let two = epoch.missed(after: view, before: view + 3)
            #expect(two.count == 2)
            let three = epoch.missed(after: view, before: view + 4)
            let different = Set((1...3).flatMap { epoch.missed(after: view + $0 - 1, before: view + $0 + 1) }).count
            #expect(three.count == (different == 3 ? 0 : 3))
        }
    }

    @Test func nobodyAnswersForAStandstill() throws {
        for powers in [[1, 1, 1, 1], [7], [60, 20, 20], [UInt64](repeating: 3, count: 100)] as [[UInt64]] {
            let epoch = try epoch(powers)
            let cycle = UInt64(powers.count) * 8
            for views in [cycle + 2, 10 * cycle, 1 << 40, .max - 10] as [UInt64] {
                #expect(epoch.missed(after: 9, before: 9 + views) == [], "\(powers) \(views)")
            }
        }
        // The sole validator of a chain misses up to one rotation by itself.
        #expect(try epoch([7]).missed(after: 0, before: 9).count == 8)
    }
}
