import ArgumentParser
import Foundation
import Primitives
import RPCClient

/// What `status` knows of the network.
struct NetworkReport {
    struct Member {
        let moniker: String
        let detail: String
        let isUp: Bool
    }

    let head: BlockFinality
    let ageSeconds: Double
    let node: NodeStatusInfo
    let health: NodeHealthInfo
    let validators: [Member]
    let encryptionNodes: [Member]

    static func read(_ chain: RPCClient) async throws -> NetworkReport {
        let height = try await chain.blockNumber()
        guard let head = try await chain.finality(.number(height)) else { throw RPCError.malformed(method: "qs_getFinality") }
        // Those that should be up now.
        let validators = try await chain.validators().filter { $0.validator.power > 0 }
        let nodes = try await chain.encryptionNodes().filter(\.isListed)
        let up = await EndpointProbe.listening(validators.map(\.validator.endpoint) + nodes.map(\.node.endpoint))
        return NetworkReport(
            head: head, ageSeconds: Date().timeIntervalSince1970 - Double(head.timeMilliseconds) / 1000, node: try await chain.status(),
            health: try await chain.health(),
            validators: zip(validators, up).map { Member(moniker: $0.validator.moniker, detail: "\(QST.format($0.stake)) QST", isUp: $1) },
            encryptionNodes: zip(nodes, up.dropFirst(validators.count)).map {
                Member(moniker: $0.node.moniker, detail: "\($0.node.nodeClass), \($0.node.capacityGiB) GiB", isUp: $1)
            })
    }
}

/// `qustream status`: one screen.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show height, finality, peers and both networks.", discussion: "Example: qustream status")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let report = try await refusing { try await NetworkReport.read(global.client) }
        if global.json { return try printJSON(Self.object(report)) }
        let finality = report.head.finalitySeconds.map { String(format: "%.3f s", $0) } ?? "unknown"
        try say("height        \(report.head.number), \(String(format: "%.1f", report.ageSeconds)) s ago, view \(report.head.view)")
        try say("chain         \(report.health.reason ?? "goes on")")
        try say("finality      \(finality), signed by \(report.head.signers) of \(report.head.validators) validators")
        try say("node          \(report.node.peers) peers, \(report.node.mempool) transactions wait\(report.node.isSyncing ? ", catching up" : "")")
        for (title, members) in [("validators", report.validators), ("encryption nodes", report.encryptionNodes)] {
            try say("\n\(title): \(members.filter(\.isUp).count) of \(members.count) answer")
            for member in members { try say("  \(member.isUp ? "up  " : "down")  \(member.moniker.printable)  \(member.detail.printable)") }
        }
    }

    private static func object(_ report: NetworkReport) -> [String: Any] {
        func list(_ members: [NetworkReport.Member]) -> [[String: Any]] { members.map { ["moniker": $0.moniker, "up": $0.isUp] } }
        return [
            "height": report.head.number, "blockHash": report.head.blockHash.hex, "ageSeconds": report.ageSeconds,
            "finalitySeconds": report.head.finalitySeconds ?? NSNull() as Any, "status": report.health.status, "reason": report.health.reason ?? NSNull() as Any,
            "peers": report.node.peers, "mempool": report.node.mempool,
            "validators": list(report.validators), "encryptionNodes": list(report.encryptionNodes),
        ]
    }
}
