import ChainTypes
import Execution
import Mempool
import Primitives
import Testing

/// What somebody may do who wants the mempool for himself, and what it costs the others: nothing.
@Suite struct GrieferTests {
    @Test func aFullMempoolTakesWhoeverPaysATenthMoreThanTheCheapest() throws {
        var pool = try Pool()
        let fillers = try (0..<8).map { try Payer(number: $0).transfer(tip: 10 + UInt64($0)) }
        for filler in fillers { try pool.add(filler) }
        let honest = Payer(number: 8)
        #expect(throws: AdmissionError.outbid(minimumPerGas: QST.gwei * 11)) { try pool.add(honest.transfer(tip: 10)) }
        let dear = try honest.transfer(tip: 11)
        try pool.add(dear)
        #expect(pool.mempool.count == 8 && pool.mempool.contains(dear.hash))
        #expect(!pool.mempool.contains(fillers[0].hash) && pool.mempool.contains(fillers[1].hash))
    }

    @Test func whatCannotBeIncludedMakesRoomForWhatCan() throws {
        var pool = try Pool(baseFee: 4)
        for number in 0..<8 { try pool.add(Payer(number: number).transfer(tip: 3, cap: 3)) }
        let payable = try Payer(number: 8).transfer(tip: 0, cap: 4)
        try pool.add(payable)
        #expect(pool.mempool.contains(payable.hash) && pool.mempool.count == 8)
    }

