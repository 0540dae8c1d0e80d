import ArgumentParser

@main
struct QuStream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qustream",
        abstract: "A Layer 1 blockchain with quantum resistance at its core.",
        version: "0.1.0",
        subcommands: [Devnet.self, Init.self, GenesisCommand.self, ConfigCommand.self, Node.self, Account.self, Send.self, Contracts.self, Stake.self, Validators.self, EncryptionNodes.self, Gov.self, WalletCommand.self, Vaults.self, Status.self, Doctor.self, Simulate.self, EVMCommand.self])
}
