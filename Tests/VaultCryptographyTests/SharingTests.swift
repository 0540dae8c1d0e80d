import Cryptography
import Primitives
import Testing

@Suite struct SharingTests {
    struct Vector: Decodable {
        let operatorThreshold, operatorCount, communityThreshold, communityCount, randomnessLength: Int
        let secret, randomnessDigest, operatorsDigest, communityDigest, firstOperator, lastCommunity: String
        let tagKey, keyID, tag: String
    }

    static func shape(_ a: (Int, Int), _ b: (Int, Int)) throws -> CommitteeShape {
        CommitteeShape(
            operators: try Committee(threshold: a.0, count: a.1), community: try Committee(threshold: b.0, count: b.1))
    }

    @Test func sharesAndTagsAreTheFrozenOnes() throws {
        var random = SplitMix(4)
        for vector in try FrozenVectors.load("sharing", as: [Vector].self) {
            let shape = try Self.shape(
                (vector.operatorThreshold, vector.operatorCount), (vector.communityThreshold, vector.communityCount))
            let secret = random.bytes(160)
            #expect(hex(secret) == vector.secret)
            let randomness = random.bytes(TwoLevelSharing.randomnessByteCount(secretLength: 160, shape: shape))
            #expect(randomness.count == vector.randomnessLength && hex(Keccak256.hash(randomness).bytes) == vector.randomnessDigest)
            let dealt = try TwoLevelSharing.deal(secret: secret, shape: shape, randomness: randomness)
            #expect(hex(Keccak256.hash(dealt.operators.flatMap(\.bytes)).bytes) == vector.operatorsDigest)
            #expect(hex(Keccak256.hash(dealt.community.flatMap(\.bytes)).bytes) == vector.communityDigest)
            #expect(hex(dealt.operators[0].bytes) == vector.firstOperator)
            #expect(hex(try #require(dealt.community.last).bytes) == vector.lastCommunity)
            #expect(try TwoLevelSharing.recover(dealt, shape: shape).secret == secret)
            let authenticator = try #require(ShareAuthenticator(key: random.bytes(32)))
            let id = try #require(KeyID(random.bytes(32)))
            let place = ShareAuthenticator.Place(keyID: id, epoch: 5, isOperator: true, slot: 0)
            #expect(hex(authenticator.tag(for: dealt.operators[0].bytes, at: place)) == vector.tag)
        }
    }

    @Test func fieldMultiplicationIsTheSchoolbookOne() {
        for a in UInt8.min...UInt8.max {
            for b in UInt8.min...UInt8.max where GF256.multiply(a, b) != Twin.product(a, b) {
                Issue.record("\(a) · \(b)")
            }
            #expect(GF256.multiply(a, GF256.inverse(a)) == (a == 0 ? 0 : 1))
        }
    }

    @Test(arguments: [1, 15, 16, 17, 160, 200])
    func rowsAreScaledElementByElement(count: Int) {
        var random = SplitMix(61)
        let (source, base) = (random.bytes(count), random.bytes(count))
        for scalar in UInt8.min...UInt8.max {
            var row = base
            GF256.addScaled(source, by: scalar, to: &row)
            #expect(row == zip(source, base).map { Twin.product($0, scalar) ^ $1 })
        }
    }

    @Test func sharesAreValuesOfThePolynomial() throws {
        var random = SplitMix(62)
        let (secret, randomness) = (random.bytes(5), random.bytes(15))
        let shares = try ShamirSharing.split(secret: secret, threshold: 4, count: 128, randomness: randomness)
        for share in shares {
            for byte in 0..<5 {
                let coefficients = [secret[byte], randomness[byte], randomness[5 + byte], randomness[10 + byte]]
                #expect(share.bytes[byte] == Twin.value(coefficients, at: UInt8(share.slot + 1)))
            }
        }
    }

    @Test func anyThresholdOfSharesGiveTheSecretBack() throws {
        var random = SplitMix(63)
        for (threshold, count) in [(1, 1), (1, 5), (2, 3), (3, 5), (9, 16), (38, 64), (128, 128)] {
            let secret = random.bytes(160)
            let randomness = random.bytes(160 * (threshold - 1))
            var shares = try ShamirSharing.split(secret: secret, threshold: threshold, count: count, randomness: randomness)
            for _ in 0..<5 {
                shares.shuffle(using: &random)
                let some = Array(shares.prefix(threshold))
                #expect(try ShamirSharing.combine(some, threshold: threshold, count: count) == secret)
            }
            #expect(try ShamirSharing.combine(shares, threshold: threshold, count: count) == secret)
        }
    }

