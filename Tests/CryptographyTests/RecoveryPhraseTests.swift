import Cryptography
import Primitives
import TestKit
import Testing

@Suite struct RecoveryPhraseTests {
    /// BIP-39's vectors: entropy, phrase, and seed with the passphrase TREZOR. Those of 18 words are not in use here.
    static func check(name: String) throws -> Int {
        var count = 0
        for test in try #require(Samples.json(name, as: [String: [[String]]].self)["english"]) {
            let entropy = try #require(Hex.decode(test[0]))
            if entropy.count == 24 {
                #expect(throws: PhraseError.wrongLength(24)) { try RecoveryPhrase(entropy: entropy) }
                #expect(throws: PhraseError.wordCount(18)) { try RecoveryPhrase(test[1]) }
            } else {
                let phrase = try RecoveryPhrase(entropy: entropy)
                #expect(phrase.text == test[1])
                #expect(try RecoveryPhrase(test[1]) == phrase)
                #expect(try phrase.seed(passphrase: "TREZOR") == Hex.decode(test[2]))
            }
            count += 1
        }
        return count
    }

    private static let twelve = "legal winner thank year wave sausage worth useful legal winner thank yellow"

    @Test func caseAndWhiteSpaceDoNotMatter() throws {
        let phrase = try RecoveryPhrase(Self.twelve)
        #expect(try RecoveryPhrase("\n" + Self.twelve.uppercased().replacing(" ", with: " \t\r\n ") + " ") == phrase)
    }

    @Test func unknownWordIsNamedWithItsPosition() {
        for (wrong, word) in [("sausage", "sausages"), ("year", "yea"), ("legal", "légal"), ("wave", "0x")] {
            let position = Self.twelve.split(separator: " ").firstIndex { $0 == wrong }! + 1
            var words = Self.twelve.split(separator: " ").map(String.init)
            words[position - 1] = word
            #expect(throws: PhraseError.unknownWord(position: position, word: word)) { try RecoveryPhrase(words.joined(separator: " ")) }
        }
    }

    @Test func wrongChecksumIsRefused() {
        #expect(throws: PhraseError.checksum) { try RecoveryPhrase(Self.twelve.replacing("yellow", with: "year")) }
        #expect(throws: PhraseError.checksum) { try RecoveryPhrase([String](repeating: "zoo", count: 24).joined(separator: " ")) }
    }

    @Test func otherLengthsAreRefused() {
        #expect(throws: PhraseError.wordCount(0)) { try RecoveryPhrase("") }
        #expect(throws: PhraseError.wordCount(13)) { try RecoveryPhrase(Self.twelve + " legal") }
        #expect(throws: PhraseError.tooLong) { try RecoveryPhrase(String(repeating: "legal ", count: 100_000)) }
        for count in [0, 15, 17, 20, 24, 33, 128] {
            #expect(throws: PhraseError.wrongLength(count)) { try RecoveryPhrase(entropy: [UInt8](repeating: 0, count: count)) }
        }
    }

    @Test func passphraseIsASCII() throws {
        let phrase = try RecoveryPhrase(Self.twelve)
        #expect(throws: PhraseError.passphraseNotASCII) { try phrase.seed(passphrase: "naïve") }
        #expect(throws: PhraseError.passphraseNotASCII) { try phrase.seed(passphrase: "tab\t") }
    }

    @Test func everyEntropyComesBackFromItsWords() throws {
        var generator = SeededGenerator(seed: 10)
        for count in [16, 32] {
            for _ in 0..<200 {
                let phrase = try RecoveryPhrase(entropy: generator.bytes(count))
                #expect(try RecoveryPhrase(phrase.text) == phrase)
                #expect(phrase.words.count == count * 3 / 4)
            }
        }
    }

    @Test func printingShowsNoWord() throws {
        #expect("\(try RecoveryPhrase(Self.twelve))" == "RecoveryPhrase(12 words)")
    }
}
