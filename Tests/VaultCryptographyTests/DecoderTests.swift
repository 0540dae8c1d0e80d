import Cryptography
import Testing

@Suite struct DecoderTests {
    struct Dealt {
        let secret: [UInt8]
        let shares: [Share]
        let committee: Committee
        var decoder: ShamirDecoder { ShamirDecoder(committee: committee) }

        init(_ threshold: Int, _ count: Int, length: Int = 160, _ random: inout SplitMix) throws {
            secret = random.bytes(length)
            committee = try Committee(threshold: threshold, count: count)
            let randomness = random.bytes(length * (threshold - 1))
            shares = try ShamirSharing.split(secret: secret, threshold: threshold, count: count, randomness: randomness)
        }

        /// Shares in random order, of which the first `wrong` lie and `silent` are missing, with the slots of the liars.
        func disturbed(wrong: Int, silent: Int, _ random: inout SplitMix) -> (shares: [Share], liars: [Int]) {
            var present = Array(shares.shuffled(using: &random).dropFirst(silent))
            for index in 0..<wrong { present[index] = Share(slot: present[index].slot, bytes: random.bytes(secret.count)) }
            let liars = present.prefix(wrong).map(\.slot).sorted()
            return (present.shuffled(using: &random), liars)
        }
    }

    @Test(arguments: [(1, 3), (2, 3), (3, 5), (5, 8), (9, 16), (38, 64), (100, 128)])
    func liarsAndSilentNodesWithinTheBoundAreSurvivedAndNamed(threshold: Int, count: Int) throws {
        var random = SplitMix(UInt64(threshold * count))
        let dealt = try Dealt(threshold, count, &random)
        for silent in Set([0, 1, (count - threshold) / 2, count - threshold]).sorted() where silent <= count - threshold {
            let wrong = (count - threshold - silent) / 2
            let (shares, liars) = dealt.disturbed(wrong: wrong, silent: silent, &random)
            let decoded = try dealt.decoder.decode(shares)
            #expect(decoded.secret == dealt.secret && decoded.wrongSlots == liars)
            let present = shares.map(\.slot)
            #expect(decoded.silentSlots == (0..<count).filter { !present.contains($0) })
        }
    }

    @Test func oneWrongByteIsEnoughToBeNamed() throws {
        var random = SplitMix(71)
        let dealt = try Dealt(9, 16, &random)
        for slot in 0..<16 {
            for byte in [0, 80, 159] {
                var shares = dealt.shares
                var bytes = shares[slot].bytes
                bytes[byte] ^= 1
                shares[slot] = Share(slot: slot, bytes: bytes)
                let decoded = try dealt.decoder.decode(shares)
                #expect(decoded.secret == dealt.secret && decoded.wrongSlots == [slot])
            }
        }
    }

    @Test func liarsWhoSpreadOverBytesDoNotPassForFewer() throws {
        var random = SplitMix(72)
        let dealt = try Dealt(3, 7, &random)
        var shares = dealt.shares
        for slot in 0..<3 {
            var bytes = shares[slot].bytes
            bytes[slot] ^= 9
            shares[slot] = Share(slot: slot, bytes: bytes)
        }
        #expect(throws: SharingError.notDecodable) { try dealt.decoder.decode(shares) }
        let decoded = try dealt.decoder.decode(shares, workLimit: 100) { $0 == dealt.secret }
        #expect(decoded.wrongSlots == [0, 1, 2])
    }

    @Test(arguments: [(2, 3, 1), (3, 5, 2), (5, 8, 3), (9, 16, 5), (9, 16, 7), (38, 64, 14)])
    func theCommitmentCarriesTheDecoderPastTheBound(threshold: Int, count: Int, wrong: Int) throws {
        var random = SplitMix(UInt64(1000 + threshold * count + wrong))
        let dealt = try Dealt(threshold, count, length: 16, &random)
        let (shares, liars) = dealt.disturbed(wrong: wrong, silent: 0, &random)
        let decoded = try dealt.decoder.decode(shares, workLimit: 20_000) { $0 == dealt.secret }
        #expect(decoded.secret == dealt.secret && decoded.wrongSlots == liars)
    }

