import ArgumentParser
import Cryptography
import Foundation
import Primitives
import Vault
import Wallet

/// `qustream vault`: files in the encryption network.
struct VaultCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault", abstract: "Store files in the encryption network and read them back.",
        subcommands: [Put.self, Get.self, List.self, Health.self])

    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Encrypt a file, deal it to the network's nodes, and print the vault's id.",
            discussion: "Example: qustream vault put letter.pdf --from alice")

        @OptionGroup var global: GlobalOptions
        @OptionGroup var access: VaultAccess
        @Argument(help: "The file.") var file: String
        @Option(help: "Name of the account that pays and owns; default the wallet's first.") var from: String?
        @Flag(help: "Leave out the client root: the nodes' thresholds alone then give the key back.") var recoverable = false

        func run() async throws {
            try await refusingVault {
                let wallet = try global.openWallet()
                guard let name = from ?? wallet.accountNames.first else { throw Refusal("the wallet has no account") }
                var options = VaultOptions()
                options.isRecoverable = recoverable
                let keys = try wallet.keyChain(name)
                let client = try await access.client(global, wallet, keys: keys, options: options)
                let bar = ProgressBar("storing")
                let stored = try await client.put(file) { bar.show($0, of: $1) }
                try VaultIndex(wallet: global.walletDirectory).add(
                    .init(
                        id: stored.id, name: stored.name, size: stored.size, owner: keys.address, label: stored.label,
                        receipts: stored.receipts))
                note("\(stored.label)")
                if stored.label.isRootBound { note("Without the client root (`qustream account root show`) the file is gone: keep its sheet.") }
                if !stored.faults.isEmpty { note("\(stored.receipts.count) nodes hold the file. Not these:") }
                note(stored.faults)
                guard global.json else { return print(stored.id) }
                try printJSON([
                    "id": stored.id.hex, "name": stored.name, "size": stored.size, "label": stored.label.description,
                    "receipts": stored.receipts.count, "faults": stored.faults.map(\.description),
                ])
            }
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a vault into a file, past failed and lying nodes.",
            discussion: "Example: qustream vault get 0x… -o letter.pdf")

        @OptionGroup var global: GlobalOptions
        @OptionGroup var access: VaultAccess
        @Argument(help: "The vault's id.") var id: String
        @Option(name: .shortAndLong, help: "Where to write the file.") var output: String

        func run() async throws {
            let id = try VaultAccess.id(self.id)
            try await refusingVault {
                let (client, owner) = try await access.client(owning: id, global)
                let bar = ProgressBar("reading")
                let got = try await client.get(id, to: output) { bar.show($0, of: $1) }
                try VaultIndex(wallet: global.walletDirectory).add(
                    .init(id: id, name: got.name, size: got.size, owner: owner, label: got.label, receipts: []))
                if !got.faults.isEmpty { note("The file is whole. These nodes failed:") }
                note(got.faults)
                guard global.json else { return note("\(got.size) bytes, stored as \(got.name)") }
                try printJSON(["id": id.hex, "name": got.name, "size": got.size, "faults": got.faults.map(\.description)])
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List the vaults that this wallet's folder knows.", discussion: "Example: qustream vault ls")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let entries = VaultIndex(wallet: global.walletDirectory).entries
            if global.json {
                return try printJSON([
                    "vaults": entries.map { ["id": $0.id.hex, "name": $0.name, "size": $0.size, "label": $0.label.description] as [String: Any] }
                ])
            }
            for entry in entries { print("\(entry.id)  \(entry.size)  \(entry.name)\n    \(entry.label)") }
        }
    }

    struct Health: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check what every node holds of a vault.", discussion: "Example: qustream vault health 0x…")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var access: VaultAccess
        @Argument(help: "The vault's id.") var id: String
        @Option(help: "Stripes of the file to check, spread over it.") var stripes: UInt64 = 8

        func run() async throws {
            let id = try VaultAccess.id(self.id)
            try await refusingVault {
                let (client, owner) = try await access.client(owning: id, global)
                let health = try await client.health(id, stripes: stripes)
                try VaultIndex(wallet: global.walletDirectory).add(
                    .init(id: id, name: health.name, size: health.size, owner: owner, label: health.label, receipts: []))
                try show(health)
                guard health.isReadable else { throw Refusal("the vault cannot be read now: nodes must come back") }
            }
        }

        private func show(_ health: VaultHealth) throws {
            if global.json {
                return try printJSON([
                    "id": health.id.hex, "name": health.name, "size": health.size, "label": health.label.description,
                    "readable": health.isReadable, "spareOperators": health.spareOperators, "spareCommunity": health.spareCommunity,
                    "spareFragments": health.spareFragments,
                    "nodes": health.nodes.map { ["name": $0.moniker, "sound": $0.isSound, "fault": $0.fault?.description ?? ""] as [String: Any] },
                ])
            }
            print("\(health.name)  \(health.size) bytes\n\(health.label)")
            for node in health.nodes { print("  \(node.isSound ? "sound " : "FAILED")  \(node.fault?.description ?? node.moniker)") }
            print(
                "The key survives the loss of \(max(0, health.spareOperators)) more operator and \(max(0, health.spareCommunity)) more "
                    + "community nodes, the data of \(max(0, health.spareFragments)) more of all.")
        }
    }
}
