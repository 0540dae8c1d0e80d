import ChainTypes
import Execution
import Mempool
import Primitives
import Replica
import Synchronization
import Testing

/// What a replica makes of transactions: blocks that cannot be emptied, messages that arrive.
@Suite struct ProposingTests {
    @Test func highGasLimitsKeepNobodyOutOfABlock() throws {
        var lone = try LoneReplica(payers: 400)
        let genesis = lone.replica.genesis
        let limits: [UInt64] = [15_000_000, 15_000_000] + [UInt64](repeating: 21_000, count: 398)
        for (number, limit) in limits.enumerated() {
            try lone.submit(
                Payer(number: number).transfer(tip: limit > 21_000 ? 2 : 1, genesis: genesis) { $0.gasLimit = limit })
        }
        try lone.wait(900)
        #expect(lone.final.first?.transactions.count == 400)
    }

    @Test func whatCannotFitAnyMoreKeepsOutNobodyWhoDoes() throws {
        var lone = try LoneReplica(payers: 40)
        let genesis = lone.replica.genesis
        // Their calldata costs what they are limited to, so that the third does not fit behind two.
        for number in 0..<20 {
            try lone.submit(
                Payer(number: number).transfer(tip: 5, data: 120_000, genesis: genesis) { $0.gasLimit = 16_000_000 })
        }
        for number in 20..<40 { try lone.submit(Payer(number: number).transfer(genesis: genesis)) }
        try lone.wait(900)
        let limits = try #require(lone.final.first).transactions.map(\.body.gasLimit)
        #expect(limits.filter { $0 == 21_000 }.count == 20, "\(limits)")
    }

    @Test func whatWasInANullifiedBlockGoesToTheBackAndBlocksShrink() throws {
        var lone = try LoneReplica(validators: 4, payers: 12)
        let genesis = lone.replica.genesis
        let first = try (0..<5).map { try Payer(number: $0).transfer(tip: 9, genesis: genesis) }
        for transaction in first { try lone.submit(transaction) }
        let proposal = try lone.nextProposal()
        #expect(Set(proposal) == Set(first.map(\.hash)))
        let second = try Payer(number: 5).transfer(tip: 1, genesis: genesis)
        try lone.submit(second)
        try lone.nullify()
        #expect(
            try lone.nextProposal() == [second.hash],
            "after three missed views, one transaction: the one that nobody has refused yet")
        try lone.nullify()
        // Now all have been refused once, and price decides again.
        let dearest = try #require(first.map(\.hash).min())
        #expect(try lone.nextProposal() == [dearest])
    }

    @Test func aTransactionThatTakesTooLongHoldsUpNoBlockAndIsGivenUp() throws {
        let clock = Ticks()
        var lone = try LoneReplica(payers: 2) { $0.stopwatch = { clock.next() } }
        let slow = try Payer(number: 0).transfer(genesis: lone.replica.genesis)
        try lone.submit(slow)
        // Half of a quarter of two seconds is over with each look at the clock.
        clock.step.store(300, ordering: .relaxed)
        try lone.wait(2500)
        #expect(lone.final.count >= 2 && lone.final.allSatisfy { $0.transactions.isEmpty })
        try lone.wait(10_000)
        #expect(lone.replica.mempool.count == 0)
        clock.step.store(0, ordering: .relaxed)
        try lone.submit(slow, ticket: 7)
        #expect(lone.answers[7] == .failure(.tooSlow))
        try lone.submit(Payer(number: 1).transfer(genesis: lone.replica.genesis))
        try lone.wait(2000)
        #expect(lone.final.contains { $0.transactions.count == 1 })
    }
}

/// A stopwatch that moves when it is looked at.
private final class Ticks: Sendable {
    let step = Atomic<UInt64>(0)
    private let now = Atomic<UInt64>(0)

    func next() -> UInt64 { now.wrappingAdd(step.load(ordering: .relaxed), ordering: .relaxed).newValue }
}

