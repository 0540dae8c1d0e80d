import Cryptography
import Primitives
import Testing

@Suite struct KeyChainTests {
    private static let phrase = [String](repeating: "abandon", count: 23).joined(separator: " ") + " art"

    private func chain(account: UInt64 = 0, suite: SignatureSuite = .mldsa65) throws -> KeyChain {
        KeyChain(seed: try AccountSeed(phrase: RecoveryPhrase(Self.phrase), account: account), suite: suite)
    }

    /// Frozen: a change here would lose every wallet. Written with an independent SHAKE256, see Vectors/README.md.
    @Test func seedsOfThePublishedPhraseAreFrozen() throws {
        let chain = try chain(account: 1)
        #expect(Hex.encode(chain.seed.bytes, prefix: false) == "23e8a63376cee0e138072d491f8ba089d4576060827a2b9ee0a0283094b15da2")
        let seed = chain.seed(at: 258, suite: .mldsa87)
        #expect(Hex.encode(seed, prefix: false) == "87196b5304929b4b4dfac3287afd112483951880ba0d514752f01f75d006477c")
    }

    @Test func everyAccountSuiteAndIndexHasItsOwnSeed() throws {
        var seen: Set<[UInt8]> = []
        for account in 0..<3 as Range<UInt64> {
            let chain = try chain(account: account)
            #expect(seen.insert(chain.seed.bytes).inserted)
            for suite in SignatureSuite.allCases {
                for index in [0, 1, 255, 256, 1 << 32, .max] as [UInt64] {
                    #expect(seen.insert(chain.seed(at: index, suite: suite)).inserted)
                }
            }
        }
    }

    @Test func addressRestsOnTheFirstKey() throws {
        for suite in SignatureSuite.allCases {
            let chain = try chain(suite: suite)
            let key = chain.key(at: 0)
            #expect(key.suite == suite)
            #expect(chain.commitment(at: 0) == KeyCommitment.of(suite: suite, publicKey: key.publicKey))
            #expect(chain.address == Address(firstCommitment: key.commitment))
            #expect(chain.commitment(at: 1) != chain.commitment(at: 0))
        }
        #expect(try chain(suite: .mldsa65).commitment(at: 3, suite: .mldsa87) == chain(suite: .mldsa87).commitment(at: 3))
    }

    @Test func seedHasExactly32Bytes() {
        #expect(AccountSeed([UInt8](repeating: 0, count: 31)) == nil)
        #expect(AccountSeed([UInt8](repeating: 0, count: 33)) == nil)
        #expect(AccountSeed([UInt8](repeating: 0, count: 32)) != nil)
    }

    @Test func printingShowsNoSecret() throws {
        let chain = try chain()
        #expect("\(chain) \(chain.seed)" == "KeyChain(mldsa65) AccountSeed")
    }

    @Test func noDomainTagIsTheBeginningOfAnother() {
        for tag in DomainTag.allCases {
            #expect(tag.bytes.allSatisfy { (0x21...0x7e).contains($0) })
            for other in DomainTag.allCases where other != tag { #expect(!other.rawValue.hasPrefix(tag.rawValue)) }
        }
    }
}
