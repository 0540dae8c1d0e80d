import Primitives
import Testing

@Suite struct PrintableTextTests {
    @Test func whatATerminalObeysIsWrittenAsItsCodePoint() {
        #expect("plain: ünï \u{1f600} 日本".printable == "plain: ünï \u{1f600} 日本")
        #expect("a\u{1b}[2Jb\nc\td".printable == "a\\u{1b}[2Jb\\u{a}c\\u{9}d")
        #expect("a\u{1b}[2Jb\nc\td".printableLines == "a\\u{1b}[2Jb\nc\td")
        #expect("a\r\nb".printableLines == "a\\u{d}\nb")
        #expect("x\u{202e}y\u{2066}z\u{9b}31m\u{7f}\u{2028}".printable == "x\\u{202e}y\\u{2066}z\\u{9b}31m\\u{7f}\\u{2028}")
    }

    /// Families of emoji and Persian words need their joiners.
    @Test func joinersStay() { #expect("👩\u{200d}👧 می\u{200c}خواهم".printable == "👩\u{200d}👧 می\u{200c}خواهم") }

    @Test func nothingThatATerminalObeysIsLeftOfAnyScalar() {
        for value in 0...0x10ffff as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = String(Character(scalar)).printable
            #expect(value < 0x20 || (0x7f...0x9f).contains(value) ? text.utf8.allSatisfy { (0x20..<0x7f).contains($0) } : !text.isEmpty)
        }
    }
}
