import ArgumentParser
import Foundation
import Primitives
import Wallet

/// `qustream send`: moves QST.
struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send QST.",
        discussion: """
            Example: qustream send --from alice --to bob --amount 1.5 --wait
            Example: qustream send --from alice --to bob --amount 2 --replace 7
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var fees: FeeOptions
    @Option(help: "Name of the paying account.") var from: String
    @Option(help: "An address, or the name of an own account.") var to: String
    @Option(help: "QST, with at most 18 decimal places.") var amount: String
    @Option(help: "Replace the waiting transaction with this nonce, for a tenth more fee at least.") var replace: UInt64?
    @Flag(help: "Wait until it is final; print block, finality time and fee.") var wait = false

    /// 30 s of polls.
    private static let polls = 600
    private static let pollMilliseconds = 50

    func run() async throws {
        guard let wei = QST.parse(amount) else { throw ValidationError("\(amount) is not an amount of QST") }
        var wallet = try global.unlock()
        try await refusing {
            let account = try wallet.wallet.account(from)
            var request = TransactionRequest(to: try wallet.wallet.resolve(to), value: wei)
            request.feeCeiling = try fees.ceiling
            let session = try await wallet.session(for: account, on: global.chain, pin: try global.pin(wallet))
            let started = ContinuousClock.now
            let sent = if let replace {
                try await session.replace(nonce: replace, .with(request), approve: FeeOptions.tell)
            } else {
                try await session.send(request, approve: FeeOptions.tell)
            }
            guard wait else {
                return global.json ? try printJSON(["hash": sent.hash.hex, "nonce": sent.body.nonce]) : try say(sent.hash)
            }
            let outcome = try await session.wait(for: sent.hash, polls: Self.polls) {
                try? await Task.sleep(for: .milliseconds(Self.pollMilliseconds))
            }
            try show(sent.hash, outcome, elapsed: started.duration(to: .now))
            guard outcome.succeeded else { throw Refusal("the transaction is final, but failed") }
        }
    }

    private func show(_ hash: Hash, _ outcome: TransactionOutcome, elapsed: Duration) throws {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let fee = outcome.fee ?? .zero
        if global.json {
            return try printJSON([
                "hash": hash.hex, "block": outcome.block, "blockHash": outcome.blockHash.hex, "finalitySeconds": seconds, "fee": fee.description,
                "succeeded": outcome.succeeded,
            ])
        }
        try say("transaction  \(hash)")
        try say("block        \(outcome.block)  \(outcome.blockHash)")
        try say("final after  \(String(format: "%.3f", seconds)) s")
        try say("fee          \(QST.format(fee)) QST")
    }
}
