import ArgumentParser
import ChainTypes
import Cryptography
import Foundation
import Primitives
import RPCClient
import StakingTools
import Vault

// Encryption nodes that have to show on the chain that they are there, and that they have what they took.

extension EncryptionNodes {
    struct Challenge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have the chain ask a node to show that it is there, or lose stake. The deposit comes back where it does not.",
            discussion: "Example: qustream encryption-node challenge community-2 --from dan")
        @OptionGroup var paying: PayingOptions
        @Argument(help: "The node's moniker or address.") var node: String

        func run() async throws {
            let global = paying.global
            try await paying.send { _ in
                [try .challengeNode(try await global.encryptionNode(node), wei: try await global.client.challengeDeposit())]
            }
        }
    }

    struct Challenges: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the newest challenges of all encryption nodes or of one.",
            discussion: "Example: qustream encryption-node challenges --json")
        @OptionGroup var global: GlobalOptions
        @Option(help: "The node's moniker or address.") var node: String?

        func run() async throws {
            let client = global.client
            let all = try await refusing {
                if let node { return try await client.challenges(of: try await global.encryptionNode(node)) }
                return try await client.challenges()
            }
            if global.json { return try printJSON(array: all.map(\.object)) }
            let nodes = try await refusing { try await client.encryptionNodes() }
            var table = TextTable(["ID", "STATUS", "NODE", "ASKED FOR", "DEADLINE"])
            for each in all {
                let name = nodes.first { $0.node.address == each.node }?.node.moniker ?? each.node.checksummed
                let subject = each.key == .zero ? "presence" : "chunk \(each.chunk) of \(each.key.hex)"
                let deadline = Date(timeIntervalSince1970: TimeInterval(each.deadline)).formatted(.iso8601)
                table.append(["\(each.id)", "\(each.status)", name, subject, deadline])
            }
            try say(table.text)
        }
    }
}

extension ChallengeReport {
    var object: [String: Any] {
        [
            "id": id, "status": "\(status)", "node": node.hex, "challenger": challenger.hex, "deposit": deposit.description,
            "key": key == .zero ? NSNull() : key.hex as Any, "chunk": chunk, "deadline": deadline,
        ]
    }
}

extension RPCClient {
    fileprivate func challengeDeposit() async throws -> UInt256 {
        guard let found = try await economyParameters().first(where: { $0.parameter == .challengeDeposit }) else {
            throw Refusal("the chain has no challenges")
        }
        return found.value
    }
}

extension Vaults {
    struct Audit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have the chain ask nodes for a chunk of a vault: who cannot show it loses stake.",
            discussion: """
                Needs the receipts that this wallet kept when it stored the vault. Each node costs a deposit, which comes back where the
                node fails. Example: qustream vault audit 0x… --node community-2
                """)

        @OptionGroup var options: Options
        @Argument(help: "The vault's id.") var id: String
        @Option(help: "A node's moniker; may be given more than once. Default: all that gave a receipt.") var node: [String] = []

        func run() async throws {
            let id = try Vaults.keyID(id)
            var wallet = try options.global.unlock()
            try await refusing {
                let receipts = try ReceiptFolder(options.folder).receipts(of: id)
                if let missing = node.first(where: { name in !receipts.contains { $0.node.moniker == name } }) {
                    throw Refusal("there is no receipt of \(missing) for this vault")
                }
                let deposit = try await options.global.client.challengeDeposit()
                let client = try await options.client(&wallet, owning: id)
                for receipt in receipts where node.isEmpty || node.contains(receipt.node.moniker) {
                    let challenge = try await client.audit(receipt, deposit: deposit)
                    if options.global.json {
                        try printJSON(["challenge": challenge, "node": receipt.node.moniker, "address": receipt.node.address.hex])
                    } else {
                        try say("challenge \(challenge): \(receipt.node.moniker.printable)")
                    }
                }
                note("`qustream encryption-node challenges` says how they end.")
            }
        }
    }
}