@Suite struct GossipTests {
    /// What a guest may send in one frame.
    private static let frame = 1 << 20

    @Test func noMessageIsLongerThanEveryPeerTakes() throws {
        var lone = try LoneReplica(votes: false, payers: 40)
        for number in 0..<40 {
            try lone.submit(Payer(number: number).transfer(data: 120_000, genesis: lone.replica.genesis))
        }
        try lone.wait(100)
        #expect(lone.batches.map(\.transactions.count).reduce(0, +) == 40)
        #expect(lone.batches.allSatisfy { $0.length <= Self.frame }, "\(lone.batches.map(\.length))")
    }

    @Test func whatWaitsReachesAValidatorThatComesBack() throws {
        var lone = try LoneReplica(votes: false, payers: 300)
        let genesis = lone.replica.genesis
        for number in 0..<300 { try lone.submit(Payer(number: number).transfer(data: 500, genesis: genesis)) }
        try lone.wait(100)
        lone.forgetSent()
        try lone.handle(.connected(lone.name(0)))
        #expect(lone.batches.map(\.transactions.count).reduce(0, +) == 300)
        #expect(lone.batches.allSatisfy { $0.length <= Self.frame }, "\(lone.batches.map(\.length))")
    }

    @Test func aValidatorThatHadNoRoomHearsOfATransactionAgainAndAgain() throws {
        var lone = try LoneReplica(votes: false, payers: 3)
        let genesis = lone.replica.genesis
        let own = try Payer(number: 0).transfer(genesis: genesis)
        let foreign = try Payer(number: 1).transfer(genesis: genesis)
        try lone.submit(own)
        try lone.receive([foreign], from: Hash(UInt256(5)))
        #expect(lone.replica.mempool.count == 2)
        try lone.wait(100)
        lone.forgetSent()
        try lone.wait(9000)
        #expect(lone.batches.isEmpty)
        try lone.wait(22_000)
        #expect(
            lone.batches.map(\.transactions) == [[own.hash], [own.hash], [own.hash]],
            "only the node where it came in repeats it")
    }

    @Test func repetitionsAreFewAndShort() throws {
        var lone = try LoneReplica(votes: false, payers: 70)
        let genesis = lone.replica.genesis
        for number in 0..<70 {
            try lone.submit(Payer(number: number).transfer(data: number < 20 ? 120_000 : 0, genesis: genesis))
        }
        try lone.wait(100)
        lone.forgetSent()
        for _ in 0..<15 {
            let before = lone.batches.count
            try lone.wait(1000)
            #expect(lone.batches.count <= before + 1)
        }
        #expect(Set(lone.batches.flatMap(\.transactions)).count == 70)
        #expect(lone.batches.allSatisfy { $0.transactions.count <= 32 && $0.length <= Self.frame })
    }
}

@Suite struct NuisanceTests {
    /// A user tells validators one thing and another node something else, which that node passes on in good faith.
    @Test func aPeerIsNotSilencedByWhatItsUsersSayElsewhere() throws {
        var lone = try LoneReplica(payers: 12)
        let genesis = lone.replica.genesis
        let (stranger, relay) = (Hash(UInt256(5)), Hash(UInt256(6)))
        for peer in [stranger, relay] { try lone.handle(.connected(peer)) }
        func run(of number: Int, data: Int) throws -> [SignedTransaction] {
            try (0..<60).map { try Payer(number: number).transfer(nonce: UInt64($0), data: data, genesis: genesis) }
        }
        for number in 0..<10 {
            try lone.receive(try run(of: number, data: 0), from: stranger)
            // None of these replaces one that is here.
            try lone.receive(try run(of: number, data: 1), from: relay)
        }
        #expect(lone.replica.mempool.count == 600)
        let honest = try Payer(number: 11).transfer(genesis: genesis)
        try lone.receive([honest], from: relay)
        #expect(lone.replica.mempool.contains(honest.hash))
    }

