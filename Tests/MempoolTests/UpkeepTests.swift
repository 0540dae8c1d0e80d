import ChainTypes
import Execution
import Mempool
import Primitives
import Testing

/// What a mempool forgets, and when.
@Suite struct UpkeepTests {
    @Test func nothingWaitsForEver() throws {
        var pool = try Pool { $0.lifetimeMilliseconds = 1000 }
        try pool.add(Payer(number: 0).transfer())
        pool.now += 600
        try pool.add(Payer(number: 0).transfer(nonce: 1))
        let young = try Payer(number: 1).transfer()
        try pool.add(young)
        pool.now += 400
        try pool.include([])
        #expect(pool.mempool.count == 3)
        pool.now += 1
        try pool.include([])
        #expect(pool.order == [young.hash], "what follows an old one goes with it")
        pool.now += 1000
        try pool.include([])
        #expect(pool.mempool.count == 0 && pool.mempool.bytes == 0)
    }

    @Test func aClockThatIsSetBackMakesNothingOld() throws {
        var pool = try Pool { $0.lifetimeMilliseconds = 1000 }
        try pool.add(Payer(number: 0).transfer())
        pool.now -= 500_000
        try pool.include([])
        #expect(pool.mempool.count == 1)
    }

    @Test func whatNoBlockMayIncludeAnyMoreGoesThoughNobodyCouldPayForIt() throws {
        var pool = try Pool(baseFee: 4)
        try pool.add(Payer(number: 0).transfer(tip: 2, cap: 2) { $0.lastValidBlock = 3 })
        try pool.add(Payer(number: 0).transfer(nonce: 1, tip: 2, cap: 2))
        for block in 2...3 {
            try pool.include([])
            #expect(pool.mempool.rules.nextBlock == UInt64(block) && pool.mempool.count == 2)
        }
        try pool.include([])
        #expect(pool.mempool.count == 0)
    }

    @Test func whatABlockIncludedGoesAndTheRestStays() throws {
        var pool = try Pool()
        let run = try (0..<4).map { try Payer(number: 0).transfer(nonce: UInt64($0)) }
        for transaction in run { try pool.add(transaction) }
        try pool.include(Array(run.prefix(2)))
        #expect(pool.order == run.suffix(2).map(\.hash))
        #expect(pool.mempool.bytes == run.suffix(2).reduce(0) { $0 + $1.bodyBytes })
    }

    @Test func theLastBlockThatMayIncludeATransactionDoesNotTakeItsFollowers() throws {
        var pool = try Pool()
        let first = try Payer(number: 0).transfer { $0.lastValidBlock = 1 }
        let follower = try Payer(number: 0).transfer(nonce: 1)
        for transaction in [first, follower] { try pool.add(transaction) }
        try pool.include([first])
        #expect(pool.order == [follower.hash])
    }

    @Test func whatAnAccountCannotPayAnyMoreGoesAfterItsBlock() throws {
        var pool = try Pool()
        let run = try (0..<4).map { try Payer(number: 0).transfer(nonce: UInt64($0)) }
        for transaction in run { try pool.add(transaction) }
        // Left for two more, not for three.
        let cost = try #require(run[0].body.maximumCost)
        pool.crowd.set(balance: cost * 2 + .one, of: run[0].body.sender)
        try pool.include([run[0]])
        #expect(pool.order == run[1...2].map(\.hash))
    }

    @Test func whatTheAccountsNewKeyDoesNotSignGoes() throws {
        var pool = try Pool()
        for nonce in 0..<3 as Range<UInt64> { try pool.add(Payer(number: 0).transfer(nonce: nonce)) }
        let other = try Payer(number: 0).transfer { $0.nextKeyCommitment = Hash(UInt256(9)) }
        try pool.include([other])
        #expect(pool.mempool.count == 0)
    }

    @Test func everyAccountIsLookedAtAgainSoonThoughNoBlockTouchedIt() throws {
        var pool = try Pool()
        let transaction = try Payer(number: 0).transfer()
        try pool.add(transaction)
        pool.crowd.set(balance: .zero, of: transaction.body.sender)
        try pool.include([])
        #expect(pool.mempool.count == 1)
        for _ in 0..<64 { try pool.include([]) }
        #expect(pool.mempool.count == 0)
    }
}

/// In which order transactions are tried.
@Suite struct CandidateTests {
    @Test func theBestTipComesFirstAndNoncesInOrder() throws {
        var pool = try Pool()
        let cheap = try (0..<2).map { try Payer(number: 0).transfer(nonce: UInt64($0), tip: $0 == 0 ? 1 : 50) }
        let dear = try (0..<2).map { try Payer(number: 1).transfer(nonce: UInt64($0), tip: $0 == 0 ? 9 : 3) }
        for transaction in cheap + dear { try pool.add(transaction) }
        #expect(pool.order == [dear[0], dear[1], cheap[0], cheap[1]].map(\.hash))
    }

    @Test func whatIsInABlockAboveTheFinalOneIsNotTriedAgain() throws {
        var pool = try Pool()
        let run = try (0..<3).map { try Payer(number: 0).transfer(nonce: UInt64($0)) }
        for transaction in run { try pool.add(transaction) }
        let sender = run[0].body.sender
        #expect(pool.mempool.candidates(baseFee: .one, nonces: [sender: 2]).map(\.hash) == [run[2].hash])
        #expect(pool.mempool.candidates(baseFee: .one, nonces: [sender: 3]).isEmpty)
        // There it has gone another way.
        #expect(pool.mempool.candidates(baseFee: .one, nonces: [sender: 9]).isEmpty)
    }

    @Test func whatWasInABlockThatCameToNothingComesLastHoweverDear() throws {
        var pool = try Pool()
        let dear = try Payer(number: 0).transfer(tip: 50)
        let dearer = try Payer(number: 1).transfer(tip: 60)
        let cheap = try Payer(number: 2).transfer(tip: 1)
        for transaction in [dear, dearer, cheap] { try pool.add(transaction) }
        pool.mempool.putBack([dear.hash, dearer.hash])
        #expect(pool.order == [cheap, dearer, dear].map(\.hash))
        pool.mempool.putBack([dearer.hash])
        #expect(pool.order == [cheap, dear, dearer].map(\.hash))
        #expect(pool.mempool.setBack == [dear.hash, dearer.hash])
        try pool.include([dear, dearer])
        #expect(pool.mempool.setBack.isEmpty && pool.order == [cheap.hash])
    }

    @Test func whatTookTooLongThreeTimesIsDroppedAndNotTakenAgain() throws {
        var pool = try Pool()
        let slow = try Payer(number: 0).transfer(tip: 50)
        let follower = try Payer(number: 0).transfer(nonce: 1)
        for transaction in [slow, follower] { try pool.add(transaction) }
        for _ in 0..<2 { pool.mempool.overran(slow.hash) }
        #expect(pool.mempool.count == 2)
        pool.mempool.overran(slow.hash)
        #expect(pool.mempool.count == 0)
        #expect(throws: AdmissionError.tooSlow) { try pool.add(slow) }
        // The sender may send another one in its place.
        try pool.add(Payer(number: 0).transfer(tip: 51))
    }
}
