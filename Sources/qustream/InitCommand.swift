import ArgumentParser
import ChainTypes
import Cryptography
import Execution
import Foundation
import Node
import Primitives
import Signer
import StakingTools

/// `qustream init`: a node's home with keys of its own.
struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a node's home: keys, configuration, and operator.json for whoever registers it.",
        discussion: """
            Example: qustream init --home erin --kind validator --moniker erin --genesis genesis.rlp --operator erin \
            --p2p-listen 0.0.0.0:26600 --endpoint erin.example.org:26600
            Example: qustream init --home erin --operator 0x… (writes operator.json anew)
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "The folder to make.") var home: String
    @Option(help: "validator, encryption or full.") var kind: String = "validator"
    @Option(help: "What people call the node.") var moniker: String?
    @Option(name: .customLong("operator"), help: "The account that will register the node: an address, or the name of an own account.")
    var operatorAccount: String?
    @Option(help: "node.key of a validator that moves here with its consensus key: the old machine must be off for good, or both vote.")
    var consensusKeyOf: String?
    @Option(help: "Where the node listens for others, host:port.") var p2pListen = "127.0.0.1:0"
    @Option(help: "Where others reach it, host:port; default: what operator.json says, else where it listens.") var endpoint: String?
    @Option(help: "A node that it dials besides the validators, as `qustream config peer` prints it there; may be given again.")
    var peer: [String] = []
    @Option(help: "Where it serves RPC, host:port; default: nowhere.") var rpcListen = ""
    @Option(help: "Where it serves metrics, host:port; default: with RPC.") var metricsListen = ""

    /// Without one the home gets it later, by the same command.
    private var genesis: String? { global.genesis }

    func run() async throws {
        try refusing {
            let folder = URL(filePath: home)
            let isNew = !FileManager.default.fileExists(atPath: folder.appending(path: "node.toml").path)
            guard isNew || peer.isEmpty else { throw Refusal("\(home) is there already: name its peers in node.toml") }
            if isNew {
                try create(folder)
            } else if let genesis {
                try NodeHome(folder).install(try Self.spec(genesis))
            }
            let made = try NodeHome(folder)
            guard made.configuration.kind != .full, operatorAccount != nil else { return try say(folder.path) }
            let (file, endpoint) = (made.operatorFile, self.endpoint ?? made.announcedEndpoint)
            try (made.hasGenesis ? Data(try operatorFile(made, endpoint).json()) : try draft(made, endpoint)).write(to: file, options: .atomic)
            try say(file.path)
        }
    }

    private func create(_ folder: URL) throws {
        guard let nodeKind = NodeConfiguration.Kind(rawValue: kind) else { throw Refusal("\(kind) is not validator, encryption or full") }
        var configuration = NodeConfiguration(kind: nodeKind, moniker: moniker ?? folder.lastPathComponent)
        (configuration.p2pListen, configuration.rpcListen, configuration.metricsListen) = (p2pListen, rpcListen, metricsListen)
        for text in peer { try configuration.add(peer: text) }
        // Reads back what it would write, so that a home never starts with a configuration that its node refuses.
        _ = try NodeConfiguration(toml: configuration.toml)
        let consensusSeed = try consensusKeyOf.map { try NodeKeyFile.load($0).consensusKeySeed } ?? GlobalOptions.random(32)
        try NodeHome.create(
            folder, configuration: configuration, keySeeds: (try GlobalOptions.random(32), consensusSeed),
            genesis: try genesis.map(Self.spec))
    }

    /// What a genesis is built from, before there is a chain that proofs could be bound to.
    private func draft(_ made: NodeHome, _ endpoint: String) throws -> Data {
        let keys = try made.keys()
        var members = [
            "address": try global.address(operatorAccount ?? "").hex, "kind": made.configuration.kind.rawValue,
            "moniker": made.configuration.moniker, "endpoint": endpoint,
            "nodeKey": Hex.encode(try MLDSAPrivateKey(suite: .mldsa65, seed: keys.nodeKeySeed).publicKey),
        ]
        if made.configuration.kind == .validator { members["consensusKey"] = Hex.encode(keys.consensusKey.publicKey) }
        return try JSONSerialization.data(withJSONObject: members, options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
    }

    static func spec(_ path: String) throws -> ChainSpec {
        guard let bytes = FileManager.default.contents(atPath: path) else { throw Refusal("\(path) cannot be read") }
        guard let spec = try? ChainSpec(rlp: Array(bytes)) else { throw Refusal("\(path) is no genesis file") }
        return spec
    }

    private func operatorFile(_ made: NodeHome, _ endpoint: String) throws -> OperatorFile {
        let address = try global.address(operatorAccount ?? "")
        let (chain, keys) = (try Genesis.build(try made.genesis()).block.id, try made.keys())
        let node = try MLDSAPrivateKey(suite: .mldsa65, seed: keys.nodeKeySeed)
        func proof(_ key: MLDSAPrivateKey) throws -> [UInt8] {
            try key.sign(
                KeyPossession.message(genesis: chain, operator: address, key: key.publicKey), context: KeyPossession.signingContext)
        }
        var file = OperatorFile(
            address: address, moniker: made.configuration.moniker, endpoint: endpoint,
            nodeKey: node.publicKey, nodeProof: try proof(node))
        if made.configuration.kind == .validator {
            (file.consensusKey, file.consensusProof) = (keys.consensusKey.publicKey, try proof(keys.consensusKey))
        }
        return file
    }
}
