import ChainTypes
import Cryptography
import Foundation
import Primitives
import RPCClient
import Synchronization
import Wallet

/// Calls per second of a node's JSON-RPC over HTTP on the loopback interface: connections that are kept, one call after the other
/// on each. The node, a validator and the callers share the machine.
func benchmarkRPC() async throws {
    let network = try SmallNetwork()
    defer { network.stop() }
    let (owner, token) = try await deployToken(on: network)
    let balanceOf = "0x70a08231" + Hex.encode(owner.padded.bytes).dropFirst(2)
    let calls = [
        ("eth_getBalance", "[\"\(owner.hex)\",\"latest\"]"),
        ("eth_call, balanceOf of an ERC-20", "[{\"to\":\"\(token.hex)\",\"data\":\"\(balanceOf)\"},\"latest\"]"),
        ("eth_chainId, which reads nothing", "[]"),
    ]
    for (name, parameters) in calls {
        let method = name.prefix { $0 != "," }
        let body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\(method)\",\"params\":\(parameters)}"
        let head = ["POST / HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
        let request = Array((head + ["", body]).joined(separator: "\r\n").utf8)
        for connections in [1, 8, 64] {
            let rates = try (0..<3).map { _ in try callsPerSecond(request, connections: connections, port: network.rpcPort, seconds: 2) }
            print("\(name), \(connections) connections: \(rounded(rates.max() ?? 0)) calls/s (best of 3)")
        }
    }
}

/// Runs as many threads as connections for a while. Every answer must be the first one's bytes.
private func callsPerSecond(_ request: [UInt8], connections: Int, port: UInt16, seconds: Double) throws -> Double {
    let first = try KeptConnection(port: port).exchange(request)
    guard String(decoding: first, as: UTF8.self).contains("\"result\":\"0x") else {
        throw BenchChain.Failure(description: String(decoding: first, as: UTF8.self))
    }
    let total = Atomic(0)
    let wrong = Atomic(0)
    let start = ContinuousClock.now
    let threads = (0..<connections).map { _ in
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            var count = 0
            do {
                let connection = try KeptConnection(port: port)
                while ContinuousClock.now - start < .seconds(seconds) {
                    if try connection.exchange(request) != first { wrong.add(1, ordering: .relaxed) }
                    count += 1
                }
            } catch { wrong.add(1, ordering: .relaxed) }
            total.add(count, ordering: .relaxed)
            done.signal()
        }
        return done
    }
    for thread in threads { thread.wait() }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    guard wrong.load(ordering: .relaxed) == 0 else { throw BenchChain.Failure(description: "wrong answers") }
    return Double(total.load(ordering: .relaxed)) / elapsed
}

/// The token of the other benchmarks on a new network, with some of it for alice.
private func deployToken(on network: SmallNetwork) async throws -> (owner: Address, token: Address) {
    let rpc = RPCClient(url: "http://127.0.0.1:\(network.rpcPort)")
    var wallet = try Wallet(directory: network.home.appending(path: "wallet").path).unlock(.empty)
    let alice = try wallet.wallet.account("alice")
    let session = try await wallet.session(for: alice, on: RPCChain(rpc))
    let code = try BenchChain.tokenCode()
    // Copies what follows it into memory and returns that.
    let constructor: [UInt8] = [0x61, UInt8(code.count >> 8), UInt8(code.count & 255), 0x80, 0x60, 0x0a, 0x5f, 0x39, 0x5f, 0xf3]
    let created = try await rpc.waitForReceipt(try await session.send(TransactionRequest(to: nil, data: constructor + code)).hash)
    guard created.succeeded, let token = created.contractAddress else { throw BenchChain.Failure(description: "the token was not created") }
    let mint: [UInt8] = [0xa0, 0x71, 0x2d, 0x68] + Hash(UInt256(1_000_000)).bytes
    let minted = try await rpc.waitForReceipt(try await session.send(TransactionRequest(to: token, data: mint)).hash)
    guard minted.succeeded else { throw BenchChain.Failure(description: "nothing was minted") }
    return (alice.address, token)
}

/// A network of the release binary with as few processes as it can have.
private final class SmallNetwork {
    private static let portBase = 19_300
    let rpcPort = UInt16(portBase + 198)
    let home = FileManager.default.temporaryDirectory.appending(path: "qustream-bench-\(UUID().uuidString.prefix(8))")
    private let process = Process()

    init() throws {
        process.executableURL = URL(filePath: ".build/release/qustream")
        process.arguments = ["devnet", "--home", home.path, "--validators", "1", "--operator-nodes", "1", "--community-nodes", "1"]
            + ["--port-base", "\(Self.portBase)", "--rpc-port", "\(rpcPort)", "--explorer-port", "\(Self.portBase + 197)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var said = Data()
        while !String(decoding: said, as: UTF8.self).contains("devnet ready") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw BenchChain.Failure(description: "the network ended before it was ready") }
            said += more
        }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: home)
    }
}
