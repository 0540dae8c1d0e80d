import ArgumentParser
import Foundation
import GenesisTools

/// `qustream config`.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at a node's configuration.", subcommands: [Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say everything that would keep a node from starting.",
            discussion: "Example: qustream config check --home .devnet/validator-1")

        @Option(help: "The node's home.") var home: String

        func run() async throws {
            let findings = HomeCheck.findings(URL(filePath: home))
            for sentence in findings.notes { note("note: \(sentence)") }
            guard findings.faults.isEmpty else { throw Refusal(findings.faults.description) }
            print("\(home) is ready")
        }
    }
}