    @Test func theBoundOnWorkIsKept() throws {
        var random = SplitMix(73)
        let dealt = try Dealt(9, 16, length: 4, &random)
        var checks = 0
        #expect(throws: SharingError.notDecodable) {
            try dealt.decoder.decode(dealt.disturbed(wrong: 8, silent: 0, &random).shares, workLimit: 500) { _ in
                checks += 1
                return false
            }
        }
        #expect(checks <= 500)
        #expect(throws: SharingError.notDecodable) { try dealt.decoder.decode(dealt.shares, workLimit: 0) { _ in true } }
    }

    @Test func colludingLiarsOnAnotherPolynomialAreOutvotedOrRefused() throws {
        var random = SplitMix(74)
        let (honest, forged) = (try Dealt(3, 9, &random), try Dealt(3, 9, &random))
        let minority = Array(forged.shares.prefix(3)) + honest.shares.dropFirst(3)
        #expect(try honest.decoder.decode(minority).secret == honest.secret)
        let majority = Array(forged.shares.prefix(5)) + honest.shares.dropFirst(5)
        #expect(throws: SharingError.notDecodable) { try honest.decoder.decode(majority) }
        let decoded = try honest.decoder.decode(majority, workLimit: 1000) { $0 == honest.secret }
        #expect(decoded.wrongSlots == [0, 1, 2, 3, 4])
    }

    @Test func bothClassesDecodePastLiarsInBoth() throws {
        var random = SplitMix(75)
        let shape = try SharingTests.shape((2, 3), (3, 5))
        let secret = random.bytes(160)
        let randomness = random.bytes(TwoLevelSharing.randomnessByteCount(secretLength: 160, shape: shape))
        let dealt = try TwoLevelSharing.deal(secret: secret, shape: shape, randomness: randomness)
        for (operatorLiar, communityLiars) in [(0, [0, 1]), (1, [2]), (2, [3, 4]), (1, [0, 4])] {
            var shares = dealt
            shares.operators[operatorLiar] = Share(slot: operatorLiar, bytes: random.bytes(160))
            for liar in communityLiars { shares.community[liar] = Share(slot: liar, bytes: random.bytes(160)) }
            let found = try TwoLevelSharing.recover(shares, shape: shape, workLimit: 200) { $0 == secret }
            #expect(found.secret == secret)
            #expect(found.operators.wrongSlots == [operatorLiar] && found.community.wrongSlots == communityLiars)
        }
        #expect(throws: SharingError.notDecodable) {
            try TwoLevelSharing.recover(dealt, shape: shape, workLimit: 200) { _ in false }
        }
        var missing = dealt
        missing.operators.removeLast()
        missing.community.removeFirst(2)
        #expect(try TwoLevelSharing.recover(missing, shape: shape).secret == secret)
        missing.operators.removeLast()
        #expect(throws: SharingError.tooFewShares(have: 1, need: 2)) { try TwoLevelSharing.recover(missing, shape: shape) }
    }

    @Test func randomSharesNeverTrapTheDecoder() throws {
        var random = SplitMix(76)
        for _ in 0..<300 {
            let count = Int.random(in: 1...20, using: &random)
            let committee = try Committee(threshold: Int.random(in: 1...count, using: &random), count: count)
            let length = Int.random(in: 0...3, using: &random)
            let shares = (0..<Int.random(in: 0...22, using: &random)).map { _ in
                Share(slot: Int.random(in: -1...count, using: &random), bytes: random.bytes(length))
            }
            _ = try? ShamirDecoder(committee: committee).decode(shares)
            let distinct = (0..<count).map { Share(slot: $0, bytes: random.bytes(2)) }
            _ = try? ShamirDecoder(committee: committee).decode(distinct, workLimit: 20) { _ in false }
        }
    }
}