    @Test func placesAreNotFoughtForWithSingleWei() throws {
        var pool = try Pool()
        for number in 0..<8 { try pool.add(Payer(number: number).transfer(tip: 0)) }
        #expect(throws: AdmissionError.outbid(minimumPerGas: 1_000_000)) {
            try pool.add(Payer(number: 8).transfer { $0.maxPriorityFeePerGas = 999_999 })
        }
        try pool.add(Payer(number: 8).transfer { $0.maxPriorityFeePerGas = 1_000_000 })
    }

    @Test(arguments: [
        (7, 6, false), (7, 7, true), (5_000_000_000, 2_499_999_999, false), (5_000_000_000, 2_500_000_000, true),
    ])
    func aCapThatNoBlockWouldTakeIsRefused(baseFee: UInt64, cap: UInt64, isTaken: Bool) throws {
        var pool = try Pool()
        pool.mempool.rules.baseFee = UInt256(baseFee)
        let transaction = try Payer(number: 0).transfer {
            $0.maxFeePerGas = UInt256(cap)
            $0.maxPriorityFeePerGas = .zero
        }
        try? pool.add(transaction)
        #expect(pool.mempool.contains(transaction.hash) == isTaken)
    }

    @Test func onlyTheLastOfARunIsPushedOut() throws {
        var pool = try Pool()
        let run = try (0..<8).map { try Payer(number: 0).transfer(nonce: UInt64($0), tip: 10) }
        for transaction in run { try pool.add(transaction) }
        try pool.add(Payer(number: 1).transfer(tip: 20))
        #expect(pool.mempool.waiting(of: run[0].body.sender).map(\.hash) == run.prefix(7).map(\.hash))
    }

    @Test func aDearLastTransactionDoesNotProtectTheCheapOnesBeforeIt() throws {
        var pool = try Pool()
        let griefer = Payer(number: 0)
        for nonce in 0..<4 as Range<UInt64> { try pool.add(griefer.transfer(nonce: nonce, tip: nonce == 3 ? 90 : 1)) }
        for number in 1..<5 { try pool.add(Payer(number: number).transfer(tip: 10)) }
        let honest = try Payer(number: 5).transfer(tip: 11)
        try pool.add(honest)
        #expect(pool.mempool.contains(honest.hash))
        #expect(pool.mempool.nextNonce(of: try griefer.address) == 3)
    }

    @Test func whoWaitsBehindACheapTransactionOfHisOwnPushesNobodyOut() throws {
        var pool = try Pool()
        try pool.add(Payer(number: 0).transfer(tip: 1))
        for number in 1..<8 { try pool.add(Payer(number: number).transfer(tip: 5)) }
        #expect(throws: AdmissionError.outbid(minimumPerGas: QST.gwei * 11 / 10)) {
            try pool.add(Payer(number: 0).transfer(nonce: 1, tip: 90))
        }
        #expect(pool.mempool.count == 8)
    }

    @Test func amongEqualsTheLongestRunMakesRoom() throws {
        var pool = try Pool()
        for number in 0..<5 { try pool.add(Payer(number: number).transfer(tip: 2)) }
        for nonce in 0..<3 as Range<UInt64> { try pool.add(Payer(number: 5).transfer(nonce: nonce, tip: 2)) }
        try pool.add(Payer(number: 6).transfer(tip: 3))
        try pool.add(Payer(number: 7).transfer(tip: 3))
        #expect(pool.mempool.waiting(of: try Payer(number: 5).address).count == 1)
        for number in 0..<5 { #expect(pool.mempool.waiting(of: try Payer(number: number).address).count == 1) }
    }

    @Test func bytesAreBoundedTooAndALongTransactionOutbidsAllThatItPushesOut() throws {
        let short = try Payer(number: 0).transfer().bodyBytes
        var pool = try Pool { $0.bytes = 3 * short + 100 }
        let waiting = [
            try Payer(number: 0).transfer(tip: 10), try Payer(number: 1).transfer(tip: 20),
            try Payer(number: 2).transfer(tip: 30),
        ]
        for transaction in waiting { try pool.add(transaction) }
        // It needs two places, but outbids one.
        #expect(throws: AdmissionError.outbid(minimumPerGas: QST.gwei * 22)) {
            try pool.add(Payer(number: 3).transfer(tip: 21, data: short))
        }
        #expect(Set(pool.order) == Set(waiting.map(\.hash)), "nobody loses a place to one that is refused")
        try pool.add(Payer(number: 3).transfer(tip: 22, data: short))
        #expect(pool.mempool.count == 2 && pool.mempool.contains(waiting[2].hash))
        #expect(pool.mempool.bytes <= 3 * short + 100)
    }

    @Test func anAccountHasAShareOfBytesAsWell() throws {
        let short = try Payer(number: 0).transfer().bodyBytes
        var pool = try Pool { $0.senderBytes = 2 * short + 100 }
        try pool.add(Payer(number: 0).transfer())
        try pool.add(Payer(number: 0).transfer(nonce: 1))
        #expect(throws: AdmissionError.tooManyBytesInFlight(maximum: 2 * short + 100)) {
            try pool.add(Payer(number: 0).transfer(nonce: 2))
        }
        // A replacement counts for what it adds.
        try pool.add(Payer(number: 0).transfer(nonce: 1, tip: 2, cap: 200))
        #expect(throws: AdmissionError.tooManyBytesInFlight(maximum: 2 * short + 100)) {
            try pool.add(Payer(number: 0).transfer(nonce: 1, tip: 4, cap: 400, data: 200))
        }
    }

    /// Only the first few of a flood are in the next block and pay. If the others could expire with it, the flood would have
    /// emptied the mempool for nothing.
    @Test(arguments: [1, 2, 63] as [UInt64]) func whatExpiresSoonPushesNobodyOut(lastBlock: UInt64) throws {
        var pool = try Pool(payers: 16)
        let honest = try (0..<8).map { try Payer(number: $0).transfer(tip: 10) }
        for transaction in honest { try pool.add(transaction) }
        for number in 8..<16 { try? pool.add(Payer(number: number).transfer(tip: 20) { $0.lastValidBlock = lastBlock }) }
        for _ in 0..<lastBlock { try pool.include([]) }
        #expect(Set(pool.order) == Set(honest.map(\.hash)))
    }

    @Test func whatStaysLongEnoughPushesOthersOut() throws {
        var pool = try Pool()
        for number in 0..<8 { try pool.add(Payer(number: number).transfer(tip: 10)) }
        let new = try Payer(number: 8).transfer(tip: 20) { $0.lastValidBlock = 65 }
        try pool.add(new)
        #expect(pool.mempool.contains(new.hash))
    }

    @Test func whatWaitsBehindOneThatExpiresSoonPushesNobodyOut() throws {
        var pool = try Pool(payers: 16)
        try pool.add(Payer(number: 8).transfer(tip: 90) { $0.lastValidBlock = 1 })
        let honest = try (0..<7).map { try Payer(number: $0).transfer(tip: 10) }
        for transaction in honest { try pool.add(transaction) }
        for nonce in 1..<8 as Range<UInt64> { try? pool.add(Payer(number: 8).transfer(nonce: nonce, tip: 90)) }
        try pool.include([])
        #expect(Set(pool.order) == Set(honest.map(\.hash)))
    }

    @Test func aReplacementExpiresNoSooner() throws {
        var pool = try Pool(payers: 16)
        let intruder = try Payer(number: 8).transfer(tip: 20)
        for number in 0..<8 { try pool.add(Payer(number: number).transfer(tip: 10)) }
        try pool.add(intruder)
        try? pool.add(Payer(number: 8).transfer(tip: 40, cap: 200) { $0.lastValidBlock = 1 })
        try pool.include([])
        #expect(pool.mempool.contains(intruder.hash))
    }

    /// A flood outbids everybody at the next base fee, and the first full blocks leave the rest of it behind.
    @Test(arguments: [5, 6] as [UInt64]) func whatARisingBaseFeeLeavesBehindPushesOutNothingThatCouldPay(cap: UInt64) throws {
        var pool = try Pool(payers: 16, baseFee: 4)
        let honest = try (0..<8).map { try Payer(number: $0).transfer { $0.maxPriorityFeePerGas = QST.gwei / 10 } }
        for transaction in honest { try pool.add(transaction) }
        for number in 8..<16 {
            #expect(throws: AdmissionError.capTooLow(leastFeePerGas: QST.gwei * 6 + QST.gwei / 10)) {
                try pool.add(Payer(number: number).transfer(tip: 1, cap: cap))
            }
        }
        pool.mempool.rules.baseFee = QST.gwei * 7
        #expect(Set(pool.order) == Set(honest.map(\.hash)))
    }

    /// Wallets offer twice the base fee and the tip. A flood of high caps and small tips must not keep that out.
    @Test func aHighCapIsNoProtectionAgainstWhatAWalletOffers() throws {
        var pool = try Pool(baseFee: 5)
        for number in 0..<8 { try pool.add(Payer(number: number).transfer(tip: 1, cap: 5000)) }
        // As a wallet saw the base fee two full blocks before.
        let dear = try Payer(number: 8).transfer(tip: 2, cap: 4 * 2 + 2)
        try pool.add(dear)
        #expect(pool.mempool.contains(dear.hash))
    }

    @Test func theOrderOfEvictionFollowsTheBaseFee() throws {
        var pool = try Pool(baseFee: 4)
        let capped = try Payer(number: 0).transfer(tip: 30, cap: 34)
        try pool.add(capped)
        for number in 1..<8 { try pool.add(Payer(number: number).transfer(tip: 10)) }
        // At 4 gwei it tips 30, at 32 gwei only 2.
        pool.mempool.rules.baseFee = QST.gwei * 32
        try pool.add(Payer(number: 8).transfer(tip: 11))
        #expect(!pool.mempool.contains(capped.hash) && pool.mempool.count == 8)
    }
}
