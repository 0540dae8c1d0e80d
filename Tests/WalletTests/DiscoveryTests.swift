import Cryptography
import Primitives
import Testing
import Wallet

@Suite struct DiscoveryTests {
    @Test func usedAccountsAreFoundUpToAGapOfTwenty() async throws {
        let ledger = Ledger()
        let addresses = try (0..<70).map { try Fixture.keyChain($0).address }
        ledger.change { [addresses] state in
            for index in [0, 3, 23, 45] { state.accounts[addresses[index]] = Ledger.Account(nonce: 1) }
        }
        ledger.fund(addresses[5])
        let found = try await AccountDiscovery.find(phrase: Fixture.phrase(), chain: ledger)
        // 24...44 are 21 unused ones, so that 45 is out of reach.
        #expect(found.map(\.index) == [0, 3, 5, 23])
        #expect(found.map(\.address) == [0, 3, 5, 23].map { addresses[$0] })
        #expect(found.map(\.nonce) == [1, 1, 0, 1])
    }

    @Test func unusedPhraseEndsTheSearch() async throws {
        let ledger = Ledger()
        #expect(try await AccountDiscovery.find(phrase: Fixture.phrase(1), chain: ledger).isEmpty)
        #expect(ledger.state.withLock(\.queries) == 2 * AccountDiscovery.gap)
    }

    @Test func passphraseOpensOtherAccounts() async throws {
        let ledger = Ledger()
        ledger.fund(try Fixture.keyChain(0).address)
        #expect(try await AccountDiscovery.find(phrase: Fixture.phrase(), passphrase: "x", chain: ledger).isEmpty)
        #expect(try await AccountDiscovery.find(phrase: Fixture.phrase(), chain: ledger).count == 1)
    }
}
