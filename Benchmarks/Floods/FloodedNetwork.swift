import ChainTypes
import Foundation
import NIOConcurrencyHelpers
import Primitives
import RPCClient
import Wallet

/// A devnet of the release binary whose first validator is flooded, while honest people pay.
final class FloodedNetwork: Sendable {
    struct Failure: Error, CustomStringConvertible { let description: String }

    private static let portBase = 18_400
    private static let validators = 4
    private let home = FileManager.default.temporaryDirectory
        .appending(path: "qustream-floods-\(UUID().uuidString.prefix(8))")
    private let process = NIOLockedValueBox(Process())
    private let rpc = RPCClient(url: "http://127.0.0.1:\(portBase + 198)")
    private let victim = RPCClient(url: "http://127.0.0.1:\(portBase + 200)")
    private let target = NIOLockedValueBox<UInt32>(0xf100d)

    init() throws {
        let devnet = process.withLockedValue { $0 }
        devnet.executableURL = URL(filePath: ".build/release/qustream")
        devnet.arguments = [
            "devnet", "--home", home.path, "--validators", "\(Self.validators)", "--operator-nodes", "1",
            "--community-nodes", "1", "--port-base", "\(Self.portBase)", "--rpc-port", "\(Self.portBase + 198)", "--explorer-port", "\(Self.portBase + 197)",
        ]
        let output = Pipe()
        devnet.standardOutput = output
        try devnet.run()
        var said = Data()
        while !String(decoding: said, as: UTF8.self).contains("devnet ready") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Failure(description: "the network ended before it was ready") }
            said += more
        }
    }

    func stop() {
        process.withLockedValue {
            $0.terminate()
            $0.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: home)
    }

    static func load() -> String {
        String((try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.prefix(14) ?? "unknown")
    }

    /// Honest people with something to spend, and some history, so that there is something to ask for.
    func warmUp() async throws -> Payments {
        var wallet = try Wallet(directory: home.appending(path: "wallet").path).unlock(.empty)
        let alice = try await wallet.session(for: try wallet.wallet.account("alice"), on: RPCChain(rpc))
        let payments = try await Payments(rpc: rpc, paidBy: alice)
        while try await rpc.blockNumber() < 70 {
            let target = nextTarget()
            let signed = try await payments.signed(to: target, seconds: 2)
            _ = try await payments.run(signed, to: target, seconds: 2)
        }
        return payments
    }

    private func nextTarget() -> Address {
        target.withLockedValue {
            $0 += 1
            return Address(low: $0)
        }
    }

    /// Prints a line of the table.
    func measure(_ flood: Flood?, _ payments: Payments, seconds: Int) async throws {
        let height = try await rpc.blockNumber()
        let block = try await rpc.finality(.number(height))?.envelopeHash ?? .zero
        let target = nextTarget()
        let signed = try await payments.signed(to: target, seconds: seconds)
        let before = try voteDelays()
        async let sent = flooding(flood, block: block, seconds: seconds)
        async let paid = payments.run(signed, to: target, seconds: seconds)
        let (frames, sessions) = await sent
        let transfers = try await paid
        let delays = try voteDelays().since(before)
        let behind = Int64(try await rpc.blockNumber()) - Int64(try await victim.blockNumber())
        let columns = [
            flood?.rawValue ?? "none", "\(frames / seconds)", "\(sessions)", "\(delays.total)", delays.quantile(0.5),
            delays.quantile(0.99), "\(transfers)", "\(try residentMebibytes())", "\(behind)",
        ]
        print("| \(columns.joined(separator: " | ")) |")
        try await payments.settle(signed)
    }

    private func flooding(_ flood: Flood?, block: Hash, seconds: Int) async -> (frames: Int, sessions: Int) {
        guard let flood else {
            try? await Task.sleep(for: .seconds(seconds))
            return (0, 0)
        }
        let end = ContinuousClock.now + .seconds(seconds)
        let frames = flood.frames(block: block)
        let bytes = frames.flatMap { Stranger.framed($0) }
        var sent = 0
        var sessions = 0
        while ContinuousClock.now < end {
            guard let stranger = try? await Stranger.connect(port: Self.portBase) else {
                try? await Task.sleep(for: .milliseconds(20))
                continue
            }
            sessions += 1
            // A write that the validator does not take must not outlast the measurement.
            let limit = Task {
                try? await Task.sleep(until: end)
                stranger.close()
            }
            if flood == .half {
                let half = Stranger.framed([UInt8](repeating: 1, count: 500_000), declaring: 1_000_000)
                if (try? await stranger.send(half)) != nil { sent += 1 }
            } else {
                while ContinuousClock.now < end, (try? await stranger.send(bytes)) != nil { sent += frames.count }
            }
            limit.cancel()
            stranger.close()
        }
        return (sent, sessions)
    }

    private func voteDelays() throws -> Delays {
        let (curl, output) = (Process(), Pipe())
        curl.executableURL = URL(filePath: "/usr/bin/env")
        curl.arguments = ["curl", "--silent", "--max-time", "20", "http://127.0.0.1:\(Self.portBase + 200)/metrics"]
        curl.standardOutput = output
        try curl.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        curl.waitUntilExit()
        return Delays(metrics: text, of: "qustream_vote_delay_seconds")
    }

    private func residentMebibytes() throws -> Int {
        let file = home.appending(path: "validator-1/node.pid")
        let pid = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) / 1024
    }
}
