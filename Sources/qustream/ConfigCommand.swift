import ArgumentParser
import Foundation
import GenesisTools
import Networking
import Node

/// `qustream config`.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at a node's configuration.", subcommands: [Check.self, Peer.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say everything that would keep a node from starting.",
            discussion: "Example: qustream config check --home .devnet/validator-1")

        @Option(help: "The node's home.") var home: String

        func run() async throws {
            let findings = HomeCheck.findings(URL(filePath: home))
            for sentence in findings.notes { note("note: \(sentence)") }
            guard findings.faults.isEmpty else { throw Refusal(findings.faults.description) }
            try say("\(home) is ready")
        }
    }

    struct Peer: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what others write into their peers to dial this node.",
            discussion: """
                Example: qustream config peer --home host-a
                Example: qustream init --home dora --kind full --genesis genesis.rlp --peer "$(qustream config peer --home host-a)"
                """)

        @Option(help: "The node's home.") var home: String
        @Option(help: "Where others reach it, host:port; default: what operator.json says, else where it listens.") var endpoint: String?

        func run() async throws {
            try refusing {
                let made = try NodeHome(URL(filePath: home))
                guard made.configuration.kind != .encryption else { throw Refusal("an encryption node has no blocks for others") }
                let place = endpoint ?? made.announcedEndpoint
                let name = try NodeIdentity(seed: made.keys().nodeKeySeed).name
                let peer: PeerAddress
                do { peer = try PeerAddress("\(name.hex)@\(place)") } catch {
                    throw Refusal("\(place) is no place to dial: \(error). Say with --endpoint where others reach the node")
                }
                guard !["0.0.0.0", "::"].contains(peer.host) else {
                    throw Refusal("\(place) is everywhere: say with --endpoint where others reach the node")
                }
                try say(peer)
            }
        }
    }
}
