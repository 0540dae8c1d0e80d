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
        subcommands: [Put.self, Get.self, List.self, Health.self, Audit.self, Refresh.self, Remove.self])

    struct Options: ParsableArguments {
        @OptionGroup var global: GlobalOptions
        @OptionGroup var fees: FeeOptions

        /// A client for one account's vaults, with the client root that the wallet has, if any.
        func client(_ wallet: inout UnlockedWallet, account: WalletAccount, isRecoverable: Bool = false) async throws -> VaultClient {
            let (spec, entropy) = (try global.spec(), try GlobalOptions.entropy())
            let genesis = try Genesis.build(spec).block.id
            let network = VaultNetwork(
                genesis: genesis, parameters: spec.parameters,
                follower: CheckpointFile(folder: folder, genesis: genesis).follower(validators: spec.validators))
            let keys = try VaultKeys(
                owner: account.address, deviceSeed: try wallet.derived("device of \(account.address.hex)", for: account),
                manifestSecret: try wallet.derived("manifests of \(account.address.hex)", for: account), root: wallet.root,
                rootSources: wallet.rootSources)
            let session = try await wallet.session(for: account, on: global.chain, pin: try global.pin(wallet))
            var options = VaultOptions()
            options.isRecoverable = isRecoverable
            return VaultClient(
                chain: VaultGateway(chain: global.client, account: session, feeCeiling: try fees.ceiling), network: network, keys: keys, entropy: VaultEntropy(entropy),
                group: MultiThreadedEventLoopGroup.singleton, options: options)
        }

        /// A client for the account that owns a vault.
        func client(_ wallet: inout UnlockedWallet, owning id: KeyID) async throws -> VaultClient {
            let account = try await Vaults.owner(of: id.hash, in: wallet.wallet, chain: global.client)
            return try await client(&wallet, account: account)
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
        @Argument(help: "The file; - for standard input.") var file: String
        @Option(help: "Under which name it is listed; default: the file's.") var name: String?
        @Option(help: "The paying account; default: the wallet's first.") var from: String?
        @Flag(help: "Leave the client root out, so that the nodes alone can give the key back.") var recoverable = false

        func run() async throws {
            var wallet = try options.global.unlock()
            try await refusing {
                let payer = from ?? wallet.wallet.accounts.first?.name ?? ""
                // Nothing is made for what cannot begin.
                _ = try options.global.spec()
                if !recoverable { try options.makeRoot(&wallet) }
                let client = try await options.client(&wallet, account: try wallet.wallet.account(payer), isRecoverable: recoverable)
                let bar = ProgressBar("storing")
                let index = VaultIndex(options.folder)
                // Told and written down before the first byte goes out: what is paid for can be given up by its id at least.
                let stored = try await client.put(file, name: name, onKey: { id, name, size in
                    try index.add(.init(id: id.hash.hex, name: name, size: size, label: nil))
                    note("vault \(id.hash.hex)")
                }, progress: bar.update)
                bar.finish()
                try ReceiptFolder(options.folder).add(stored.receipts, of: stored.id)
                try index.add(.init(id: stored.id.hash.hex, name: stored.name, size: stored.size, label: "\(stored.label)"))
                if options.global.json {
                    return try printJSON([
                        "id": stored.id.hash.hex, "name": stored.name, "size": stored.size, "label": "\(stored.label)",
                        "nodes": stored.receipts.count, "faults": stored.faults.map(\.object),
                    ])
                }
                stored.faults.tell()
                note("\(stored.receipts.count) nodes hold it; \(stored.label)")
                if !stored.faults.isEmpty { note("When the others are back, `qustream vault refresh \(stored.id.hash.hex)` gives them their part.") }
                try say(stored.id.hash.hex)
            }
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a file back.", discussion: "Example: qustream vault get 0x… -o report.pdf")

        @OptionGroup var options: Options
        @Argument(help: "The vault's id.") var id: String
        @Option(name: .short, help: "Where to write it; - for standard output.") var output: String

        func validate() throws {
            guard output != "-" || !options.global.json else { throw ValidationError("standard output has room for the file or for --json, not for both") }
        }

        func run() async throws {
            let id = try Vaults.keyID(id)
            var wallet = try options.global.unlock()
            try await refusing {
                let client = try await options.client(&wallet, owning: id)
                let bar = ProgressBar("reading")
                let found = try await client.get(id, to: output, progress: bar.update)
                bar.finish()
                if options.global.json {
                    return try printJSON([
                        "id": found.id.hash.hex, "name": found.name, "size": found.size, "label": "\(found.label)", "output": output,
                        "faults": found.faults.map(\.object),
                    ])
                }
                found.faults.tell()
                note("\(found.name.printable), \(found.size) bytes; \(found.label)")
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
                return try printJSON(["vaults": entries.map { ["id": $0.id, "name": $0.name, "size": $0.size, "label": $0.label ?? "", "stored": $0.label != nil] as [String: Any] }])
            }
            for entry in entries { try say("\(entry.id.printable)  \(entry.size)  \(entry.name.printable)\(entry.label == nil ? "  (not stored: give it up with `vault rm`)" : "")") }
        }
    }

    static func keyID(_ text: String) throws -> KeyID {
        guard let hash = Hash(hex: text) else { throw ValidationError("\(text) is not a vault's id") }
        return KeyID(hash)
    }

    /// The wallet's account that owns a key. The node's answer is a hint: the client verifies the owner itself.
    static func owner(of key: Hash, in wallet: Wallet, chain: RPCClient) async throws -> WalletAccount {
        let slot = KeyRegistry.slot(of: .owner, key: key)
        let value = try await chain.proof(KeyRegistry.address, slots: [slot]).slots.first?.value ?? .zero
        if let account = wallet.accounts.first(where: { $0.address.padded == value }) { return account }
        throw Refusal(value == .zero ? "there is no vault \(key)" : "vault \(key) belongs to an account that is not in this wallet")
    }
}

extension [NodeFault] {
    /// A line on standard error for each.
    func tell() { for fault in self { note("\(fault)".printable) } }
}

extension NodeFault {
    var object: [String: Any] { ["node": node.moniker, "fault": "\(self)"] }
}
