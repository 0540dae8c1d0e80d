import ChainTypes
import Primitives
import SystemContracts
import Testing

/// Names, titles and places that strangers write for others to read.
@Suite struct GivenTextTests {
    static let names = ["", " a", "a ", "0x84635822dc80534c5dbe3c2b4a7b33c46d55fa4d", "0X1", "a\nb", "a\u{1b}[2J", "a\u{202e}b", "a\u{85}", "\u{200b}", "\u{e0041}"]

    @Test(arguments: names) func noValidatorIsCalledByWhatReadsAsSomethingElse(name: String) throws {
        var bench = try EconomyBench()
        let refused = refusal {
            _ = try bench.call(
                Staking.self, from: EconomyBench.validator(0), "editValidator((string,string,string),uint256)",
                [.tuple([.text(name), .text(""), .text("")]), .word(.max)])
        }
        #expect(refused?.hasPrefix("the moniker ") == true)
    }

    @Test func whatPeopleWriteInTheirScriptsIsTaken() throws {
        var bench = try EconomyBench()
        for name in ["validator-1", "Größe", "日本", "می\u{200c}خواهم", "x0", "👩\u{200d}👧"] {
            _ = try bench.call(
                Staking.self, from: EconomyBench.validator(0), "editValidator((string,string,string),uint256)",
                [.tuple([.text(name), .text("https://example.org"), .text("a b")]), .word(.max)])
        }
    }

    @Test func linesOfAProposalCannotForgeOthers() throws {
        #expect(GivenText.fault(ofLine: "title\nstatus executed") != nil && GivenText.fault(ofLines: "first\nsecond\tthird") == nil)
        #expect(GivenText.fault(ofLines: "a\rb") != nil && GivenText.fault(ofLines: "a\u{2028}b") != nil)
        var bench = try EconomyBench()
        for (title, summary) in [("a\u{1b}[1A", ""), ("a\nb", ""), ("a", "b\u{1b}]0;x\u{7}")] {
            let refused = refusal {
                _ = try bench.call(
                    Governance.self, from: EconomyBench.validator(0), "submitProposal(uint8,string,string,bytes,bool)",
                    [.number(0), .text(title), .text(summary), .bytes([]), .word(.zero)])
            }
            #expect(refused?.contains("holds control characters") == true, "\(refused ?? "")")
        }
    }
}
