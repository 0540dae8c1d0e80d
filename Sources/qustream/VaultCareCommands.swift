import ArgumentParser
import Primitives
import Vault

/// What is done to vaults after they were stored.
extension Vaults {
    struct Health: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check what every node holds of a vault.", discussion: "Example: qustream vault health 0x…")

        @OptionGroup var options: Options
        @Argument(help: "The vault's id.") var id: String
        @Option(help: "Stripes of the file to check, spread over it.") var stripes: UInt64 = 8

        func run() async throws {
            let id = try Vaults.keyID(id)
            var wallet = try options.global.unlock()
            try await refusing {
                let health = try await options.client(&wallet, owning: id).health(id, stripes: stripes)
                options.global.json ? try printJSON(object(health)) : try show(health)
                guard health.isReadable else { throw Refusal("the vault cannot be read now: nodes must come back") }
            }
        }

        private func object(_ health: VaultHealth) -> [String: Any] {
            [
                "id": health.id.hash.hex, "name": health.name, "size": health.size, "label": health.label.description,
                "readable": health.isReadable, "spareOperators": health.spareOperators, "spareCommunity": health.spareCommunity,
                "spareFragments": health.spareFragments,
                "nodes": health.nodes.map { ["name": $0.moniker, "sound": $0.isSound, "fault": $0.fault?.description ?? ""] as [String: Any] },
            ]
        }

        private func show(_ health: VaultHealth) throws {
            try say("\(health.name.printable)  \(health.size) bytes\n\(health.label)")
            for node in health.nodes { try say("  \(node.isSound ? "sound " : "FAILED")  \((node.fault?.description ?? node.moniker).printable)") }
            try say(
                "The key survives the loss of \(max(0, health.spareOperators)) more operator and \(max(0, health.spareCommunity)) more "
                    + "community nodes, the data of \(max(0, health.spareFragments)) more of all.")
            if health.nodes.contains(where: { $0.fault?.isMendable == true }) {
                note("`qustream vault refresh \(health.id.hash.hex)` gives nodes that hold nothing their part again.")
            }
        }
    }

    struct Refresh: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give nodes that hold nothing of a vault their part again.", discussion: "Example: qustream vault refresh 0x…")

        @OptionGroup var options: Options
        @Argument(help: "The vault's id.") var id: String

        func run() async throws {
            let id = try Vaults.keyID(id)
            var wallet = try options.global.unlock()
            try await refusing {
                let bar = ProgressBar("mending")
                let refreshed = try await options.client(&wallet, owning: id).refresh(id, progress: bar.update)
                bar.finish()
                try ReceiptFolder(options.folder).add(refreshed.receipts, of: id)
                if options.global.json {
                    return try printJSON([
                        "id": id.hash.hex, "name": refreshed.name, "mended": refreshed.mended, "faults": refreshed.faults.map(\.object),
                    ])
                }
                refreshed.faults.tell()
                try say(refreshed.mended.isEmpty ? "nothing to mend" : "mended \(refreshed.mended.joined(separator: ", "))")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm", abstract: "Give a vault up: the chain marks it as removed and the nodes delete what they hold.",
            discussion: "Example: qustream vault rm 0x…")

        @OptionGroup var options: Options
        @Argument(help: "The vault's id.") var id: String

        func run() async throws {
            let id = try Vaults.keyID(id)
            var wallet = try options.global.unlock()
            try await refusing {
                let removed = try await options.client(&wallet, owning: id).remove(id)
                try VaultIndex(options.folder).remove(id.hash.hex)
                ReceiptFolder(options.folder).remove(id)
                if options.global.json {
                    return try printJSON([
                        "id": id.hash.hex, "cleared": removed.clearedNodes, "faults": removed.faults.map(\.object),
                    ])
                }
                removed.faults.tell()
                if !removed.faults.isEmpty { note("Run it again when those nodes are back: they may hold their part until then.") }
                try say("removed; \(removed.clearedNodes) nodes hold nothing of it any more")
            }
        }
    }
}
