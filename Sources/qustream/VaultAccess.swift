import ArgumentParser
import ChainTypes
import Cryptography
import Entropy
import Execution
import Foundation
import NIOPosix
import Primitives
import Vault
import Wallet

/// Options and set-up that the vault commands share.
struct VaultAccess: ParsableArguments {
    @Option(help: "The chain's genesis file; default genesis.rlp in the wallet's folder, else the devnet's beside it.") var genesis: String?

    /// The chain to believe: its first validators, from a file of this machine, never from the node that is asked.
    func network(_ global: GlobalOptions) throws -> VaultNetwork {
        let wallet = global.walletDirectory
        let candidates = genesis.map { [URL(filePath: $0)] }
            ?? [wallet.appending(path: "genesis.rlp"), wallet.deletingLastPathComponent().appending(path: "rpc-1/genesis.rlp")]
        guard let file = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw Refusal("no genesis file at \(candidates.map(\.path).joined(separator: " or ")): name it with --genesis")
        }
        guard let bytes = try? Data(contentsOf: file), let spec = try? ChainSpec(rlp: bytes) else { throw Refusal("\(file.path) is malformed") }
        return VaultNetwork(genesis: try Genesis.build(spec).block.id, validators: spec.validators, parameters: spec.parameters)
    }

    /// A client for an account of the wallet.
    func client(_ global: GlobalOptions, _ wallet: Wallet, keys: KeyChain, options: VaultOptions = VaultOptions()) async throws -> VaultClient {
        let owner = keys.address
        let network = try network(global)
        let secrets = try VaultKeys(
            owner: owner, deviceSeed: wallet.derived("vault device \(owner)"), manifestSecret: wallet.derived("vault manifests"),
            root: try wallet.clientRoot)
        let sender = try await Sender(wallet: global.walletDirectory, chain: global.chain)
        guard sender.genesis == network.genesis else { throw Refusal("the node at \(global.rpc) is on another chain than the genesis file") }
        return VaultClient(
            chain: RPCGateway(rpc: global.chain, sender: sender, keys: keys), network: network, keys: secrets,
            entropy: VaultEntropy(try EntropyPool.system()), group: MultiThreadedEventLoopGroup.singleton, options: options)
    }

    /// A client for the account that owns a vault. Accounts without a name are found too, so that the phrase suffices.
    func client(owning id: KeyID, _ global: GlobalOptions) async throws -> (client: VaultClient, owner: Address) {
        let wallet = try global.openWallet()
        let sender = try await Sender(wallet: global.walletDirectory, chain: global.chain)
        let gateway = RPCGateway(rpc: global.chain, sender: sender, keys: wallet.keyChain(at: 0))
        let owner = try await VaultNetwork.owner(of: id, chain: gateway, network: try network(global))
        let chains = (0..<wallet.accountNames.count + 20).lazy.map { wallet.keyChain(at: $0) }
        guard let keys = chains.first(where: { $0.address == owner }) else { throw VaultError.notTheOwner }
        return (try await client(global, wallet, keys: keys), owner)
    }

    static func id(_ text: String) throws -> KeyID {
        guard let hash = Hash(hex: text) else { throw ValidationError("\(text) is not a vault id: 0x and 64 hexadecimal digits") }
        return KeyID(hash)
    }
}

/// A bar on stderr, drawn only on a terminal.
final class ProgressBar: Sendable {
    private let title: String
    private let isShown = isatty(STDERR_FILENO) == 1

    init(_ title: String) { self.title = title }

    func show(_ done: UInt64, of total: UInt64) {
        guard isShown else { return }
        let share = total == 0 ? 1 : Double(done) / Double(total)
        let filled = Int(share * 30)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        let line = String(format: "\r%@ %@ %3d %%  %.1f of %.1f MB", title, bar, Int(share * 100), Double(done) / 1e6, Double(total) / 1e6)
        FileHandle.standardError.write(Data((line + (done == total ? "\n" : "")).utf8))
    }
}

/// Names nodes on stderr.
func note(_ faults: [NodeFault]) {
    for fault in faults { note("  \(fault)") }
}

/// Runs a step of a vault command; nodes behind a refusal are named.
func refusingVault<Value>(_ body: () async throws -> Value) async throws -> Value {
    do { return try await body() } catch let error as VaultError {
        note(error.faults)
        throw Refusal("\(error)")
    } catch let error as ValidationError { throw error } catch { throw Refusal("\(error)") }
}
