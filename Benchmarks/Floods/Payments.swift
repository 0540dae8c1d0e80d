import ChainTypes
import Cryptography
import NIOConcurrencyHelpers
import Primitives
import RPCClient
import Wallet

/// Honest people who pay at a steady rate, well below what the network can do, whatever a stranger does meanwhile.
struct Payments: Sendable {
    static let accounts = 40
    static let perSecond = 60
    /// Final this long after the last was sent counts as in time.
    private static let grace = Duration.seconds(1)
    private static let gas: UInt64 = 21_000
    /// Whatever the base fee becomes.
    private static let fees = FeeOffer(priority: .one, maximum: QST.gwei * 1000)
    private static let perAccount = QST.one * 1000

    private let rpc: RPCClient
    private let builders: [TransactionBuilder]

    /// Gives each account what it needs, from a wallet's account.
    init(rpc: RPCClient, paidBy payer: AccountSession<RPCChain>) async throws {
        self.rpc = rpc
        let identity = try await RPCChain(rpc).identity()
        builders = (0..<UInt64(Self.accounts)).map { account in
            let seed = AccountSeed(phraseSeed: [UInt8](repeating: 0x51, count: 64), account: account)
            return TransactionBuilder(keyChain: KeyChain(seed: seed), chain: identity)
        }
        for builder in builders {
            let request = TransactionRequest(to: builder.address, value: Self.perAccount, gasLimit: Self.gas, fees: Self.fees)
            _ = try await payer.send(request)
        }
        while try await rpc.balance(builders[builders.count - 1].address) == .zero { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// Signed ahead, so that signing takes nothing from the network while it is measured: of each account in order.
    func signed(to target: Address, seconds: Int) async throws -> [[SignedTransaction]] {
        var nonces: [UInt64] = []
        for builder in builders { nonces.append(try await rpc.transactionCount(builder.address)) }
        let each = Self.perSecond * seconds / Self.accounts
        return try zip(builders, nonces).map { builder, nonce in
            try (nonce..<nonce + UInt64(each)).map {
                let request = TransactionRequest(to: target, value: .one)
                return try builder.sign(builder.body(request, nonce: $0, gasLimit: Self.gas, fees: Self.fees))
            }
        }
    }

    /// Sends each at its moment.
    /// - Returns: how many in each second became final in time.
    func run(_ signed: [[SignedTransaction]], to target: Address, seconds: Int) async throws -> Int {
        let start = ContinuousClock.now
        let total = signed.reduce(0) { $0 + $1.count }
        let gap = Duration.seconds(seconds) / max(1, total)
        await withTaskGroup(of: Void.self) { group in
            for (account, own) in signed.enumerated() {
                group.addTask {
                    for (index, transaction) in own.enumerated() {
                        try? await Task.sleep(until: start + gap * (index * signed.count + account))
                        _ = try? await rpc.send(transaction)
                    }
                }
            }
        }
        try await Task.sleep(until: start + .seconds(seconds) + Self.grace)
        let final = Int(clamping: try await rpc.balance(target).asUInt64 ?? 0)
        return final / seconds
    }

    /// Waits until nothing of this waits any more, so that the next measurement begins with empty pools.
    func settle(_ signed: [[SignedTransaction]]) async throws {
        for (builder, own) in zip(builders, signed) {
            guard let last = own.last else { continue }
            let end = ContinuousClock.now + .seconds(20)
            while try await rpc.transactionCount(builder.address) <= last.body.nonce, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
