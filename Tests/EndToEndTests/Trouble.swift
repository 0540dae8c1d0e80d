import ChainTypes
import Foundation
import Logging
import NIOPosix
import Networking
import RPCClient
import Signer
import StoreAPI
import Storage
import TestKit
import Testing

/// Trouble for real nodes, and what `doctor` and `/health` say of it.
extension LocalNetwork {
    struct Findings: Decodable {
        struct Finding: Decodable {
            let fault: String
            let sentence: String
        }

        let findings: [Finding]
    }

    /// - Parameter port: of the only node that is asked; nil where the doctor finds all homes.
    func doctor(asking port: Int? = nil) throws -> [Findings.Finding] {
        let (process, output) = (Process(), Pipe())
        process.executableURL = Self.binary
        let homes = port == nil ? ["--home", home.path] : []
        process.arguments = ["doctor", "--json", "--rpc", "http://127.0.0.1:\(port ?? portBase + 198)"] + homes
        process.standardOutput = output
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let findings = try JSONDecoder().decode(Findings.self, from: said).findings
        #expect(process.terminationStatus == (findings.isEmpty ? 0 : 1))
        return findings
    }

    /// Waits until the doctor says a sentence about this fault that holds these words.
    func says(_ fault: Diagnosis.Fault, _ words: String..., asking port: Int? = nil) async throws {
        var said: [Findings.Finding] = []
        do {
            try await eventually {
                said = try doctor(asking: port)
                return said.contains { finding in finding.fault == fault.rawValue && words.allSatisfy(finding.sentence.contains) }
            }
        } catch is NeverHappened {
            throw NeverHappened(description: "the doctor said of \(fault) no sentence with \(words) but \(said.map(\.sentence))")
        }
    }

    /// Waits until nothing is wrong.
    func isWell() async throws { try await eventually("a doctor that has nothing to say") { try doctor().isEmpty } }

    /// What a node answers to a monitor.
    func health(_ path: String = "/health") throws -> (status: Int, body: String) {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        let url = "http://127.0.0.1:\(portBase + 198)\(path)"
        process.arguments = ["curl", "--silent", "--max-time", "3", "--write-out", "\n%{http_code}", url]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        let lines = text.split(separator: "\n").map(String.init)
        return (lines.last.flatMap { Int($0) } ?? 0, lines.dropLast().joined(separator: "\n"))
    }

    /// Ends a node's process, and starts it again with the library in it.
    func restart(_ name: String, kind: String, with trouble: TroubleLibrary) throws {
        try kill(name)
        try restart(name, kind: kind, environment: trouble.environment)
    }

    func signal(_ number: Int32, _ name: String) throws { Foundation.kill(try process(name), number) }

    /// From now on no file of a node becomes longer. Its process must ignore the signal that says so.
    func limitFiles(of name: String, bytes: Int) throws {
        let limits = Process()
        limits.executableURL = URL(filePath: "/usr/bin/env")
        limits.arguments = ["prlimit", "--pid", "\(try process(name))", "--fsize=\(bytes)"]
        try limits.run()
        limits.waitUntilExit()
        #expect(limits.terminationStatus == 0)
    }

