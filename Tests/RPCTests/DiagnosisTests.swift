import ChainTypes
import Primitives
import RPCClient
import Testing

/// Each sentence that `doctor` can say, from the facts that it is about. The end-to-end tests make the trouble.
@Suite struct DiagnosisTests {
    private static let now: UInt64 = 1_800_000_000_000

    private func name(_ number: UInt64) -> Hash { Hash(0, 0, 0, number) }

    private func member(_ number: UInt64) -> NodeHealthInfo.Member {
        NodeHealthInfo.Member(
            name: name(number), address: Address(low: UInt32(number)), moniker: "v\(number)", power: 10, silent: 100, height: 50,
            sinceVote: 200, clockOffset: -100)
    }

    /// Validator 1 of four, in good health.
    private func health(_ number: UInt64 = 1) -> NodeHealthInfo {
        NodeHealthInfo(
            moniker: "v\(number)", name: name(number), isValidator: true, votes: true, number: 50, time: Self.now,
            validators: (1...4).map(member))
    }

    private func node(_ health: NodeHealthInfo?, _ name: String = "v1") -> Diagnosis.Node {
        Diagnosis.Node(
            name: name, place: "http://place", health: health, peers: health == nil ? nil : 3,
            clockOffset: health.map { Int64($0.time) - Int64(Self.now) } ?? 0)
    }

    private func validator(_ number: UInt32, _ status: MemberStatus = .active, missedInARow: UInt64 = 0) -> ValidatorReport {
        ValidatorReport(
            validator: Validator(
                address: Address(low: number), power: 10, consensusKey: [], nodeKey: [], endpoint: "", moniker: "v\(number)"),
            status: status, stake: .one, selfStake: .one, commission: .zero, missedInARow: missedInARow)
    }

    private func findings(_ nodes: [Diagnosis.Node], _ validators: [ValidatorReport] = [], dead: [String] = []) -> [String] {
        Diagnosis(nodes: nodes, validators: validators, deadEncryptionNodes: dead).findings.map(\.sentence)
    }

    private func findings(_ change: (inout NodeHealthInfo) -> Void) -> [String] {
        var health = health()
        change(&health)
        return findings([node(health)])
    }

    @Test func nothingIsWrongWithASoundChain() {
        #expect(findings([node(health())], (1...4).map { validator($0) }) == [])
    }

    // MARK: Nodes

