import NIOConcurrencyHelpers
import NIOCore
import Networking
import Primitives
import Testing

/// Points, bans and how much of them is remembered.
@Suite struct ReputationTests {
    private let clock = NIOLockedValueBox<UInt64>(0)

    private func reputation(_ change: (inout BanRules) -> Void = { _ in }) -> Reputation {
        var rules = BanRules()
        change(&rules)
        return Reputation(rules) { [clock] in clock.withLockedValue { $0 } }
    }

    @Test func pointsAddUpToABanThatEnds() {
        let (reputation, node) = (reputation(), Reputation.Subject.node(.zero))
        for _ in 0..<4 { #expect(!reputation.record(.falseMessage, of: node)) }
        #expect(!reputation.isBanned(node))
        #expect(reputation.record(.falseMessage, of: node))
        #expect(reputation.isBanned(node))
        clock.withLockedValue { $0 = 599_999 }
        #expect(reputation.isBanned(node))
        clock.withLockedValue { $0 = 600_000 }
        #expect(!reputation.isBanned(node))
        #expect(!reputation.record(.falseMessage, of: node))
    }

    @Test func aBanIsToldWithItsReasonWhileItLasts() {
        let (reputation, node) = (reputation(), Reputation.Subject.node(.zero))
        #expect(reputation.refusals.isEmpty)
        for _ in 0..<5 { _ = reputation.record(.falseMessage, of: node) }
        clock.withLockedValue { $0 = 1000 }
        let told = reputation.refusals
        #expect(told.map(\.subject) == [node] && told.map(\.reason) == [.falseMessage] && told.map(\.remaining) == [599_000])
        clock.withLockedValue { $0 = 600_000 }
        #expect(reputation.refusals.isEmpty)
        // One that only has to wait has done nothing.
        reputation.postpone(node)
        #expect(reputation.isBanned(node) && reputation.refusals.isEmpty)
    }

    @Test func aPointIsForgivenEachSecond() {
        let (reputation, node) = (reputation(), Reputation.Subject.node(.zero))
        for second in 0..<50 {
            clock.withLockedValue { $0 = UInt64(second) * 20_000 }
            #expect(!reputation.record(.falseMessage, of: node))
        }
    }

    @Test func waitsGrowAndAreShortAgainAfterGoodConduct() {
        let (reputation, node) = (reputation(), Reputation.Subject.node(.zero))
        for wait in [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000] as [UInt64] {
            reputation.postpone(node)
            let start = clock.withLockedValue { $0 }
            clock.withLockedValue { $0 = start + wait - 1 }
            #expect(reputation.isBanned(node))
            clock.withLockedValue { $0 += 1 }
            #expect(!reputation.isBanned(node))
        }
        clock.withLockedValue { $0 += 600_000 }
        reputation.postpone(node)
        clock.withLockedValue { $0 += 1000 }
        #expect(!reputation.isBanned(node))
    }

    @Test func aKindOfMessageIsIgnoredForAMinuteAndNoOther() {
        let reputation = reputation()
        for _ in 0..<5 { _ = reputation.record(.falseMessage, of: .kind(4, of: .zero)) }
        #expect(reputation.isBanned(.kind(4, of: .zero)))
        #expect(!reputation.isBanned(.kind(3, of: .zero)) && !reputation.isBanned(.node(.zero)))
        clock.withLockedValue { $0 += 60_000 }
        #expect(!reputation.isBanned(.kind(4, of: .zero)))
    }

    @Test func newcomersDoNotPushBansOutOfTheBoundedMemory() {
        let reputation = reputation { $0.maximumSubjects = 4 }
        _ = reputation.record(.undecodableMessage, of: .address("bad"))
        #expect(reputation.record(.undecodableMessage, of: .address("bad")))
        for number in 0..<100 { _ = reputation.record(.failedHandshake, of: .address("\(number)")) }
        #expect(reputation.isBanned(.address("bad")))
    }

    @Test func roomIsMadeForManyNewcomersAtOnce() {
        let reputation = reputation { ($0.maximumSubjects, $0.threshold) = (64, 50) }
        func ban(_ number: Int) {
            clock.withLockedValue { $0 += 1 }
            _ = reputation.record(.malformedFrame, of: .address("\(number)"))
        }
        for number in 0..<64 { ban(number) }
        #expect(reputation.refusals.count == 64)
        // Looking through all of them for each newcomer would cost more than the newcomer's handshake.
        ban(64)
        #expect(reputation.refusals.count == 64 - 16 + 1)
        // Those whose bans end last are kept.
        #expect((16...64).allSatisfy { reputation.isBanned(.address("\($0)")) })
        for number in 65..<80 { ban(number) }
        #expect((16..<80).allSatisfy { reputation.isBanned(.address("\($0)")) })
    }

    @Test(arguments: [
        ("2001:db8::1", "2001:db8:0:0"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"), ("::1", "0:0:0:0"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ("10.0.0.1", "10.0.0.1"),
    ])
    func anIPv6HostAnswersForItsWholeSubnet(_ address: String, _ owner: String) throws {
        #expect(try SocketAddress(ipAddress: address, port: 1).owner == owner)
    }
}