    @Test func lostShareIsRestoredAsItWasDealtFromEnoughTrueOnes() throws {
        var random = SplitMix(21)
        let committee = try Committee(threshold: 3, count: 5)
        let shares = try ShamirSharing.deal(secret: random.bytes(160), committee: committee, randomness: random.bytes(320))
        for slot in 0..<5 {
            let others = shares.filter { $0.slot != slot }
            #expect(try ShamirSharing.restore(slot: slot, from: others, committee: committee) == shares[slot])
            #expect(try ShamirSharing.restore(slot: slot, from: Array(others.suffix(3)), committee: committee) == shares[slot])
            #expect(throws: SharingError.tooFewShares(have: 2, need: 3)) {
                try ShamirSharing.restore(slot: slot, from: Array(others.prefix(2)), committee: committee)
            }
        }
        var wrong = shares
        wrong[4] = Share(slot: 4, bytes: random.bytes(160))
        #expect(throws: SharingError.inconsistent) { try ShamirSharing.restore(slot: 0, from: wrong, committee: committee) }
        #expect(throws: SharingError.foreignSlot(5)) { try ShamirSharing.restore(slot: 5, from: shares, committee: committee) }
    }

    @Test func zeroDuplicateAndForeignSlotsAreRefused() throws {
        let shares = try ShamirSharing.split(secret: [1, 2], threshold: 2, count: 3, randomness: [3, 4])
        func combine(_ shares: [Share]) throws -> [UInt8] { try ShamirSharing.combine(shares, threshold: 2, count: 3) }
        #expect(throws: SharingError.foreignSlot(-1)) { try combine([shares[0], Share(slot: -1, bytes: [1, 2])]) }
        #expect(throws: SharingError.foreignSlot(3)) { try combine([shares[0], Share(slot: 3, bytes: [1, 2])]) }
        #expect(throws: SharingError.foreignSlot(.max)) { try combine([Share(slot: .max, bytes: [1, 2]), shares[0]]) }
        #expect(throws: SharingError.duplicateSlot(0)) { try combine([shares[0], shares[0]]) }
        #expect(throws: SharingError.wrongLength(slot: 2)) { try combine([shares[0], Share(slot: 2, bytes: [1])]) }
        #expect(throws: SharingError.wrongLength(slot: 0)) { try combine([Share(slot: 0, bytes: [])]) }
        #expect(throws: SharingError.tooFewShares(have: 1, need: 2)) { try combine([shares[0]]) }
        #expect(throws: SharingError.tooFewShares(have: 0, need: 2)) { try combine([]) }
        var wrong = shares
        wrong[2] = Share(slot: 2, bytes: [0, 0])
        #expect(throws: SharingError.inconsistent) { try combine(wrong) }
    }

    @Test func impossibleCommitteesAndWrongRandomnessAreRefused() {
        for (threshold, count) in [(0, 3), (4, 3), (1, 129), (-1, 2)] {
            #expect(throws: SharingError.invalidCommittee) {
                try ShamirSharing.split(secret: [1], threshold: threshold, count: count, randomness: [])
            }
        }
        #expect(throws: SharingError.emptySecret) { try ShamirSharing.split(secret: [], threshold: 1, count: 1, randomness: []) }
        for length in [0, 1, 3] {
            #expect(throws: SharingError.wrongRandomnessLength) {
                try ShamirSharing.split(secret: [1, 2], threshold: 2, count: 3, randomness: [UInt8](repeating: 0, count: length))
            }
        }
    }

    @Test func sharesAreNeverPrinted() {
        #expect("\(Share(slot: 3, bytes: [77, 88]))" == "Share(slot: 3)")
    }

    @Test func aTagHoldsForOneShareInOnePlace() throws {
        var random = SplitMix(64)
        let authenticator = try #require(ShareAuthenticator(key: random.bytes(32)))
        let id = try #require(KeyID(random.bytes(32)))
        let (share, place) = (random.bytes(160), ShareAuthenticator.Place(keyID: id, epoch: 2, isOperator: false, slot: 4))
        let tag = authenticator.tag(for: share, at: place)
        #expect(authenticator.verifies(tag, for: share, at: place))
        for bit in 0..<1280 {
            var other = share
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!authenticator.verifies(tag, for: other, at: place))
        }
        for bit in 0..<128 {
            var other = tag
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!authenticator.verifies(other, for: share, at: place))
        }
        let places = [
            ShareAuthenticator.Place(keyID: .zero, epoch: 2, isOperator: false, slot: 4),
            ShareAuthenticator.Place(keyID: id, epoch: 3, isOperator: false, slot: 4),
            ShareAuthenticator.Place(keyID: id, epoch: 2, isOperator: true, slot: 4),
            ShareAuthenticator.Place(keyID: id, epoch: 2, isOperator: false, slot: 5),
        ]
        for other in places { #expect(!authenticator.verifies(tag, for: share, at: other)) }
        for other in [[], share + [0], Array(share.dropLast())] { #expect(!authenticator.verifies(tag, for: other, at: place)) }
        #expect(!authenticator.verifies([], for: share, at: place) && ShareAuthenticator(key: [1]) == nil)
    }
}
