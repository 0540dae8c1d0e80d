import ArgumentParser
import Entropy
import Foundation
import RPCClient
import Wallet

/// Options that every command of a user has.
struct GlobalOptions: ParsableArguments {
    @Option(help: "The node to talk to.") var rpc = "http://127.0.0.1:8545"
    @Option(help: "The wallet's folder; default ./.devnet/wallet where present, else ~/.qustream/wallet.") var wallet: String?
    @Flag(help: "Print one JSON object.") var json = false

    var chain: RPCClient { RPCClient(url: rpc) }

    var walletDirectory: URL {
        if let wallet { return URL(filePath: wallet) }
        let local = URL(filePath: ".devnet/wallet")
        if Wallet.exists(in: local) { return local }
        return URL(filePath: NSHomeDirectory()).appending(path: ".qustream/wallet")
    }

    var password: String { ProcessInfo.processInfo.environment["QUSTREAM_PASSWORD"] ?? "" }

    func openWallet() throws -> Wallet { try refusing { try Wallet.open(walletDirectory, password: password) } }

    /// Random bytes from all of this machine's sources.
    static func random(_ count: Int) throws -> [UInt8] { try EntropyPool.system().draw(count: count) }
}

/// Prints an object as JSON, keys sorted.
func printJSON(_ object: [String: Any]) throws {
    let bytes = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
    print(String(decoding: bytes, as: UTF8.self))
}
