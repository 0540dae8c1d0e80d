import Foundation
import Primitives
import RPCClient
import Testing

/// How long and how large the drills are: small in `make test`, more in `make drill`.
enum Drill {
    private static func setting(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

    /// Power cuts in a row.
    static var rounds: Int { setting("QUSTREAM_DRILL_ROUNDS") ?? 3 }
    /// Size of the vault's file.
    static var megabytes: Int { setting("QUSTREAM_DRILL_MEGABYTES") ?? 20 }
    /// Whether tests run that wait for half a minute and more.
    static var isLong: Bool { setting("QUSTREAM_DRILL_LONG") != nil }
    /// Decides the moments of the power cuts; printed, so that a run can be had again.
    static var seed: UInt64 { setting("QUSTREAM_DRILL_SEED").map { UInt64(truncatingIfNeeded: $0) } ?? UInt64.random(in: 0..<1_000_000) }
}

/// A block as one node tells of it.
struct SeenBlock: Hashable {
    var blockHash: String
    var envelopeHash: String
    var stateRoot: String
}

extension RPCClient {
    /// A final block's hashes and state root; nil when the node does not have it.
    func seen(_ number: UInt64) async throws -> SeenBlock? {
        guard let final = try await finality(.number(number)) else { return nil }
        let answer = try await raw("eth_getBlockByNumber", parametersJSON: #"["0x\#(String(number, radix: 16))",false]"#)
        let object = try JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any]
        let block = try #require(object?["result"] as? [String: Any])
        return SeenBlock(
            blockHash: final.blockHash.hex, envelopeHash: final.envelopeHash.hex, stateRoot: try #require(block["stateRoot"] as? String))
    }
}

extension LocalNetwork {
    /// Waits until every chain node has what the RPC node has, then compares all blocks up to there.
    func expectOneChain(_ comment: Comment? = nil) async throws {
        let height = try await rpc.blockNumber()
        for node in chainNodes { try await node.waitForBlock(height) }
        for number in 0...height {
            let expected = try await rpc.seen(number)
            #expect(expected != nil, comment)
            for node in chainNodes { #expect(try await node.seen(number) == expected, comment) }
        }
    }
}

/// Payments of 1 QST from alice to bob, one after the other, while nodes come and go.
actor PaymentStream {
    /// A payment that the sender was told is final.
    struct Final: Sendable {
        let block: UInt64
        let blockHash: String
    }

    private let network: LocalNetwork
    private(set) var finals: [Final] = []
    private var task: Task<Void, Never>?

    init(_ network: LocalNetwork) { self.network = network }

    func start() {
        task = Task.detached { [network] in
            while !Task.isCancelled {
                // What fails while the network is down is no promise, so it is not kept.
                if let final = Self.pay(on: network) { await self.keep(final) }
            }
        }
    }

    private func keep(_ final: Final) { finals.append(final) }

    private static func pay(on network: LocalNetwork) -> Final? {
        guard let report = try? network.runForJSON("send", "--from", "alice", "--to", "bob", "--amount", "1", "--wait"),
            let block = report["block"] as? UInt64, let hash = report["blockHash"] as? String
        else { return nil }
        return Final(block: block, blockHash: hash)
    }

    /// Ends after the payment that is under way.
    func stop() async -> [Final] {
        task?.cancel()
        await task?.value
        return finals
    }
}
