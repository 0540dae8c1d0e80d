import Cryptography
import Primitives
import TestKit
import Testing

@Suite struct ClientRootTests {
    private static let root: ClientRoot = {
        var generator = SeededGenerator(seed: 11)
        return ClientRoot(generator.bytes(128))!
    }()

    /// Frozen: a change here would make every printed sheet worthless. From an independent SHA-3, see Vectors/README.md.
    @Test func sheetOfCountingBytesIsFrozen() throws {
        let sheet = try #require(ClientRoot(Array(0..<128))).sheet
        #expect(sheet.count == 96)
        #expect(sheet.prefix(6).joined(separator: " ") == "abandon amount liar amount expire adjust")
        #expect(sheet.suffix(6).joined(separator: " ") == "tenant wife tree wasp spice black")
    }

    @Test func everyRootComesBackFromItsSheet() throws {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<100 {
            let root = try #require(ClientRoot(generator.bytes(128)))
            #expect(try ClientRoot(sheet: root.sheet.joined(separator: " ")) == root)
        }
        #expect(try ClientRoot(sheet: Self.root.sheet.joined(separator: "\n").uppercased()) == Self.root)
    }

    @Test(arguments: [0, 40, 92, 95]) func aMistypedWordIsFound(index: Int) {
        var words = Self.root.sheet
        words[index] = words[index] == "zebra" ? "zoo" : "zebra"
        #expect(throws: PhraseError.wrongWord(position: index + 1)) { try ClientRoot(sheet: words.joined(separator: " ")) }
        words[index] = "zebr"
        #expect(throws: PhraseError.unknownWord(position: index + 1, word: "zebr")) { try ClientRoot(sheet: words.joined(separator: " ")) }
    }

    @Test func swappedWordsAreFound() {
        var words = Self.root.sheet
        words.swapAt(10, 11)
        #expect(throws: PhraseError.swappedWords(position: 11, other: 12)) { try ClientRoot(sheet: words.joined(separator: " ")) }
    }

    @Test func moreFaultsThanOneAreOnlyAWrongChecksum() {
        var words = Self.root.sheet
        words[3] = "zebra"
        words[70] = "zebra"
        #expect(throws: PhraseError.checksum) { try ClientRoot(sheet: words.joined(separator: " ")) }
    }

    @Test func otherLengthsAreRefused() {
        #expect(throws: PhraseError.wordCount(95)) { try ClientRoot(sheet: Self.root.sheet.dropLast().joined(separator: " ")) }
        #expect(throws: PhraseError.wordCount(97)) { try ClientRoot(sheet: (Self.root.sheet + ["zoo"]).joined(separator: " ")) }
        #expect(ClientRoot([UInt8](repeating: 0, count: 127)) == nil && ClientRoot([UInt8](repeating: 0, count: 129)) == nil)
    }

    @Test func printingShowsNoSecret() { #expect("\(Self.root)" == "ClientRoot") }
}
