import ArgumentParser
import Foundation
import Primitives
import RPCClient

/// What `status` and `doctor` know of the network.
struct NetworkReport {
    struct Member {
        let moniker: String
        let detail: String
        let isUp: Bool
    }

    let head: BlockFinality
    let ageSeconds: Double
    let node: NodeStatusInfo
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
        print("height        \(report.head.number), \(String(format: "%.1f", report.ageSeconds)) s ago, view \(report.head.view)")
        print("finality      \(finality), signed by \(report.head.signers) of \(report.head.validators) validators")
        print("node          \(report.node.peers) peers, \(report.node.mempool) transactions wait\(report.node.isSyncing ? ", catching up" : "")")
        for (title, members) in [("validators", report.validators), ("encryption nodes", report.encryptionNodes)] {
            print("\n\(title): \(members.filter(\.isUp).count) of \(members.count) answer")
            for member in members { print("  \(member.isUp ? "up  " : "down")  \(member.moniker)  \(member.detail)") }
        }
    }

    private static func object(_ report: NetworkReport) -> [String: Any] {
        func list(_ members: [NetworkReport.Member]) -> [[String: Any]] { members.map { ["moniker": $0.moniker, "up": $0.isUp] } }
        return [
            "height": report.head.number, "blockHash": report.head.blockHash.hex, "ageSeconds": report.ageSeconds,
            "finalitySeconds": report.head.finalitySeconds ?? NSNull() as Any, "peers": report.node.peers, "mempool": report.node.mempool,
            "validators": list(report.validators), "encryptionNodes": list(report.encryptionNodes),
        ]
    }
}

/// `qustream doctor`: what is wrong, and what to do about it.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is wrong and how to mend it; exit code 1 when something is.", discussion: "Example: qustream doctor")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let report: NetworkReport
        do { report = try await NetworkReport.read(global.client) } catch {
            throw Refusal("\(error)\nIs the network running? Start it with `make devnet`, or name a node with --rpc.")
        }
        let findings = Self.findings(report)
        guard !findings.isEmpty else { return print("nothing is wrong") }
        throw Refusal(findings.joined(separator: "\n"))
    }

    static func findings(_ report: NetworkReport) -> [String] {
        var findings: [String] = []
        let (validators, nodes) = (report.validators, report.encryptionNodes)
        let dead = validators.filter { !$0.isUp }
        if 3 * (validators.count - dead.count) <= 2 * validators.count {
            findings.append("Too few validators answer to finalise blocks: restart \(dead.map(\.moniker).joined(separator: ", ")).")
        } else if report.ageSeconds > 10 {
            findings.append("The newest block is \(Int(report.ageSeconds)) s old: look for errors in the validators' node.log.")
        }
        for member in dead + nodes.filter({ !$0.isUp }) {
            findings.append("\(member.moniker) does not answer: start it with `qustream node … --home …`; its node.log says why it ended.")
        }
        if report.node.isSyncing { findings.append("This node is catching up: its answers are behind the network.") }
        if report.node.peers == 0 { findings.append("This node has no peers: check p2p_listen and that validators' endpoints are reachable.") }
        return findings
    }
}
