import ArgumentParser
import ChainTypes
import Entropy
import Execution
import Foundation
import RPCClient
import Signer
import Wallet

/// Options that every command of a user has.
struct GlobalOptions: ParsableArguments {
    static let defaultRPC = "http://127.0.0.1:8545"

    @Option(help: "The node to talk to.") var rpc = defaultRPC
    @Option(help: "The wallet's folder; default ./.devnet/wallet where present, else ~/.qustream/wallet.") var wallet: String?
    @Option(help: "The chain's genesis file; default: genesis.rlp in the wallet's folder.") var genesis: String?
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
        if let fault = RPCClient.fault(of: rpc) { throw ValidationError(fault) }
    }

    var client: RPCClient { RPCClient(url: rpc) }
    var chain: RPCChain { RPCChain(client) }

    var walletDirectory: String {
        if let wallet { return wallet }
        return Wallet.exists(".devnet/wallet") ? ".devnet/wallet" : Self.userHome + "/.qustream/wallet"
    }

    /// As the shell's `~`.
    private static var userHome: String { ProcessInfo.processInfo.environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory() }

    private var genesisFile: URL { genesis.map { URL(filePath: $0) } ?? URL(filePath: walletDirectory).appending(path: "genesis.rlp") }

    /// What this user trusts before talking to anyone.
    func spec() throws -> ChainSpec {
        guard let bytes = try? Data(contentsOf: genesisFile) else { throw Refusal("\(genesisFile.path) is missing: name the chain's genesis with --genesis") }
        guard let spec = try? ChainSpec(rlp: bytes) else { throw Refusal("\(genesisFile.path) is not a genesis file") }
        return spec
    }

    /// The chain that a wallet may sign for.
    func pin(_ wallet: UnlockedWallet) throws -> ChainPin {
        guard try !wallet.wallet.isDevnetOnly, genesis != nil || FileManager.default.fileExists(atPath: genesisFile.path) else { return .known }
        return .genesis(try Genesis.build(try spec()).block.id)
    }

    func openWallet() throws -> Wallet { try refusing { try Wallet(directory: walletDirectory) } }

    /// Opens the wallet with its secrets. A devnet's has an empty password, any other the one in `QUSTREAM_PASSWORD`.
    func unlock() throws -> UnlockedWallet {
        let wallet = try openWallet()
        return try refusing {
            if try wallet.isDevnetOnly { return try wallet.unlock(.empty) }
            guard let password = Password.fromEnvironment() else { throw Refusal("set \(Password.variable) to the wallet's password") }
            return try wallet.unlock(password)
        }
    }

    /// As `unlock`; makes the wallet where there is none.
    func unlockOrCreate() throws -> UnlockedWallet {
        guard !Wallet.exists(walletDirectory) else { return try unlock() }
        guard let password = Password.fromEnvironment() else {
            throw Refusal("set \(Password.variable) to a password for the new wallet; an empty one makes a wallet for devnets only")
        }
        return try refusing {
            try Wallet.create(directory: walletDirectory, password: password, entropy: Self.entropy(), allowsEmptyPassword: true)
        }
    }

    /// Names the devices to draw from as well, such as `/dev/hwrng`, with commas between.
    static let devicesVariable = "QUSTREAM_ENTROPY_DEVICES"

    /// All of this machine's random sources, and those that are configured.
    static func entropy() throws -> EntropyPool {
        let devices = ProcessInfo.processInfo.environment[devicesVariable] ?? ""
        return try EntropyPool.system(devices: devices.split(separator: ",").map(String.init))
    }

    static func random(_ count: Int) throws -> [UInt8] { try entropy().draw(count: count) }
}
