import ChainTypes
import Cryptography
import Primitives
import SystemContracts
import Testing
import WorldState

/// Encryption nodes that have to show that they are there, and that they have what they took.
@Suite struct ChallengeTests {
    let alice = EconomyBench.account(0)
    let bob = EconomyBench.account(1)
    let node = EconomyBench.node(1)
    let deposit = QST.one * 100
    /// What the devnet gives a node to answer, in milliseconds.
    let patience: UInt64 = 30_000
    let data = [UInt8](repeating: 5, count: 3 * ChunkTree.chunkBytes - 7)

    private func challenge(_ bench: inout EconomyBench, by caller: Address? = nil, node: Address? = nil) throws -> UInt64 {
        try bench.call(
            Slashing.self, from: caller ?? bob, value: deposit, "challengeNode(address)", [.address(node ?? self.node)])[0].limb0
    }

    private func answer(_ id: UInt64, opening: ChunkOpening? = nil, key: String = "encryption 1") throws -> ChallengeAnswer {
        var answer = ChallengeAnswer(id: id, opening: opening)
        answer.signature = try EconomyBench.privateKey(key).sign(
            answer.message(genesis: .zero), context: ChallengeAnswer.signingContext)
        return answer
    }

    private func submit(_ answer: ChallengeAnswer, _ bench: inout EconomyBench) throws {
        try bench.call(Slashing.self, from: alice, "answerChallenge(bytes)", [.bytes(answer.rlp)])
    }

    private func status(_ id: UInt64, _ bench: inout EconomyBench) throws -> ChallengeStatus? {
        ChallengeStatus(rawValue: try bench.call(Slashing.self, from: alice, "challenge(uint256)", [.number(id)])[6].limb0)
    }

    private func stake(_ bench: inout EconomyBench) throws -> UInt256 {
        let node = node
        return try bench.hook { (hook) throws(NativeFailure) in
            try hook.load(Staking.node(node).slot(.stake), of: Staking.address)
        }
    }

    private func pool(_ bench: inout EconomyBench) throws -> UInt256 {
        try bench.call(Distribution.self, from: alice, "communityPool()")[0]
    }

    /// A key of alice's with the receipt that the node gave her.
    private func receipt(_ bench: inout EconomyBench, signedBy key: String = "encryption 1") throws -> SignedKeyReceipt {
        let device = Hash(UInt256(77))
        try bench.call(KeyRegistry.self, from: alice, "linkDevice(bytes32)", [.word(device.number)])
        let fee = try bench.call(KeyRegistry.self, from: alice, "fee(uint64)", [.number(1000)])[0]
        let id = try bench.call(
            KeyRegistry.self, from: alice, value: fee, "requestKey(bytes32,bytes32,uint64)",
            [.word(device.number), .word(.one), .number(1000)])[0]
        let receipt = KeyReceipt(
            keyID: KeyID(Hash(id)), epoch: 1, isOperator: false, slot: 0, length: UInt64(data.count), chunkCount: 3,
            root: ChunkTree.root(of: ChunkTree.leaves(of: data, first: 0)))
        let signature = try EconomyBench.privateKey(key).sign(receipt.signingPayload, context: KeyReceipt.signingContext)
        return SignedKeyReceipt(receipt: receipt, signature: signature)
    }

    private func audit(
        _ receipt: SignedKeyReceipt, chunk: UInt64, _ bench: inout EconomyBench, by caller: Address? = nil, key: String = "encryption 1"
    ) throws -> UInt64 {
        try bench.call(
            Slashing.self, from: caller ?? alice, value: deposit, "auditNode(bytes,bytes,uint64)",
            [.bytes(EconomyBench.key(key)), .bytes(receipt.rlp), .number(chunk)])[0].limb0
    }

    private func opening(_ chunk: Int) -> ChunkOpening { ChunkOpening(index: chunk, of: data, first: 0, above: []) }

    // MARK: Being there

    @Test func anAnswerEndsTheChallengeAndTheDepositIsTheCommunitys() throws {
        var bench = try EconomyBench()
        let before = try bench.balance(bob)
        let id = try challenge(&bench)
        #expect(try bench.faults() == [])
        let pool = try pool(&bench)
        try submit(try answer(id), &bench)
        #expect(try status(id, &bench) == .answered)
        #expect(try self.pool(&bench) == pool + deposit)
        #expect(refusal { try submit(try answer(id), &bench) } == "there is no such open challenge")
        try bench.block(after: patience)
        #expect(try stake(&bench) == EconomyBench.stake)
        #expect(try bench.balance(bob) == before - deposit)
        #expect(try bench.faults([]) == [])
    }

