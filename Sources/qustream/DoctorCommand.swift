import ArgumentParser
import ChainTypes
import Foundation
import Node
import RPCClient

/// `qustream doctor`: what is wrong, and what to do about it.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is wrong and how to mend it; exit code 1 when something is.",
        discussion: """
            Example: qustream doctor
            It asks the node of --rpc and every node whose home it finds: only those can say why they ended.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "A node's home or a folder of homes; default ./.devnet where --rpc is not given.") var home: String?

    func run() async throws {
        let findings = await diagnosis().findings
        if global.json {
            try printJSON(["findings": findings.map { ["fault": $0.fault.rawValue, "sentence": $0.sentence] }])
            throw findings.isEmpty ? ExitCode.success : ExitCode.failure
        }
        guard findings.isEmpty else { throw Refusal(findings.map(\.sentence.printable).joined(separator: "\n")) }
        try say("nothing is wrong")
    }

    private func diagnosis() async -> Diagnosis {
        var nodes = await withTaskGroup(of: Diagnosis.Node?.self) { group in
            for home in homes { group.addTask { await Self.ask(home) } }
            return await group.reduce(into: [Diagnosis.Node]()) { if let node = $1 { $0.append(node) } }
        }
        nodes.sort { $0.name < $1.name }
        if !nodes.contains(where: { $0.place == global.rpc }) {
            let named = await Self.ask(name: "The node", place: global.rpc)
            let isKnown = nodes.contains { $0.health != nil && $0.health?.name == named.health?.name }
            if !isKnown { nodes.append(named) }
        }
        guard let place = nodes.first(where: { $0.health != nil })?.place else { return Diagnosis(nodes: nodes, validators: []) }
        let chain = RPCClient(url: place)
        let validators = (try? await chain.validators()) ?? []
        return Diagnosis(
            nodes: nodes, validators: validators.filter { $0.validator.power > 0 || $0.status == .jailed },
            deadEncryptionNodes: await deadEncryptionNodes(chain))
    }

    private var homes: [NodeHome] {
        let fallback = global.rpc == GlobalOptions.defaultRPC ? ".devnet" : nil
        guard let folder = (home ?? fallback).map({ URL(filePath: $0) }) else { return [] }
        let inside = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return ([folder] + inside).compactMap { try? NodeHome($0) }
    }

    /// nil for a node that cannot be asked and has not said why it ended.
    private static func ask(_ home: NodeHome) async -> Diagnosis.Node? {
        let configuration = home.configuration
        let note = StopNote(home: home.directory)
        let isAsked = configuration.kind != .encryption && !configuration.rpcListen.isEmpty
        guard isAsked || note != nil else { return nil }
        let name = configuration.moniker
        var node = isAsked
            ? await ask(name: name, place: "http://" + configuration.rpcListen)
            : Diagnosis.Node(name: name, place: configuration.p2pListen)
        node.stopped = note.map { $0.reason + ($0.height.map { " (at height \($0))" } ?? "") }
        return node
    }

    private static func ask(name: String, place: String) async -> Diagnosis.Node {
        let client = RPCClient(url: place, timeoutMilliseconds: 2000)
        guard let health = try? await client.health() else { return Diagnosis.Node(name: name, place: place) }
        // Before anything else is waited for.
        let offset = Int64(clamping: health.time) - Int64(clamping: WallClock.milliseconds)
        return Diagnosis.Node(name: name, place: place, health: health, peers: try? await client.status().peers, clockOffset: offset)
    }

    private func deadEncryptionNodes(_ chain: RPCClient) async -> [String] {
        let nodes = ((try? await chain.encryptionNodes()) ?? []).filter(\.isListed)
        let up = await EndpointProbe.listening(nodes.map(\.node.endpoint))
        return zip(nodes, up).filter { !$1 }.map(\.0.node.moniker)
    }
}
