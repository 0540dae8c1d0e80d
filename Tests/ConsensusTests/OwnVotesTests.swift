import ChainTypes
import Consensus
import Primitives
import Testing

/// What a validator has said binds it, however it learns of it.
@Suite struct OwnVotesTests {
    private let set = Material.validators([1, 1, 1, 1])
    private let me = 0

    private func ballots(_ effects: [Simplex.Effect]) -> [Ballot] {
        effects.compactMap { if case .sign(let ballot) = $0 { ballot } else { nil } }
    }

    /// A view that somebody else leads, and a core that waits in it.
    private func waiting(log: [WALRecord] = []) -> (core: Simplex, view: UInt64) {
        var core = Material.core(set, me: me, log: log)
        _ = core.handle(.start, now: 0)
        while core.leader(of: core.view) == me {
            _ = core.handle(.certificate(Material.certificate(.nullify, view: core.view, by: [1, 2, 3])), now: 0)
        }
        return (core, core.view)
    }

    @Test func aViewThatIsNotFinalIsGivenUpWhenItsTimeIsOver() {
        var (core, view) = waiting()
        #expect(ballots(core.handle(.timer(view: view), now: 2000)) == [Ballot(epoch: 0, view: view, kind: .nullify, block: .zero)])
    }

    /// After a disk was lost, others may still have the vote.
    @Test func aFinalizeVoteThatOnlyOthersRememberForbidsANullify() {
        var (core, view) = waiting()
        let block = Material.block(view: view, on: Material.genesis)
        _ = core.handle(.vote(Material.vote(.finalize, block.id, view: view, by: me)), now: 1)
        #expect(ballots(core.handle(.timer(view: view), now: 2000)).isEmpty)
    }

    @Test func aNotarizeVoteThatOnlyOthersRememberForbidsAnother() {
        var (core, view) = waiting()
        let leader = core.leader(of: view)
        let (first, second) = (Material.block(view: view, on: Material.genesis, note: [1]), Material.block(view: view, on: Material.genesis, note: [2]))
        _ = core.handle(.vote(Material.vote(.notarize, first.id, view: view, by: me)), now: 1)
        let parents = core.handle(.proposal(Material.proposal(second, by: leader)), now: 2)
        #expect(ballots(parents + core.handle(.blockValid(second.id), now: 3)).isEmpty)
    }

    /// A crash may keep records that were to be forgotten with their epoch.
    @Test func theLogOfAnotherEpochDoesNotBind() {
        let views = (1...3).map { view in
            var vote = Material.vote(.nullify, view: UInt64(view), by: me)
            vote.ballot.epoch = 7
            return WALRecord.vote(vote)
        }
        var (core, view) = waiting(log: views)
        #expect(ballots(core.handle(.timer(view: view), now: 2000)) == [Ballot(epoch: 0, view: view, kind: .nullify, block: .zero)])
    }
}