    @Test func noNodeAnswers() {
        #expect(findings([node(nil, "The node")]) == [
            "The node does not answer at http://place: start it with `qustream node`; where it runs, its node.log says what it does.",
            "No node answers: start the network (`make devnet`), or name a node with --rpc.",
        ])
    }

    @Test func aNodeOfSeveralDoesNotAnswer() {
        #expect(findings([node(health()), node(nil, "rpc-1")]) == [
            "rpc-1 does not answer at http://place: start it with `qustream node`; where it runs, its node.log says what it does."
        ])
    }

    @Test func aNodeStoppedBecauseItsStateDiverged() {
        var stopped = node(nil, "rpc-1")
        stopped.stopped = "state diverged at height 7: other root"
        #expect(findings([node(health()), stopped]) == [
            "rpc-1 has stopped: state diverged at height 7: other root: "
                + "keep a copy of its home for a report, delete its data folder and nothing else, and start it again."
        ])
    }

    @Test func aNodeStoppedForAnotherReason() {
        var stopped = node(nil, "rpc-1")
        stopped.stopped = "the store is damaged: no head"
        #expect(findings([node(health()), stopped]) == ["rpc-1 has stopped: the store is damaged: no head: mend that and start it again."])
    }

    @Test func aNodeAnswersButItsConsensusDoesNotWork() {
        let found = findings {
            $0.status = "stuck"
            $0.reason = "consensus has taken no event for 40 s"
        }
        #expect(found == [
            "v1 answers but does not work, consensus has taken no event for 40 s: restart it, and keep its node.log for a report."
        ])
    }

    @Test func aNodeHasNoPeers() {
        var lonely = node(health())
        lonely.peers = 0
        #expect(findings([lonely]) == ["v1 has no peers: see that p2p_listen and the validators' endpoints can be reached."])
    }

    @Test func aValidatorsKeyIsNotInTheSet() {
        #expect(findings { $0.votes = false } == [
            "v1 runs as a validator, but its key is not in this epoch's set: `qustream validator show` says why; "
                + "a new validator votes from the epoch after the next."
        ])
    }

    @Test func anEncryptionNodeIsDead() {
        #expect(findings([node(health())], dead: ["community-1"]) == [
            "The encryption node community-1 does not answer: start it with `qustream node encryption`."
        ])
    }

    // MARK: The chain

    @Test func theChainStandsStillForLackOfPower() {
        let found = findings {
            $0.sinceFinal = 61_000
            $0.validators[2].silent = 60_000
            $0.validators[3].silent = nil
        }
        #expect(found == [
            "The chain stands still since 61 s at height 50: "
                + "validators with 20 of 40 power answer, and blocks need more than two thirds: start v3, v4.",
            "The validator v3 has been silent for 60 s: start it with `qustream node validator`, and see that its endpoint can be reached.",
            "The validator v4 is heard by no node: start it with `qustream node validator`, and see that its endpoint can be reached.",
        ])
    }

    @Test func exactlyTwoThirdsAreTooLittle() {
        let found = findings {
            $0.sinceFinal = 61_000
            $0.validators.removeLast()
            $0.validators[2].silent = nil
        }
        #expect(found.first?.contains("with 20 of 30 power answer") ?? false, "\(found)")
    }

    @Test func theChainStandsStillForLackOfVotes() {
        let found = findings {
            $0.sinceFinal = 61_000
            $0.validators[1].sinceVote = 61_000
        }
        #expect(found == [
            "The chain stands still since 61 s at height 50: "
                + "no votes come from v2: their node.log says why; restart them one after the other."
        ])
    }

    @Test func whoHasNotVotedSinceTheNodesStartIsNamed() {
        let found = findings {
            $0.sinceFinal = 61_000
            // Of its own votes a validator hears nothing.
            $0.validators[0].sinceVote = nil
            $0.validators[1].sinceVote = nil
        }
        #expect(found.first?.contains("no votes come from v2:") ?? false, "\(found)")
    }

    @Test func oneValidatorThatHasItsVoteClearsAnother() {
        let still = (1...2).map { number in
            var health = health(UInt64(number))
            health.sinceFinal = 61_000
            health.validators[2].sinceVote = number == 1 ? 200 : 61_000
            return node(health, "v\(number)")
        }
        #expect(findings(still).first?.contains("they agree on none") ?? false)
    }

    @Test func nodesThatAreSentNoVotesAccuseNobody() {
        let found = findings {
            $0.sinceFinal = 61_000
            ($0.isValidator, $0.votes) = (false, false)
            for index in $0.validators.indices { $0.validators[index].sinceVote = nil }
        }
        #expect(found == [
            "The chain stands still since 61 s at height 50: enough validators answer, and votes are known to validators alone: "
                + "ask one with --rpc, or all with --home."
        ])
    }

    @Test func theChainStandsStillBecauseValidatorsDoNotHearEachOther() {
        let still = [(1, [2, 3]), (3, [0, 1])].map { number, unheard in
            var health = health(UInt64(number))
            health.sinceFinal = 61_000
            for index in unheard { health.validators[index].silent = 60_000 }
            return node(health, "v\(number)")
        }
        #expect(findings(still) == [
            "The chain stands still since 61 s at height 50: enough validators answer, and v1 hears nothing of v3, v4; "
                + "v3 hears nothing of v1, v2: see that they can reach each other's endpoints."
        ])
    }

    @Test func theChainStandsStillThoughViewsAndVotesGoOn() {
        let found = findings {
            $0.sinceFinal = 61_000
            $0.viewsSinceFinal = 9
        }
        #expect(found == [
            "The chain stands still since 61 s at height 50: enough validators answer and 9 views went by without a final block, "
                + "so they agree on none: look for refused blocks in the validators' node.log, and restart them one after the other."
        ])
    }

    @Test func oneNodeThatSeesBlocksIsNoStandstill() {
        var still = health()
        still.sinceFinal = 61_000
        #expect(findings([node(still), node(health(2), "v2")]) == [])
    }

    @Test func nodesThatHaveJustStartedPromiseNothing() {
        let found = findings {
            $0.status = "starting"
            $0.sinceFinal = 2000
        }
        #expect(found == ["No block has become final since the nodes' start, 2 s ago: ask again in a moment."])
    }

    @Test func aNodeIsBehindByTheWordOfAThird() {
        #expect(findings { $0.attestedNumber = 90 }.first == """
            v1 is 40 blocks behind: it catches up by itself once it works and is connected; \
            where it does not, look into its node.log and restart it.
            """)
    }

    @Test func aValidatorIsBehindByItsOwnWord() {
        #expect(findings { $0.validators[3].height = 40 } == [
            "v4 is 10 blocks behind: it catches up by itself once it works and is connected; "
                + "where it does not, look into its node.log and restart it."
        ])
    }

    @Test func claimsWithoutMeasureAreNoTrap() {
        let found = findings {
            $0.attestedNumber = .max
            $0.validators[3].height = .max
            $0.validators[2].silent = .max
        }
        #expect(found.contains { $0.hasPrefix("v1 is \(UInt64.max - 50) blocks behind") }, "\(found)")
    }

    // MARK: Clocks

    @Test func aValidatorsClockIsWrong() {
        let ahead = findings { $0.validators[2].clockOffset = 2400 }
        #expect(ahead == ["The clock of validator v3 is 2.4 s ahead: synchronise it (`chronyc tracking` shows how it does)."])
        let behind = findings { $0.validators[2].clockOffset = -1500 }
        #expect(behind == ["The clock of validator v3 is 1.5 s behind: synchronise it (`chronyc tracking` shows how it does)."])
    }

    @Test func aNodesClockIsWrongWhereMostOthersDifferFromIt() {
        let found = findings { for index in $0.validators.indices { $0.validators[index].clockOffset = 3000 } }
        #expect(found == ["v1's clock is 3.0 s behind: synchronise it (`chronyc tracking` shows how it does)."])
    }

    @Test func aNodesClockIsWrongAgainstThisMachines() {
        var full = health(9)
        full.isValidator = false
        full.time = Self.now + 5000
        for index in full.validators.indices { full.validators[index].clockOffset = nil }
        #expect(findings([node(full, "rpc-1")]) == ["rpc-1's clock is 5.0 s ahead: synchronise it (`chronyc tracking` shows how it does)."])
    }

    @Test func halfOfTheClocksBlameNobody() {
        let found = findings {
            $0.validators = Array($0.validators.prefix(2))
            $0.validators[1].clockOffset = 3000
        }
        #expect(found == ["The clock of validator v2 is 3.0 s ahead: synchronise it (`chronyc tracking` shows how it does)."])
    }

    @Test func theSystemsTimeWasSetUnderANode() {
        #expect(findings { $0.systemOffset = -4000 } == [
            "The system's time was set under v1, which has not followed yet (4.0 s behind): restart the node when the clock is right."
        ])
    }

    // MARK: Punishments and refusals

    @Test func aValidatorIsSuspended() {
        #expect(findings([node(health())], [validator(1), validator(2, .jailed)]) == [
            "The validator v2 is suspended: its operator finds out why, then sends `qustream validator unjail` "
                + "once the suspension is over."
        ])
    }

    @Test func allValidatorsAreSuspended() {
        #expect(findings([node(health())], [validator(1, .jailed), validator(2, .jailed), validator(3, .tombstoned)]) == [
            "All validators are suspended: each operator sends `qustream validator unjail` once the suspension is over."
        ])
    }

    @Test func aValidatorMissesItsTurns() {
        #expect(findings([node(health())], [validator(1), validator(2, missedInARow: 5)]) == [
            "The validator v2 missed its last 5 turns and is suspended if that goes on: "
                + "see that it runs, has a right clock and is connected."
        ])
    }

    @Test func aPeerIsBanned() {
        let found = findings { $0.refused = [.init(who: "1.2.3.4", kind: nil, reason: "sent what is not so", remaining: 59_500)] }
        #expect(found == [
            "v1 has banned 1.2.3.4 for 60 s more: it sent what is not so. That ends by itself; "
                + "if the peer is yours, bring it to the newest release."
        ])
    }

    @Test func aValidatorsMessagesAreIgnored() {
        let found = findings {
            $0.refused = [.init(who: name(2).hex, kind: "vote", reason: "sent messages that cannot be read", remaining: 9000)]
        }
        #expect(found == [
            "v1 ignores messages (vote) of v2 for 10 s more: it sent messages that cannot be read. That ends by itself; "
                + "if the peer is yours, bring it to the newest release."
        ])
    }
}