    @Test func silenceCostsStakeAndSuspendsAndGivesTheDepositBack() throws {
        var bench = try EconomyBench()
        let before = try bench.balance(bob)
        let id = try challenge(&bench)
        try bench.block(after: patience - 1000)
        #expect(try status(id, &bench) == .open)
        try bench.block(after: 1000)
        #expect(try status(id, &bench) == .failed)
        #expect(try stake(&bench) == EconomyBench.stake * UInt256(99) / UInt256(100))
        #expect(try bench.balance(bob) == before)
        #expect(refusal { try submit(try answer(id), &bench) } == "there is no such open challenge")
        #expect(refusal { try bench.call(Staking.self, from: node, "unjailEncryptionNode()") } == "the node is jailed for longer")
        try bench.block(after: 60_000)
        // It lost stake, so it has to bring the minimum again.
        #expect(refusal { try bench.call(Staking.self, from: node, "unjailEncryptionNode()") } == "the stake is below the minimum")
        try bench.call(Staking.self, from: node, value: QST.one * 10, "addEncryptionStake()")
        try bench.call(Staking.self, from: node, "unjailEncryptionNode()")
        #expect(try bench.faults([]) == [])
    }

    @Test func theRewardsOfTheTimeAwayGoToTheCommunity() throws {
        var (present, away) = (try EconomyBench(), try EconomyBench())
        _ = try challenge(&away)
        for _ in 0..<2 {
            try present.block(after: patience)
            try away.block(after: patience)
        }
        let (whole, lost) = (
            try rewards(&present, atCloseAfter: 60_000), try rewards(&away, atCloseAfter: 60_000)
        )
        #expect(lost < whole && !lost.isZero)
        #expect(try away.faults([]) == [])
    }

    private func rewards(_ bench: inout EconomyBench, atCloseAfter milliseconds: UInt64) throws -> UInt256 {
        try bench.block(after: milliseconds)
        return try bench.call(Distribution.self, from: node, "withdrawNodeRewards()")[0]
    }

    @Test func oneSilenceIsPunishedOnceHoweverManyAsk() throws {
        var bench = try EconomyBench()
        let before = try bench.balance(bob)
        var ids: [UInt64] = []
        for _ in 0..<5 { ids.append(try challenge(&bench)) }
        try bench.block(after: patience)
        #expect(try ids.map { try status($0, &bench) } == [.failed, .dropped, .dropped, .dropped, .dropped])
        #expect(try stake(&bench) == EconomyBench.stake * UInt256(99) / UInt256(100))
        #expect(try bench.balance(bob) == before)
        #expect(refusal { _ = try challenge(&bench) } == "the node is suspended already")
        #expect(try bench.faults([]) == [])
    }

    @Test func aBlockJudgesABoundedNumberAndNoneIsForgotten() throws {
        var bench = try EconomyBench()
        for _ in 0..<40 { _ = try challenge(&bench) }
        try bench.block(after: patience)
        #expect(try status(1, &bench) == .failed)
        #expect(try status(40, &bench) == .open)
        for _ in 0..<2 { try bench.block() }
        #expect(try status(40, &bench) == .dropped)
        // The queue is empty again, and goes on.
        let other = try challenge(&bench, node: EconomyBench.node(0))
        try bench.block(after: patience)
        #expect(try status(other, &bench) == .failed)
        #expect(try bench.faults([]) == [])
    }

