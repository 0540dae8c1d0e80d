import ArgumentParser
import ChainTypes
import Cryptography
import Entropy
import Execution
import Foundation
import NIOPosix
import Primitives
import RPCClient
import SystemContracts
import Vault
import Wallet

/// `qustream vault`: files in the encryption network.
struct Vaults: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault", abstract: "Encrypt, shard and store files; read them back.",
        subcommands: [Put.self, Get.self, List.self, Health.self])

    struct Options: ParsableArguments {
        @OptionGroup var global: GlobalOptions
        @Option(help: "The chain's genesis file; default: genesis.rlp in the wallet's folder.") var genesis: String?

        /// What this user trusts before talking to anyone.
        func spec() throws -> ChainSpec {
            let file = genesis.map { URL(filePath: $0) } ?? folder.appending(path: "genesis.rlp")
            guard let bytes = try? Data(contentsOf: file) else { throw Refusal("\(file.path) is missing: name the chain's genesis with --genesis") }
            guard let spec = try? ChainSpec(rlp: bytes) else { throw Refusal("\(file.path) is not a genesis file") }
            return spec
        }

        /// A client for one account's vaults, with the client root that the wallet has, if any.
        func client(_ wallet: inout UnlockedWallet, account: WalletAccount, isRecoverable: Bool = false) async throws -> VaultClient {
            let (spec, entropy) = (try spec(), try GlobalOptions.entropy())
            let network = VaultNetwork(genesis: try Genesis.build(spec).block.id, validators: spec.validators, parameters: spec.parameters)
            let keys = try VaultKeys(
                owner: account.address, deviceSeed: try wallet.derived("device of \(account.address.hex)", for: account),
                manifestSecret: try wallet.derived("manifests of \(account.address.hex)", for: account), root: wallet.root)
            let session = try await wallet.session(for: account, on: global.chain)
            var options = VaultOptions()
            options.isRecoverable = isRecoverable
            return VaultClient(
                chain: VaultGateway(chain: global.client, account: session), network: network, keys: keys, entropy: VaultEntropy(entropy),
                group: MultiThreadedEventLoopGroup.singleton, options: options)
        }

        /// Makes the wallet's client root where it has none: for storing only, since reading needs the one that was there.
        func makeRoot(_ wallet: inout UnlockedWallet) throws {
            guard try wallet.rootOrNew(entropy: GlobalOptions.entropy()).isNew else { return }
            note("This wallet has a client root now. Back it up with `qustream account root show`:")
            note("without a copy, root-bound vaults are gone with the wallet.")
        }

        /// Where the wallet lies.
        var folder: URL { URL(filePath: global.walletDirectory) }
    }

    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Store a file; prints the vault's id.", discussion: "Example: qustream vault put report.pdf --from alice")

        @OptionGroup var options: Options
        @Argument(help: "The file.") var file: String
        @Option(help: "The paying account; default: the wallet's first.") var from: String?
        @Flag(help: "Leave the client root out, so that the nodes alone can give the key back.") var recoverable = false

        func run() async throws {
            var wallet = try options.global.unlock()
            try await refusing {
                let name = from ?? wallet.wallet.accounts.first?.name ?? ""
                if !recoverable { try options.makeRoot(&wallet) }
                let client = try await options.client(&wallet, account: try wallet.wallet.account(name), isRecoverable: recoverable)
                let bar = ProgressBar("storing")
                let stored = try await client.put(file, progress: bar.update)
                bar.finish()
                try VaultIndex(options.folder).add(
                    .init(id: stored.id.hash.hex, name: stored.name, size: stored.size, label: "\(stored.label)"))
                for fault in stored.faults { note("\(fault)") }
                note("\(stored.receipts.count) nodes hold it; \(stored.label)")
                print(stored.id.hash.hex)
            }
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a file back.", discussion: "Example: qustream vault get 0x… -o report.pdf")

        @OptionGroup var options: Options
        @Argument(help: "The vault's id.") var id: String
        @Option(name: .short, help: "Where to write it.") var output: String

        func run() async throws {
            guard let hash = Hash(hex: id) else { throw ValidationError("\(id) is not a vault's id") }
            var wallet = try options.global.unlock()
            try await refusing {
                let account = try await Vaults.owner(of: hash, in: wallet.wallet, chain: options.global.client)
                let client = try await options.client(&wallet, account: account)
                let bar = ProgressBar("reading")
                let found = try await client.get(KeyID(hash), to: output, progress: bar.update)
                bar.finish()
                for fault in found.faults { note("\(fault)") }
                note("\(found.name), \(found.size) bytes; \(found.label)")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List the vaults that this wallet has stored.", discussion: "Example: qustream vault ls")

        @OptionGroup var options: Options

        func run() throws {
            let entries = VaultIndex(options.folder).entries
            if options.global.json {
                return try printJSON(["vaults": entries.map { ["id": $0.id, "name": $0.name, "size": $0.size, "label": $0.label] as [String: Any] }])
            }
            for entry in entries { print("\(entry.id)  \(entry.size)  \(entry.name)\n    \(entry.label)") }
        }
    }

    struct Health: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check what every node holds of a vault.", discussion: "Example: qustream vault health 0x…")

        @OptionGroup var options: Options
        @Argument(help: "The vault's id.") var id: String
        @Option(help: "Stripes of the file to check, spread over it.") var stripes: UInt64 = 8

        func run() async throws {
            guard let hash = Hash(hex: id) else { throw ValidationError("\(id) is not a vault's id") }
            var wallet = try options.global.unlock()
            try await refusing {
                let account = try await Vaults.owner(of: hash, in: wallet.wallet, chain: options.global.client)
                let health = try await options.client(&wallet, account: account).health(KeyID(hash), stripes: stripes)
                options.global.json ? try printJSON(object(health)) : show(health)
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

        private func show(_ health: VaultHealth) {
            print("\(health.name)  \(health.size) bytes\n\(health.label)")
            for node in health.nodes { print("  \(node.isSound ? "sound " : "FAILED")  \(node.fault?.description ?? node.moniker)") }
            print(
                "The key survives the loss of \(max(0, health.spareOperators)) more operator and \(max(0, health.spareCommunity)) more "
                    + "community nodes, the data of \(max(0, health.spareFragments)) more of all.")
        }
    }

    /// The wallet's account that owns a key. The node's answer is a hint: the client verifies the owner itself.
    private static func owner(of key: Hash, in wallet: Wallet, chain: RPCClient) async throws -> WalletAccount {
        let slot = KeyRegistry.slot(of: .owner, key: key)
        let value = try await chain.proof(KeyRegistry.address, slots: [slot]).slots.first?.value ?? .zero
        if let account = wallet.accounts.first(where: { $0.address.padded == value }) { return account }
        throw Refusal(value == .zero ? "there is no vault \(key)" : "vault \(key) belongs to an account that is not in this wallet")
    }
}

/// Which vaults this wallet has stored: a convenience, `get` works without it.
struct VaultIndex {
    struct Entry: Codable {
        var id: String
        var name: String
        var size: UInt64
        var label: String
    }

    private let file: URL

    init(_ wallet: URL) { file = wallet.appending(path: "vaults.jsonl") }

    var entries: [Entry] {
        ((try? Data(contentsOf: file)) ?? Data()).split(separator: 0x0a).compactMap { try? JSONDecoder().decode(Entry.self, from: $0) }
    }

    func add(_ entry: Entry) throws {
        let old = (try? Data(contentsOf: file)) ?? Data()
        try (old + JSONEncoder().encode(entry) + [0x0a]).write(to: file, options: .atomic)
    }
}

/// A line on stderr that moves while a file does.
struct ProgressBar: Sendable {
    private let title: String
    private let isTerminal = isatty(2) == 1

    init(_ title: String) { self.title = title }

    var update: VaultProgress {
        { done, total in
            guard isTerminal, total > 0 else { return }
            let width = 40
            let filled = Int(Double(width) * Double(done) / Double(total))
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            FileHandle.standardError.write(Data("\r\(title) \(bar) \(done >> 20) of \(total >> 20) MiB".utf8))
        }
    }

    func finish() { if isTerminal { note("") } }
}
