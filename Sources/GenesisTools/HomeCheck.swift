import ChainTypes
import Cryptography
import Execution
import Foundation
import Node
import Primitives
import Replica
import Signer
import StakingTools
import Storage
import TOMLKit

/// Looks at a node's home as its start would, and says everything that would stop it.
///
/// Reads the data directory by opening it, as a start does; leaves it alone while the node runs.
public struct HomeCheck {
    private let directory: URL
    private var findings = Findings()
    /// The process of `node.pid`, while it lives.
    private var running: Int32?

    public static func findings(_ directory: URL) -> Findings {
        var check = HomeCheck(directory: directory)
        check.run()
        return check.findings
    }

    private init(directory: URL) { self.directory = directory }

    private mutating func run() {
        guard let text = try? String(contentsOf: directory.appending(path: "node.toml"), encoding: .utf8) else {
            return findings.faults.add("\(directory.appending(path: "node.toml").path) is missing or unreadable")
        }
        let (configuration, wrong) = Self.configuration(text)
        for fault in wrong { findings.faults.add("node.toml: \(fault)") }
        checkRunning()
        guard let configuration else { return }
        checkLogLevel(configuration)
        if running == nil { checkPorts(configuration) }
        let keys = checkKeys(configuration)
        let spec = checkGenesis(configuration)
        checkOperatorFile(keys, configuration, spec)
        guard let spec else { return }
        checkPlace(keys, configuration, spec)
        if running == nil { checkData(configuration, spec) }
    }

    /// Reads the configuration, each time without what was wrong with it, so that every fault is told.
    static func configuration(_ text: String) -> (NodeConfiguration?, [String]) {
        guard let table = try? TOMLTable(string: text) else {
            do { return (try NodeConfiguration(toml: text), []) } catch { return (nil, ["\(error)"]) }
        }
        var faults: [String] = []
        // Each round takes a key away.
        for _ in 0...table.keys.count + 1 {
            do { return (try NodeConfiguration(toml: table.convert()), faults) } catch {
                faults.append("\(error)")
                switch error {
                case .unreadable: return (nil, faults)
                case .unknownKeys(let keys): for key in keys { table.remove(at: key) }
                case .missing(let key), .invalid(let key, _):
                    // Without a kind nothing else can be told.
                    if key == "kind" { return (nil, faults) }
                    table.remove(at: key)
                case .invalidPeer, .repeatedPeer: table.remove(at: "peers")
                }
            }
        }
        return (nil, faults)
    }

    private mutating func checkRunning() {
        guard let text = try? String(contentsOf: directory.appending(path: "node.pid"), encoding: .utf8),
            let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)), pid > 0, kill(pid, 0) == 0
        else { return }
        running = pid
        findings.notes.append("process \(pid) of node.pid runs: ports and data were not looked at")
    }

    private mutating func checkLogLevel(_ configuration: NodeConfiguration) {
        let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
        findings.require(
            levels.contains(configuration.logLevel),
            "node.toml: log_level is \(Members.short(configuration.logLevel)); it must be one of \(levels.joined(separator: ", "))")
    }

    private mutating func checkPorts(_ configuration: NodeConfiguration) {
        var addresses = [("p2p_listen", configuration.p2pListen), ("metrics_listen", configuration.metricsListen)]
        addresses += [("rpc_listen", configuration.rpcListen), ("explorer_listen", configuration.explorerListen)]
        var taken: [Int: String] = [:]
        for (name, text) in addresses where !text.isEmpty {
            guard let address = ListenAddress(text) else { continue }
            if let fault = PortProbe.fault(host: address.host, port: address.port) { findings.faults.add("node.toml: \(name) = \(text): \(fault)") }
            guard address.port > 0 else { continue }
            if let other = taken.updateValue(name, forKey: address.port) {
                findings.faults.add("node.toml: \(name) and \(other) have the same port \(address.port)")
            }
        }
        findings.require(ListenAddress(configuration.p2pListen) != nil, "node.toml: p2p_listen is empty")
    }
}

// MARK: - Keys and chain

extension HomeCheck {
    private mutating func checkKeys(_ configuration: NodeConfiguration) -> NodeKeyFile? {
        do { return try NodeKeyFile.load(NodeHome.file(configuration.keyFile, in: directory).path) } catch {
            findings.faults.add("\(error)")
            return nil
        }
    }

