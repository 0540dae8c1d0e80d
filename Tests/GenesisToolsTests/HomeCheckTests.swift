import ChainTypes
import Cryptography
import Execution
import Foundation
import GenesisTools
import Node
import Primitives
import Signer
import StakingTools
import Storage
import StoreAPI
import Testing

@Suite struct HomeCheckTests {
    let scratch: Scratch
    let home: URL
    let spec: ChainSpec
    let seeds = (node: [UInt8](repeating: 1, count: 32), consensus: [UInt8](repeating: 2, count: 32))

    init() throws {
        scratch = try Scratch()
        home = scratch.path.appending(path: "home")
        var document = Fixture.document()
        let consensus = try MLDSAPrivateKey(suite: .mldsa65, seed: seeds.consensus)
        document.validators[0].node.consensusKey = consensus.publicKey
        document.validators[0].node.nodeKey = try MLDSAPrivateKey(suite: .mldsa65, seed: seeds.node).publicKey
        spec = try #require(document.spec)
    }

    private func create(_ kind: NodeConfiguration.Kind = .validator) throws {
        var configuration = NodeConfiguration(kind: kind, moniker: "erin")
        configuration.rpcListen = "127.0.0.1:0"
        try NodeHome.create(home, configuration: configuration, keySeeds: seeds, genesis: spec)
    }

    private var faults: [String] { HomeCheck.findings(home).faults.sentences }

