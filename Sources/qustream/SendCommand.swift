import ArgumentParser
import Foundation
import Primitives
import RPCClient
import Wallet

/// `qustream send`: moves QST.
struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send QST.", discussion: "Example: qustream send --from alice --to bob --amount 1.5 --wait")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Name of the paying account.") var from: String
    @Option(help: "An address, or the name of an own account.") var to: String
    @Option(help: "QST, with at most 18 decimal places.") var amount: String
    @Flag(help: "Wait until it is final; print block, finality time and fee.") var wait = false

    func run() async throws {
        guard let wei = QST.parse(amount) else { throw ValidationError("\(amount) is not an amount of QST") }
        try await refusing {
            let wallet = try global.openWallet()
            let (keys, recipient) = (try wallet.keyChain(from), try wallet.resolve(to))
            let started = ContinuousClock.now
            let sender = try await Sender(wallet: global.walletDirectory, chain: global.chain)
            let transaction = try await sender.send(.init(to: recipient, value: wei), from: keys)
            guard wait else { return global.json ? try printJSON(["hash": transaction.hash.hex]) : print(transaction.hash) }
            let receipt = try await global.chain.waitForReceipt(transaction.hash)
            try show(receipt, elapsed: started.duration(to: .now))
            guard receipt.succeeded else { throw Refusal("the transaction is final, but failed") }
        }
    }

    private func show(_ receipt: TransactionReceipt, elapsed: Duration) throws {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let fee = receipt.fee ?? .zero
        if global.json {
            return try printJSON([
                "hash": receipt.transactionHash.hex, "block": receipt.blockNumber, "blockHash": receipt.blockHash.hex,
                "finalitySeconds": seconds, "fee": fee.description, "succeeded": receipt.succeeded,
            ])
        }
        print("transaction  \(receipt.transactionHash)")
        print("block        \(receipt.blockNumber)  \(receipt.blockHash)")
        print("final after  \(String(format: "%.3f", seconds)) s")
        print("fee          \(QST.format(fee)) QST")
    }
}