    private static func nodeKey(_ keys: NodeKeyFile) -> [UInt8]? {
        try? MLDSAPrivateKey(suite: .mldsa65, seed: keys.nodeKeySeed).publicKey
    }

    private mutating func checkGenesis(_ configuration: NodeConfiguration) -> ChainSpec? {
        let path = NodeHome.file(configuration.genesisFile, in: directory).path
        guard let bytes = FileManager.default.contents(atPath: path) else {
            findings.faults.add("\(path) is missing or unreadable")
            return nil
        }
        guard let spec = try? ChainSpec(rlp: bytes) else {
            findings.faults.add("\(path) is not a genesis file of this version")
            return nil
        }
        for fault in GenesisDocument(spec).findings(now: nil).faults.sentences { findings.notes.append("genesis: \(fault)") }
        return spec
    }

    private mutating func checkOperatorFile(_ keys: NodeKeyFile?, _ configuration: NodeConfiguration, _ spec: ChainSpec?) {
        let path = directory.appending(path: "operator.json").path
        guard FileManager.default.fileExists(atPath: path) else { return }
        let file: OperatorFile
        do { file = try OperatorFile(file: path) } catch { return findings.faults.add("\(path): \(error)") }
        guard let keys else { return }
        findings.require(file.nodeKey == Self.nodeKey(keys), "\(path) has another node key than \(configuration.keyFile)")
        if let consensusKey = file.consensusKey {
            findings.require(
                consensusKey == keys.consensusKey.publicKey, "\(path) has another consensus key than \(configuration.keyFile)")
        }
        guard let spec, let genesis = try? Genesis.build(spec).block.id else { return }
        let pairs = [(file.nodeKey, file.nodeProof)] + [(file.consensusKey, file.consensusProof)].compactMap { key, proof in
            key.flatMap { key in proof.map { (key, $0) } }
        }
        let holds = pairs.allSatisfy { KeyPossession.holds($0.1, genesis: genesis, operator: file.address, key: $0.0) }
        findings.require(holds, "\(path) has proofs for another chain or account: write it again with qustream init")
    }

    /// What the chain's genesis says about this node.
    private mutating func checkPlace(_ keys: NodeKeyFile?, _ configuration: NodeConfiguration, _ spec: ChainSpec) {
        guard let keys, let nodeKey = Self.nodeKey(keys) else { return }
        switch configuration.kind {
        case .full: return
        case .encryption:
            guard !spec.encryptionNodes.contains(where: { $0.nodeKey == nodeKey }) else { return }
            findings.notes.append("no encryption node of the genesis has this node key: the node serves nobody until it is registered")
        case .validator:
            guard let own = spec.validators.validators.first(where: { $0.consensusKey == keys.consensusKey.publicKey }) else {
                return findings.notes.append("no validator of the genesis has this consensus key: the node follows until it is registered")
            }
            findings.require(own.nodeKey == nodeKey, "the genesis has another node key for this validator: others would not connect")
        }
    }

    private mutating func checkData(_ configuration: NodeConfiguration, _ spec: ChainSpec) {
        let path = NodeHome.file(configuration.dataDirectory, in: directory).path
        guard let genesis = try? Genesis.build(spec).block.id else { return findings.faults.add("the genesis block cannot be built") }
        checkBallots(configuration, genesis)
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            let found = try ChainStore(RocksStore(path: path)).genesis()
            findings.require(found == nil || found == genesis, "\(path) holds another chain: its genesis hash is \(found?.hex ?? "")")
        } catch { findings.faults.add("\(path) cannot be opened: \(error)") }
    }

    /// The record of what was signed must be this key's, on this chain.
    private mutating func checkBallots(_ configuration: NodeConfiguration, _ genesis: Hash) {
        let path = directory.appending(path: "signed-ballots.log").path
        guard configuration.kind == .validator, FileManager.default.fileExists(atPath: path),
            let keys = try? NodeKeyFile.load(NodeHome.file(configuration.keyFile, in: directory).path)
        else { return }
        do { _ = try ConsensusSigner(key: keys.consensusKey, genesis: genesis, path: path) } catch { findings.faults.add("\(error)") }
    }
}
