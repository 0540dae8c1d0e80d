import ChainTypes
import Cryptography
import Foundation
import NIOConcurrencyHelpers
import Primitives
import RPCClient
import Signer
import Wallet

/// Finality as a sender sees it, and committed transfers per second next to what the signature checks alone allow.
func benchmarkDevnet() async throws {
    let verifications = verificationsPerSecond()
    print("signature checks on all cores: \(rounded(verifications))/s on \(ProcessInfo.processInfo.activeProcessorCount) cores")
    try await withDevnet { devnet in
        try await measureFinality(devnet)
        try await measureThroughput(devnet, verificationsPerSecond: verifications)
    }
}

/// ML-DSA-65 verifications per second with a thread on each core, best of three half seconds.
func verificationsPerSecond() -> Double {
    let key = KeyChain(seed: AccountSeed(phraseSeed: bytes(64), account: 0)).key(at: 0)
    let (message, context) = (bytes(300), Array("bench".utf8))
    guard let signature = try? key.sign(message, context: context) else { return 0 }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    var best = 0.0
    for _ in 0..<3 {
        let total = NIOLockedValueBox(0)
        let start = ContinuousClock.now
        DispatchQueue.concurrentPerform(iterations: cores) { _ in
            var count = 0
            while ContinuousClock.now - start < .milliseconds(500) {
                keep(MLDSA.verify(suite: .mldsa65, publicKey: key.publicKey, message: message, context: context, signature: signature))
                count += 1
            }
            total.withLockedValue { $0 += count }
        }
        best = max(best, Double(total.withLockedValue { $0 }) / ((ContinuousClock.now - start) / .seconds(1)))
    }
    return best
}

/// 100 payments one after the other, each from the call to `send` until the receipt is there.
private func measureFinality(_ devnet: DevnetProcess) async throws {
    var wallet = try Wallet(directory: devnet.wallet.path).unlock(.empty)
    let (alice, bob) = (try wallet.wallet.account("alice"), try wallet.wallet.account("bob"))
    let session = try await wallet.session(for: alice, on: RPCChain(devnet.rpc))
    var (total, submitted): ([Double], [Double]) = ([], [])
    for _ in 0..<100 {
        let start = ContinuousClock.now
        let sent = try await session.send(TransactionRequest(to: bob.address, value: QST.one))
        submitted.append((ContinuousClock.now - start) / .milliseconds(1))
        while try await devnet.rpc.receipt(sent.hash) == nil { try await Task.sleep(for: .milliseconds(2)) }
        total.append((ContinuousClock.now - start) / .milliseconds(1))
    }
    func line(_ name: String, _ values: [Double]) {
        let sorted = values.sorted()
        print("\(name): p50 \(rounded(sorted[49])) ms, p99 \(rounded(sorted[98])) ms, most \(rounded(sorted[99])) ms")
    }
    line("100 payments one by one, from send to receipt", total)
    line("of which until the node had taken it", submitted)
}

/// Transfers of many accounts, signed beforehand with a new key for each, sent as fast as the node takes them.
private struct Load {
    static let accounts = 120
    static let perAccount = 50
    /// Full blocks raise the base fee by an eighth each; these pay whatever it becomes.
    static let fees = FeeOffer(priority: .one, maximum: QST.gwei * 200_000)
    static let gas: UInt64 = 21_000

    /// Of each account in order: the parameters of `eth_sendRawTransaction`, so that the load costs the machine little.
    let calls: [[String]]

    static func chains() -> [KeyChain] {
        (0..<accounts).map { KeyChain(seed: AccountSeed(phraseSeed: bytes(64), account: 1000 + UInt64($0))) }
    }

    init(identity: ChainIdentity, to target: Address) {
        let chains = Self.chains()
        let signed = NIOLockedValueBox([[String]](repeating: [], count: chains.count))
        DispatchQueue.concurrentPerform(iterations: chains.count) { index in
            let builder = TransactionBuilder(keyChain: chains[index], chain: identity)
            let own = (0..<UInt64(Self.perAccount)).compactMap { nonce -> String? in
                let body = builder.body(TransactionRequest(to: target, value: .one), nonce: nonce, gasLimit: Self.gas, fees: Self.fees)
                return (try? builder.sign(body)).map { "[\"\(Hex.encode($0.networkForm))\"]" }
            }
            signed.withLockedValue { $0[index] = own }
        }
        calls = signed.withLockedValue { $0 }
    }
}

private func measureThroughput(_ devnet: DevnetProcess, verificationsPerSecond: Double) async throws {
    let rpc = devnet.rpc
    let identity = try await RPCChain(rpc).identity()
    try await fund(Load.chains().map(\.address), devnet)
    let load = Load(identity: identity, to: Address(low: 0xbe7c))
    let count = load.calls.reduce(0) { $0 + $1.count }
    print("\(count) transfers of \(Load.accounts) accounts are signed")
    let first = try await rpc.blockNumber()

    let start = ContinuousClock.now
    let refusals = NIOLockedValueBox<[String: Int]>([:])
    try await withThrowingTaskGroup(of: Void.self) { group in
        for run in load.calls {
            group.addTask {
                for call in run {
                    let answer = String(decoding: try await rpc.raw("eth_sendRawTransaction", parametersJSON: call), as: UTF8.self)
                    guard answer.contains("\"error\"") else { continue }
                    refusals.withLockedValue { $0[answer, default: 0] += 1 }
                    return
                }
            }
        }
        try await group.waitForAll()
    }
    let accepted = (ContinuousClock.now - start) / .seconds(1)
    var (committed, lastGrowth, last) = (UInt64(0), ContinuousClock.now, ContinuousClock.now)
    while committed < count, ContinuousClock.now - lastGrowth < .seconds(15) {
        let now = try await rpc.balance(Address(low: 0xbe7c)).asUInt64 ?? 0
        if now > committed { (committed, lastGrowth, last) = (now, .now, .now) }
        try await Task.sleep(for: .milliseconds(10))
    }
    let seconds = (last - start) / .seconds(1)
    let blocks = try await rpc.blockNumber() - first
    for (reason, number) in refusals.withLockedValue({ $0 }).sorted(by: { $0.key < $1.key }) { print("refused \(number): \(reason)") }
    let (rate, bound) = (Double(committed) / seconds, verificationsPerSecond / 5)
    print("\(committed) of \(count) transfers committed in \(rounded(seconds)) s, \(blocks) blocks; all taken after \(rounded(accepted)) s")
    print("committed transfers: \(rounded(rate))/s; bound of signature checks (4 validators and 1 RPC node): \(rounded(bound))/s; ratio \(rounded(rate / bound))")
}

/// Gives each account 1,000 QST from alice.
private func fund(_ accounts: [Address], _ devnet: DevnetProcess) async throws {
    var wallet = try Wallet(directory: devnet.wallet.path).unlock(.empty)
    let session = try await wallet.session(for: try wallet.wallet.account("alice"), on: RPCChain(devnet.rpc))
    for account in accounts {
        let request = TransactionRequest(to: account, value: QST.one * 1_000, gasLimit: Load.gas, fees: FeeOffer(priority: .one, maximum: QST.gwei * 10))
        while true {
            do { _ = try await session.send(request) } catch .tooManyInFlight {
                try await Task.sleep(for: .milliseconds(20))
                continue
            }
            break
        }
    }
    guard let last = accounts.last else { return }
    while try await devnet.rpc.balance(last) == .zero { try await Task.sleep(for: .milliseconds(20)) }
}