    @Test func onlyTheNodesOwnWordCounts() throws {
        var bench = try EconomyBench()
        let id = try challenge(&bench)
        #expect(refusal { try submit(try answer(id, key: "encryption 0"), &bench) } == "the answer is not signed by the node")
        var forged = try answer(id)
        forged.id = id + 1
        #expect(refusal { try submit(forged, &bench) } == "there is no such open challenge")
        #expect(refusal { try submit(try answer(id, opening: opening(0)), &bench) } == "the challenge asks for no data")
        #expect(
            refusal { try bench.call(Slashing.self, from: alice, "answerChallenge(bytes)", [.bytes([0xc0])]) } == "malformed answer")
        #expect(try status(id, &bench) == .open)
    }

    @Test func aChallengeNeedsItsDepositAndARegisteredNode() throws {
        var bench = try EconomyBench()
        #expect(
            refusal { try bench.call(Slashing.self, from: bob, value: deposit - .one, "challengeNode(address)", [.address(node)]) }
                == "the payment is not the deposit of a challenge")
        #expect(refusal { _ = try challenge(&bench, node: bob) } == "the node is not registered")
        #expect(refusal { try bench.call(Slashing.self, from: bob, "challenge(uint256)", [.number(1)]) } == "there is no such challenge")
    }

    @Test func whoLeavesIsStillAskedUntilItsStakeIsFree() throws {
        var bench = try EconomyBench()
        let before = try bench.balance(bob)
        try bench.call(Staking.self, from: node, "exitEncryptionNode()")
        let first = try challenge(&bench)
        try bench.block(after: patience)
        #expect(try status(first, &bench) == .failed)
        #expect(try stake(&bench) == EconomyBench.stake * UInt256(99) / UInt256(100))
        #expect(try bench.balance(bob) == before)
        #expect(try bench.faults([]) == [])
    }

    // MARK: Audits

    @Test func aNodeShowsAnyChunkThatItTook() throws {
        var bench = try EconomyBench()
        let receipt = try receipt(&bench)
        for chunk in 0..<3 {
            let id = try audit(receipt, chunk: UInt64(chunk), &bench)
            #expect(refusal { try submit(try answer(id), &bench) } == "the answer has not the chunk that was asked for")
            #expect(
                refusal { try submit(try answer(id, opening: opening((chunk + 1) % 3)), &bench) }
                    == "the answer has not the chunk that was asked for")
            var damaged = opening(chunk)
            damaged.chunk[3] ^= 1
            #expect(
                refusal { try submit(try answer(id, opening: damaged), &bench) } == "the answer has not the chunk that was asked for")
            try submit(try answer(id, opening: opening(chunk)), &bench)
            #expect(try status(id, &bench) == .answered)
        }
    }

    @Test func onlyTheOwnerAuditsAndOnlyByTheNodesReceipt() throws {
        var bench = try EconomyBench()
        let receipt = try receipt(&bench)
        #expect(refusal { _ = try audit(receipt, chunk: 0, &bench, by: bob) } == "the key is not the caller's")
        #expect(refusal { _ = try audit(receipt, chunk: 3, &bench) } == "the node has no such chunk")
        #expect(refusal { _ = try audit(receipt, chunk: 0, &bench, key: "encryption 0") } == "the receipt is not signed by the node")
        #expect(refusal { _ = try audit(receipt, chunk: 0, &bench, key: "nobody") } == "the key is no encryption node's")
        // A validator's key is no node's, not even where both are one account's.
        #expect(
            refusal {
                _ = try audit(try self.receipt(&bench, signedBy: "node 0"), chunk: 0, &bench, key: "node 0")
            } == "the node is not registered")
    }

    @Test func aNewKeyDoesNotFreeANodeOfItsReceipts() throws {
        var bench = try EconomyBench()
        let receipt = try receipt(&bench)
        try bench.call(
            Staking.self, from: node, "updateEncryptionNode(uint64,bytes,string,string,bytes)",
            [
                .number(10), .bytes(EconomyBench.key("new")), .text(""), .text("n1"), .bytes(try EconomyBench.proof("new", node)),
            ])
        let id = try audit(receipt, chunk: 1, &bench)
        #expect(refusal { try submit(try answer(id, opening: opening(1)), &bench) } == "the answer is not signed by the node")
        try submit(try answer(id, opening: opening(1), key: "new"), &bench)
        #expect(try status(id, &bench) == .answered)
    }

    private func replaceKey(_ name: String, _ bench: inout EconomyBench) throws {
        try bench.call(
            Staking.self, from: node, "updateEncryptionNode(uint64,bytes,string,string,bytes)",
            [.number(10), .bytes(EconomyBench.key(name)), .text(""), .text("n1"), .bytes(try EconomyBench.proof(name, node))])
    }

    /// A node has replaced its key because somebody else may have it, who then makes receipts for data that the node never saw.
    @Test func whatAReplacedKeySignsForLaterRequestsAccusesNobody() throws {
        var bench = try EconomyBench()
        let honest = try receipt(&bench)
        try bench.block()
        try replaceKey("new", &bench)
        try bench.block()
        let forged = try receipt(&bench)
        let refused = "the receipt's key was not the node's when the key was requested"
        #expect(refusal { _ = try audit(forged, chunk: 0, &bench) } == refused)
        // It answers for what it signed before, also after another change.
        _ = try audit(honest, chunk: 0, &bench)
        try replaceKey("newer", &bench)
        _ = try audit(honest, chunk: 1, &bench)
        #expect(refusal { _ = try audit(forged, chunk: 0, &bench) } == refused)
    }

    @Test func whatAnAccountsValidatorKeySignsIsNoReceipt() throws {
        var bench = try EconomyBench()
        let both = EconomyBench.validator(0)
        try bench.call(
            Staking.self, from: both, value: EconomyBench.stake, "registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)",
            [
                .number(1), .number(10), .bytes(EconomyBench.key("both")), .text(""), .text("both"),
                .bytes(try EconomyBench.proof("both", both)),
            ])
        try bench.block()
        #expect(
            refusal { _ = try audit(try receipt(&bench, signedBy: "consensus 0"), chunk: 0, &bench, key: "consensus 0") }
                == "the receipt's key was not the node's when the key was requested")
        _ = try audit(try receipt(&bench, signedBy: "both"), chunk: 0, &bench, key: "both")
    }

    @Test func whoGivesTheKeyUpAfterAskingGainsNothing() throws {
        var bench = try EconomyBench()
        let receipt = try receipt(&bench)
        let id = try audit(receipt, chunk: 0, &bench)
        let before = try bench.balance(alice)
        try bench.call(KeyRegistry.self, from: alice, "removeKey(bytes32)", [.word(receipt.receipt.keyID.hash.number)])
        try bench.block(after: patience)
        #expect(try status(id, &bench) == .dropped)
        #expect(try stake(&bench) == EconomyBench.stake)
        #expect(try bench.balance(alice) == before)
        #expect(refusal { _ = try audit(receipt, chunk: 0, &bench) } == "the key has been given up")
        #expect(try bench.faults([]) == [])
    }

    /// Whoever has left with its stake has deleted what it held. When it comes back, it is as a newcomer, with a new key.
    @Test func whoHasLeftAndComesBackDoesNotAnswerForWhatItHeldBefore() throws {
        var bench = try EconomyBench()
        let receipt = try receipt(&bench)
        try bench.call(Staking.self, from: node, "exitEncryptionNode()")
        try bench.block(after: 180_000)
        try bench.call(Staking.self, from: bob, "completeExit(address)", [.address(node)])
        try bench.call(
            Staking.self, from: node, value: EconomyBench.stake, "registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)",
            [
                .number(1), .number(10), .bytes(EconomyBench.key("encryption 1 again")), .text("127.0.0.1:7"), .text("again"),
                .bytes(try EconomyBench.proof("encryption 1 again", node)),
            ])
        try bench.block(after: 60_000)
        #expect(refusal { _ = try audit(receipt, chunk: 1, &bench) } == "the node was not registered when the key was requested")
        try bench.block(after: patience)
        #expect(try stake(&bench) == EconomyBench.stake)
        #expect(try bench.faults() == [])
    }

    /// The same where it was asked while it was still leaving.
    @Test func whoComesBackBeforeAnAuditIsJudgedDoesNotAnswerForWhatItHeldBefore() throws {
        var bench = try EconomyBench()
        let receipt = try receipt(&bench)
        let before = try bench.balance(alice)
        try bench.call(Staking.self, from: node, "exitEncryptionNode()")
        try bench.block(after: 179_000)
        let id = try audit(receipt, chunk: 1, &bench)
        try bench.block(after: 1000)
        try bench.call(Staking.self, from: bob, "completeExit(address)", [.address(node)])
        try bench.call(
            Staking.self, from: node, value: EconomyBench.stake, "registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)",
            [
                .number(1), .number(10), .bytes(EconomyBench.key("encryption 1 again")), .text("127.0.0.1:7"), .text("again"),
                .bytes(try EconomyBench.proof("encryption 1 again", node)),
            ])
        try bench.block(after: patience)
        #expect(try status(id, &bench) == .dropped)
        #expect(try stake(&bench) == EconomyBench.stake)
        #expect(try bench.balance(alice) == before)
        #expect(try bench.faults() == [])
    }

    // MARK: Blocks

    @Test func aBlockTakesEachAnswerOnceAndAtMostFour() throws {
        var bench = try EconomyBench()
        var answers: [ChallengeAnswer] = []
        for _ in 0..<6 { answers.append(try answer(try challenge(&bench))) }
        var false_ = answers[0]
        false_.signature[0] ^= 1
        let taken = try Slashing.answerable(
            [false_, answers[0], answers[0]] + answers, genesis: .zero, seconds: bench.time / 1000, height: bench.height + 1,
            on: bench.settledReader())
        #expect(taken == Array(answers.prefix(Envelope.maximumAnswers)))
    }

    @Test func aNodeHearsOfItsOwnOpenChallengesOnly() throws {
        var bench = try EconomyBench()
        let (own, other) = (Keccak256.hash(EconomyBench.key("encryption 1")), Keccak256.hash(EconomyBench.key("encryption 0")))
        #expect(try Slashing.openChallenges(ofNodeKey: own, on: bench.settledReader()) == [])
        let first = try challenge(&bench)
        let foreign = try challenge(&bench, node: EconomyBench.node(0))
        var last = first
        for _ in 0..<10 { last = try challenge(&bench) }
        try submit(try answer(last), &bench)
        let heard = try Slashing.openChallenges(ofNodeKey: own, on: bench.settledReader())
        #expect(heard.count == OpenChallenges.maximumCount && heard.first == last - 1)
        #expect(try Slashing.openChallenges(ofNodeKey: other, on: bench.settledReader()) == [foreign])
        try bench.block(after: patience)
        try bench.block()
        #expect(try Slashing.openChallenges(ofNodeKey: own, on: bench.settledReader()) == [])
        var view = EconomyView(try bench.settledReader(), timeMilliseconds: bench.time)
        #expect(try view.challenges(of: EconomyBench.node(0)).map(\.id) == [foreign])
        #expect(try view.challenges(of: nil).map(\.id) == (1...last).reversed().map { $0 })
    }

    /// Challenges that came after one and are answered already must not hide it: its silence would be punished.
    @Test func noNumberOfAnsweredChallengesHidesAnOpenOne() throws {
        var bench = try EconomyBench()
        for _ in 0..<300 { _ = try challenge(&bench) }
        let own = Keccak256.hash(EconomyBench.key("encryption 1"))
        var answered = 0
        while true {
            let heard = try Slashing.openChallenges(ofNodeKey: own, on: bench.settledReader())
            guard !heard.isEmpty else { break }
            for id in heard.prefix(Envelope.maximumAnswers) { try submit(try answer(id), &bench) }
            answered += min(heard.count, Envelope.maximumAnswers)
        }
        #expect(answered == 300)
        try bench.block(after: patience)
        #expect(try stake(&bench) == EconomyBench.stake)
        var view = EconomyView(try bench.settledReader(), timeMilliseconds: bench.time)
        #expect(try view.challenges(of: node).first?.id == 300)
        #expect(try bench.faults([]) == [])
    }

    /// Whoever goes on asking stands before all that has been answered since.
    @Test func whoGoesOnAskingHidesNoOpenChallenge() throws {
        var bench = try EconomyBench()
        for _ in 0..<320 { _ = try challenge(&bench) }
        let own = Keccak256.hash(EconomyBench.key("encryption 1"))
        var (asked, answered) = (320, 0)
        while true {
            let heard = try Slashing.openChallenges(ofNodeKey: own, on: bench.settledReader())
            guard !heard.isEmpty else { break }
            // It comes while the answers to older ones are on their way.
            if asked < 420 {
                _ = try challenge(&bench)
                asked += 1
            }
            for id in heard.prefix(Envelope.maximumAnswers) { try submit(try answer(id), &bench) }
            answered += min(heard.count, Envelope.maximumAnswers)
        }
        #expect(answered == asked)
        try bench.block(after: patience)
        #expect(try stake(&bench) == EconomyBench.stake)
        var view = EconomyView(try bench.settledReader(), timeMilliseconds: bench.time)
        #expect(try view.challenges(of: node).map(\.id) == (321...420).reversed().map { $0 })
        #expect(try bench.faults([]) == [])
    }
}
