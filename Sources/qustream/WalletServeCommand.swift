import ArgumentParser
import Cryptography
import Foundation
import Gateway
import Primitives
import Wallet

/// `qustream wallet`: what the wallet does for other programs.
struct WalletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wallet", abstract: "Let Ethereum tools use the wallet.", subcommands: [WalletServe.self])
}

/// `qustream wallet serve`: the local signing gateway.
struct WalletServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve Ethereum JSON-RPC on this machine that signs for unlocked accounts.",
        discussion: """
            Example: qustream wallet serve --unlock alice --cap 10
            Prints the address to give to web3.py, ethers, Foundry, Hardhat or Ape. Whoever knows it can spend up to the cap.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Port on 127.0.0.1; 0 takes a free one.") var port = 8546
    @Option(help: "The secret in the address, at least 16 letters, digits or -_.~; default: 256 random bits.") var token: String?
    @Option(help: "Name of an account to sign for; repeat for more. Default on a devnet: all of the wallet's.") var unlock: [String] = []
    @Option(help: "QST that all transactions together may take, fees included.") var cap = "100"
    @OptionGroup var fees: FeeOptions
    @Option(help: "How long it signs; reads go on afterwards.") var unlockSeconds: Int64 = 3600
    @Flag(help: "Show transactions as type 2, for tools that refuse types that they do not know (Ape).") var familiarTypes = false
    @Option(help: "Origin of a web page that may call it (https://app.example); repeat for more.") var allowOrigin: [String] = []

    func run() async throws {
        var configuration = try configuration()
        let signals = StopSignals()
        let wallet = try global.unlock()
        let accounts = try chosen(wallet)
        configuration.pin = try refusing { try global.pin(wallet) }
        let gateway = try await refusing {
            try await Gateway.start(configuration, node: global.client.url, wallet: wallet, accounts: accounts, note: note)
        }
        for account in accounts { note("unlocked \(account.address.checksummed)  \(account.name.printable)") }
        note("signs for \(unlockSeconds) s, up to \(QST.format(configuration.spendingCap)) QST")
        try say("gateway \(gateway.url)")
        fflush(nil)
        await signals.wait()
        await gateway.shutdown()
    }

    /// A year.
    private static let longestUnlock: Int64 = 31_536_000

    private func configuration() throws -> GatewayConfiguration {
        guard let wei = QST.parse(cap) else { throw ValidationError("\(cap) is not an amount of QST") }
        guard (0...65_535).contains(port) else { throw ValidationError("\(port) is no port") }
        guard (1...Self.longestUnlock).contains(unlockSeconds) else { throw ValidationError("--unlock-seconds is 1 to \(Self.longestUnlock)") }
        var configuration = GatewayConfiguration(token: try chosenToken())
        (configuration.port, configuration.spendingCap, configuration.unlockedSeconds) = (port, wei, unlockSeconds)
        configuration.feeCeiling = try fees.ceiling
        configuration.origins = allowOrigin
        configuration.showsFamiliarTypes = familiarTypes
        return configuration
    }

    private func chosenToken() throws -> GatewayToken {
        guard let token else { return GatewayToken(random: try refusing { try GlobalOptions.random(GatewayToken.randomBytes) }) }
        guard let chosen = GatewayToken(token) else {
            throw ValidationError("the token must have \(GatewayToken.minimumLength) to \(GatewayToken.maximumLength) letters, digits or -_.~")
        }
        return chosen
    }

    /// All accounts of a devnet's wallet, whose keys are published anyway; of any other only those that are named.
    private func chosen(_ wallet: UnlockedWallet) throws -> [WalletAccount] {
        try refusing {
            guard unlock.isEmpty else { return try unlock.map { try wallet.wallet.account($0) } }
            guard try wallet.wallet.isDevnetOnly else { throw Refusal("name the accounts to sign for with --unlock") }
            return wallet.wallet.accounts
        }
    }
}
