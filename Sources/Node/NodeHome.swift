import ChainTypes
import Cryptography
import Foundation
import Networking
import Primitives

/// A node's folder: configuration, genesis, keys, data.
public struct NodeHome: Sendable {
    public enum Failure: Error, Sendable, CustomStringConvertible {
        case missing(String)
        case malformed(String)

        public var description: String {
            switch self {
            case .missing(let path): "\(path) is missing"
            case .malformed(let path): "\(path) is malformed"
            }
        }
    }

    public let directory: URL
    public let configuration: NodeConfiguration

    public init(_ directory: URL) throws {
        self.directory = directory
        let file = directory.appending(path: "node.toml")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { throw Failure.missing(file.path) }
        configuration = try NodeConfiguration(toml: text)
    }

    public func genesis() throws -> ChainSpec {
        let file = directory.appending(path: configuration.genesisFile)
        guard let bytes = try? Data(contentsOf: file) else { throw Failure.missing(file.path) }
        guard let spec = try? ChainSpec(rlp: bytes) else { throw Failure.malformed(file.path) }
        return spec
    }

    public func keys() throws -> NodeKeys {
        let file = directory.appending(path: configuration.keyFile)
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { throw Failure.missing(file.path) }
        guard let keys = NodeKeys(text: text) else { throw Failure.malformed(file.path) }
        return keys
    }

    public var data: String { directory.appending(path: configuration.dataDirectory).path }

    /// Writes a new home.
    public static func create(_ directory: URL, configuration: NodeConfiguration, keys: NodeKeys, genesis: ChainSpec) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try configuration.toml.write(to: directory.appending(path: "node.toml"), atomically: true, encoding: .utf8)
        try Data(genesis.rlp).write(to: directory.appending(path: configuration.genesisFile), options: .atomic)
        let keyFile = directory.appending(path: configuration.keyFile)
        try keys.text.write(to: keyFile, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyFile.path)
    }
}

/// A node's secrets: seeds of its session key and, for validators, of its consensus key.
public struct NodeKeys: Sendable {
    public let nodeSeed: [UInt8]
    public let consensusSeed: [UInt8]

    /// Two times 32 bytes.
    public init?(nodeSeed: [UInt8], consensusSeed: [UInt8]) {
        guard nodeSeed.count == 32, consensusSeed.count == 32 else { return nil }
        (self.nodeSeed, self.consensusSeed) = (nodeSeed, consensusSeed)
    }

    init?(text: String) {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.split(separator: " ") }
        guard lines.count == 2, lines[0].first == "node", lines[1].first == "consensus",
            let node = lines[0].last.flatMap({ Hex.decode($0) }), let consensus = lines[1].last.flatMap({ Hex.decode($0) })
        else { return nil }
        self.init(nodeSeed: node, consensusSeed: consensus)
    }

    var text: String { "node \(Hex.encode(nodeSeed))\nconsensus \(Hex.encode(consensusSeed))\n" }
}