    private func process(_ name: String) throws -> pid_t {
        let text = try String(contentsOf: home.appending(path: "\(name)/node.pid"), encoding: .utf8)
        return try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    // MARK: What is on the disk

    /// Makes accounts of a node's stored state richer than they are.
    func addWei(to name: String) throws {
        let store = try RocksStore(path: home.appending(path: "\(name)/data").path)
        // A balance of 1,000,000 QST as accounts hold it.
        let old: [UInt8] = [0x8a, 0xd3, 0xc2, 0x1b, 0xce, 0xcc, 0xed, 0xa1, 0, 0, 0]
        var batch = WriteBatch()
        for (hash, bytes) in try store.scan(.trieNode, limit: .max) {
            guard let place = bytes.indices.dropLast(old.count).first(where: { bytes[$0...].starts(with: old) }) else { continue }
            var changed = bytes
            changed[place + 7] = 0xa2
            batch.put(.trieNode, hash, changed)
        }
        #expect(!batch.isEmpty)
        try store.commit(batch, durable: true)
    }

    /// Gives a node another key to vote with, as whoever restores a wrong file does. Its name as a peer stays.
    func replaceConsensusKey(of name: String) throws {
        let path = home.appending(path: "\(name)/node.key").path
        let keys = try NodeKeyFile.load(path)
        try FileManager.default.removeItem(atPath: path)
        let seed = keys.consensusKeySeed.map { ~$0 }
        _ = try NodeKeyFile.create(at: path, nodeKeySeed: keys.nodeKeySeed, consensusKeySeed: seed)
        // The record of the other key's votes would not let it start.
        try FileManager.default.removeItem(at: home.appending(path: "\(name)/signed-ballots.log"))
    }

    /// Begins another chain in the same homes. The network must have stopped.
    func changeGenesis(_ change: (inout ChainSpec) -> Void) throws {
        var spec = try ChainSpec(rlp: [UInt8](Data(contentsOf: home.appending(path: "rpc-1/genesis.rlp"))))
        change(&spec)
        for name in try FileManager.default.contentsOfDirectory(atPath: home.path) {
            let folder = home.appending(path: name)
            for old in ["data", "signed-ballots.log"] { try? FileManager.default.removeItem(at: folder.appending(path: old)) }
            let genesis = folder.appending(path: "genesis.rlp")
            if FileManager.default.fileExists(atPath: genesis.path) { try Data(spec.rlp).write(to: genesis) }
        }
    }

    // MARK: What peers say

    /// Connects to a node and sends it a frame twice, as the node with these keys, or as a stranger. Stop what it returns.
    func send(_ frame: [UInt8], to name: String, as other: String? = nil) async throws -> PeerNetwork {
        let seed = try other.map { try NodeKeyFile.load(home.appending(path: "\($0)/node.key").path).nodeKeySeed }
        let address = try PeerAddress(try printed("config", "peer", "--home", home.appending(path: name).path))
        let network = try PeerNetwork(
            identity: NodeIdentity(seed: seed ?? [UInt8](repeating: 0x5a, count: 32)), configured: [address],
            group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "trouble") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in }
        network.keep([])
        try await eventually("a session with \(name)") { network.peers == [address.name] }
        for _ in 0..<2 { try network.send(frame, to: address.name) }
        return network
    }
}

/// A library that is loaded into a node's process: clocks that are wrong, disks that hang, peers that cannot be reached.
struct TroubleLibrary {
    /// Holds by how many milliseconds the system's time is wrong.
    let clock: URL
    /// While it is there, nothing gets to the disk.
    let hangs: URL
    /// While it is there, a validator cannot write down what it signs.
    let full: URL
    private let ports: URL
    private let library: URL

    /// Compiles it into a folder.
    init(in folder: URL, named name: String = "trouble") throws {
        clock = folder.appending(path: "\(name)-clock")
        hangs = folder.appending(path: "\(name)-hangs")
        full = folder.appending(path: "\(name)-full")
        ports = folder.appending(path: "\(name)-ports")
        library = folder.appending(path: "\(name).so")
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Tools/trouble.c")
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/bin/sh")
        compiler.arguments = [
            "-c", #"$(command -v clang || command -v cc) -shared -fPIC -O1 -o "$1" "$2""#, "sh", library.path, source.path,
        ]
        try compiler.run()
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else {
            throw LocalNetwork.CommandFailure(what: "cc trouble.c", exitCode: compiler.terminationStatus, output: "")
        }
        try setClock(0)
    }

    /// - Parameter offset: milliseconds that are added to the system's time.
    func setClock(_ offset: Int) throws { try Data("\(offset)".utf8).write(to: clock, options: .atomic) }

    /// - Parameter refused: ports that cannot be reached from now on.
    func refuse(_ refused: [Int]) throws { try Data(refused.map { "\($0) " }.joined().utf8).write(to: ports, options: .atomic) }

    var environment: [String: String] {
        [
            "LD_PRELOAD": library.path, "TROUBLE_CLOCK": clock.path, "TROUBLE_HANGS": hangs.path, "TROUBLE_FULL": full.path,
            "TROUBLE_PORTS": ports.path,
        ]
    }
}