    private func replace(_ old: String, _ new: String) throws {
        let file = home.appending(path: "node.toml")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains(old))
        try text.replacing(old, with: new).write(to: file, atomically: true, encoding: .utf8)
    }

    private func writeOperatorFile(genesis: Hash? = nil, seed: [UInt8]? = nil) throws {
        let address = Fixture.address(0)
        let chain = try genesis ?? Genesis.build(spec).block.id
        func signed(_ seed: [UInt8]) throws -> ([UInt8], [UInt8]) {
            let key = try MLDSAPrivateKey(suite: .mldsa65, seed: seed)
            let message = KeyPossession.message(genesis: chain, operator: address, key: key.publicKey)
            return (key.publicKey, try key.sign(message, context: KeyPossession.signingContext))
        }
        let (node, consensus) = (try signed(seed ?? seeds.node), try signed(seeds.consensus))
        let file = OperatorFile(
            address: address, moniker: "erin", endpoint: "erin.example.org:1", nodeKey: node.0, nodeProof: node.1, consensusKey: consensus.0,
            consensusProof: consensus.1)
        try Data(try file.json()).write(to: home.appending(path: "operator.json"))
    }

    @Test func aNewHomeIsReady() throws {
        try create()
        try writeOperatorFile()
        let findings = HomeCheck.findings(home)
        #expect(findings.faults.sentences == [] && findings.notes == [])
    }

    @Test func everyFaultOfTheConfigurationIsTold() throws {
        try create()
        try replace("p2p_listen = \"127.0.0.1:0\"", "p2p_listen = \"nowhere\"\npeer = 5\nnoise = 1")
        try replace("rpc_listen = \"127.0.0.1:0\"", "rpc_listen = 8545")
        try replace("log_level = \"info\"", "log_level = \"loud\"")
        #expect(faults.contains { $0.contains("unknown keys in the configuration: noise, peer") })
        #expect(faults.contains { $0.contains("p2p_listen = nowhere is not valid") })
        #expect(faults.contains { $0.contains("rpc_listen") })
        #expect(faults.contains { $0.contains("log_level is \"loud\"") })
        #expect(faults.count == 4, "\(faults)")
    }

    @Test func peersAreReadAndWrittenTheSame() throws {
        var configuration = NodeConfiguration(kind: .full, moniker: "dora")
        try configuration.add(peer: "\(Self.peer)@a.example.org:26600")
        try configuration.add(peer: "0x\(String(repeating: "cd", count: 32))@[2001:db8::1]:26600")
        #expect(try NodeConfiguration(toml: configuration.toml) == configuration)
        #expect(try NodeConfiguration(toml: "kind = \"full\"").peers.isEmpty)
    }

    static let peer = "0x" + String(repeating: "ab", count: 32)

    @Test(arguments: [
        ("[\"a.example.org:26600\"]", "the entry a.example.org:26600 of peers is not valid: it is not NAME@HOST:PORT"),
        ("[\"\(peer)@a:1\", \"\(peer)@a:0\"]", "its port is not from 1 to 65535"), ("[5]", "the entry 5 of peers is not valid"),
        ("\"\(peer)@a:1\"", "is not valid"), ("[\"\(peer)@a:1\", \"\(peer)@b:1\"]", "peers has the node \(peer) more than once"),
    ])
    func malformedPeersAreToldBesideOtherFaults(_ value: String, _ sentence: String) throws {
        try create()
        try replace("peers = []", "peers = \(value)\nnoise = 1")
        #expect(faults.count == 2 && faults.contains { $0.contains(sentence) } && faults.contains { $0.contains("noise") }, "\(faults)")
    }

    @Test(arguments: [("kind = \"validator\"", "", "lacks kind"), ("kind = \"validator\"", "kind = \"king\"", "kind = king"), ("kind", "kind = = ", "cannot be read")])
    func withoutAKindNothingElseIsJudged(_ old: String, _ new: String, _ sentence: String) throws {
        try create()
        try replace(old, new)
        #expect(faults.count == 1 && faults.contains { $0.contains(sentence) }, "\(faults)")
    }

    @Test func portsInUseAndTwiceTakenAreTold() throws {
        try create()
        let listener = try #require(Listener())
        try replace("p2p_listen = \"127.0.0.1:0\"", "p2p_listen = \"127.0.0.1:\(listener.port)\"")
        try replace("metrics_listen = \"\"", "metrics_listen = \"127.0.0.1:\(listener.port)\"")
        try replace("explorer_listen = \"\"", "explorer_listen = \"203.0.113.7:0\"")
        #expect(faults.count { $0.hasSuffix("the port is in use") } == 2, "\(faults)")
        #expect(faults.contains { $0.contains("metrics_listen and p2p_listen have the same port") })
        #expect(faults.contains { $0.contains("this machine does not have the address") })
    }

    @Test func openMissingAndMalformedFilesAreTold() throws {
        try create()
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: home.appending(path: "node.key").path)
        try Data([1, 2]).write(to: home.appending(path: "genesis.rlp"))
        try Data("{}".utf8).write(to: home.appending(path: "operator.json"))
        #expect(faults.contains { $0.contains("chmod 600") })
        #expect(faults.contains { $0.contains("is not a genesis file") })
        #expect(faults.contains { $0.contains("operator.json") })
        try FileManager.default.removeItem(at: home.appending(path: "node.key"))
        try FileManager.default.removeItem(at: home.appending(path: "genesis.rlp"))
        #expect(faults.count { $0.contains("genesis.rlp is missing") || $0.contains("node.key") } == 2, "\(faults)")
        try FileManager.default.removeItem(at: home)
        #expect(faults.count == 1 && faults.contains { $0.contains("node.toml is missing") })
    }

    @Test func anOperatorsFileOfOtherKeysOrAnotherChainIsTold() throws {
        try create()
        try writeOperatorFile(seed: [UInt8](repeating: 9, count: 32))
        #expect(faults.contains { $0.contains("has another node key") })
        try writeOperatorFile(genesis: .zero)
        #expect(faults.count == 1 && faults.contains { $0.contains("proofs for another chain") }, "\(faults)")
    }

    @Test func dataOfAnotherChainIsTold() throws {
        try create()
        do {
            let store = try RocksStore(path: home.appending(path: "data").path)
            var batch = WriteBatch()
            batch.put(.meta, Array("genesis".utf8), Hash.zero.bytes)
            try store.commit(batch, durable: true)
        }
        let key = try MLDSAPrivateKey(suite: .mldsa65, seed: seeds.consensus)
        do { _ = try ConsensusSigner(key: key, genesis: .zero, path: home.appending(path: "signed-ballots.log").path) }
        #expect(faults.contains { $0.contains("holds another chain") }, "\(faults)")
        #expect(faults.contains { $0.contains("belongs to another key or chain") }, "\(faults)")
    }

    @Test func anEncryptionNodeOutsideTheGenesisIsReadyButNoted() throws {
        try create(.encryption)
        let findings = HomeCheck.findings(home)
        #expect(findings.faults.sentences == [])
        #expect(findings.notes.contains { $0.contains("until it is registered") })
    }

    @Test func aRunningNodesPortsAndDataAreLeftAlone() throws {
        try create()
        try "\(ProcessInfo.processInfo.processIdentifier)\n".write(to: home.appending(path: "node.pid"), atomically: true, encoding: .utf8)
        try replace("p2p_listen = \"127.0.0.1:0\"", "p2p_listen = \"203.0.113.7:5\"")
        let findings = HomeCheck.findings(home)
        #expect(findings.faults.isEmpty && findings.notes.contains { $0.contains("runs") })
    }
}

/// A socket that listens on a free port of the loopback.
private final class Listener {
    private let socket: Int32
    let port: Int

    init?() {
        let made = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(made, generic, size) | listen(made, 1) | getsockname(made, generic, &size)
            }
        }
        (socket, port) = (made, Int(UInt16(bigEndian: address.sin_port)))
        guard code == 0 else { return nil }
    }

    deinit { close(socket) }
}