    /// What is below the base fee stays where it is for hours, and costs its sender nothing.
    @Test func whatNoBlockCanIncludeDelaysNoRepetitionOfWhatPays() throws {
        let honest = try Payer(number: 1).transfer()
        var resends = Resends()
        for number in 0..<600 { resends.append(Hash(UInt256(UInt64(number))), now: 0) }
        resends.append(honest.hash, now: 0)
        func next(_ now: UInt64) -> [Hash] {
            resends.take(now: now) { (honest, isPayable: $0 == honest.hash) }.map(\.hash)
        }
        #expect(next(10_000) == [honest.hash])
        #expect(next(11_000).isEmpty)
        #expect(next(20_000) == [honest.hash])
        #expect(resends.count == 601)
    }

    @Test func onePeerCannotFillTheQueueOfWhatIsVerified() throws {
        var lone = try LoneReplica(payers: 2200)
        let genesis = lone.replica.genesis
        lone.holdsChecks = true
        let flood = try (0..<2150).map { try Payer(number: $0).transfer(genesis: genesis, isSigned: false) }
        try lone.receive(flood, from: Hash(UInt256(5)))
        #expect(lone.held.count == 2048)
        try lone.receive([flood[2100]], from: Hash(UInt256(6)))
        try lone.submit(Payer(number: 2160).transfer(genesis: genesis))
        #expect(lone.held.count == 2050)
    }

    /// The key of a transaction that is on its way is public, so anyone can write others in its place that are not signed.
    @Test func aForgeryDoesNotStandBetweenATransactionAndTheNext() throws {
        var lone = try LoneReplica(payers: 1)
        let genesis = lone.replica.genesis
        let (relay, forger) = (Hash(UInt256(5)), Hash(UInt256(6)))
        let run = try (0..<2).map { try Payer(number: 0).transfer(nonce: $0, genesis: genesis) }
        let forgery = try Payer(number: 0).transfer(genesis: genesis, isSigned: false) { $0.nextKeyCommitment = Hash(UInt256(9)) }
        lone.holdsChecks = true
        try lone.receive([run[0]], from: relay)
        try lone.receive([forgery], from: forger)
        try lone.receive([run[1]], from: relay)
        #expect(lone.held.count == 3)
    }

    /// What follows a transaction that is being verified is looked at only after its own verification. Whoever sends run after run
    /// that cannot be paid for would have all of it verified for nothing, as often as it likes.
    @Test func whatIsSignedButNotPaidForGivesItsSenderNothingBack() throws {
        var lone = try LoneReplica(payers: 1)
        let genesis = lone.replica.genesis
        let run = try (0..<4).map { try Payer(number: 0).transfer(nonce: $0, genesis: genesis) { $0.value = QST.one * 6 } }
        try lone.receive(run, from: Hash(UInt256(5)))
        #expect(lone.replica.mempool.count == 1)
        #expect(lone.useful == [run[0].hash])
        #expect(lone.complaints == [])
    }

    /// One validator that connects again and again would have all that waits packed for it each time.
    @Test func aValidatorThatComesAndGoesIsNotToldEverythingEachTime() throws {
        var lone = try LoneReplica(validators: 2, payers: 60)
        for number in 0..<50 { try lone.submit(Payer(number: number).transfer(genesis: lone.replica.genesis)) }
        #expect(lone.replica.mempool.count == 50)
        lone.forgetSent()
        func told() -> Int { lone.batches.map(\.transactions.count).reduce(0, +) }
        for _ in 0..<100 {
            try lone.handle(.connected(lone.name(1)))
            try lone.handle(.disconnected(lone.name(1)))
        }
        #expect(told() >= 50 && told() <= 200)
        try lone.wait(10_000)
        lone.forgetSent()
        try lone.handle(.connected(lone.name(1)))
        #expect(told() == lone.replica.mempool.count)
    }
}
