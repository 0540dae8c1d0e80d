import ChainTypes
import Consensus
import Primitives
import Testing

/// Who leads, and what shows a leader that gives two blocks.
@Suite struct LeaderTests {
    private func turns(_ powers: [UInt64]) -> [Int] {
        let schedule = LeaderSchedule(genesis: .zero, epoch: 3, validators: Material.validators(powers))
        var turns = [Int](repeating: 0, count: powers.count)
        for view in 0..<schedule.viewsPerCycle { turns[schedule.leader(of: view)] += 1 }
        return turns
    }

    @Test func turnsFollowTheStakeWithoutJumps() {
        #expect(turns([200_000, 200_000, 200_000, 200_000]) == [8, 8, 8, 8])
        // A quarter more stake is about a quarter more turns.
        #expect(turns([201_000, 200_000, 200_000, 200_000, 250_000]) == [8, 8, 8, 8, 10])
    }

    @Test func everybodyLeadsAndNobodyMoreThanFourTimesTheAverage() {
        #expect(turns([1, 1_000_000, 1_000_000, 1_000_000]) == [1, 11, 11, 11])
        #expect(turns([1_000_000] + [UInt64](repeating: 1, count: 9)) == [32] + [Int](repeating: 1, count: 9))
    }

    @Test func aLeaderThatGivesTwoBlocksIsShownByWhoeverHearsOfTheOther() throws {
        let set = Material.validators([1, 1, 1, 1])
        let leader = LeaderSchedule(genesis: Material.genesis.id, epoch: 0, validators: set).leader(of: 1)
        let (me, other) = ((leader + 1) % 4, (leader + 2) % 4)
        let (ours, theirs) = (Material.block(view: 1, on: Material.genesis, note: [1]), Material.block(view: 1, on: Material.genesis, note: [2]))
        var core = Material.core(set, me: me)
        _ = core.handle(.start, now: 0)
        _ = core.handle(.proposal(Material.proposal(ours, by: leader)), now: 1)
        func words(_ effects: [Simplex.Effect]) -> [Vote] {
            effects.compactMap { if case .broadcast(.vote(let vote)) = $0, vote.ballot.kind == .propose { vote } else { nil } }
        }
        #expect(words(core.handle(.vote(Material.vote(.notarize, ours.id, view: 1, by: other)), now: 2)).isEmpty)
        let third = (leader + 3) % 4
        let sent = words(core.handle(.vote(Material.vote(.notarize, theirs.id, view: 1, by: third)), now: 3))
        #expect(sent == [Material.vote(.propose, ours.id, view: 1, by: leader)])
        #expect(words(core.handle(.vote(Material.vote(.notarize, theirs.id, view: 1, by: leader)), now: 4)).isEmpty, "once is enough")

        var victim = Material.core(set, me: third)
        _ = victim.handle(.start, now: 0)
        _ = victim.handle(.proposal(Material.proposal(theirs, by: leader)), now: 1)
        let accused = victim.handle(.vote(try #require(sent.first)), now: 2).compactMap { effect -> Evidence? in
            if case .evidence(let evidence) = effect { evidence } else { nil }
        }
        #expect(accused.map(\.first.validator) == [leader])
    }
}
