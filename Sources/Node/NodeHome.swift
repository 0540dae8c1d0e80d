import ChainTypes
import Foundation
import Primitives
import Signer

/// A node's folder: configuration, genesis, keys, data.
public struct NodeHome: Sendable {
    public enum Failure: Error, Sendable, CustomStringConvertible {
        case missing(String)
        case malformed(String)
        case otherChain(String)

        public var description: String {
            switch self {
            case .missing(let path): "\(path) is missing"
            case .malformed(let path): "\(path) is malformed"
            case .otherChain(let path): "\(path) has another chain's genesis"
            }
        }
    }

    public let directory: URL
    public var configuration: NodeConfiguration

    public init(_ directory: URL) throws {
        self.directory = directory
        let file = directory.appending(path: "node.toml")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { throw Failure.missing(file.path) }
        configuration = try NodeConfiguration(toml: text)
    }

    /// Where a path of the configuration leads: from the home on, unless it is absolute.
    public static func file(_ path: String, in home: URL) -> URL { path.hasPrefix("/") ? URL(filePath: path) : home.appending(path: path) }

    public func genesis() throws -> ChainSpec {
        let file = Self.file(configuration.genesisFile, in: directory)
        guard let bytes = try? Data(contentsOf: file) else { throw Failure.missing(file.path) }
        guard let spec = try? ChainSpec(rlp: bytes) else { throw Failure.malformed(file.path) }
        return spec
    }

    /// - Throws: `SignerError` where the file is missing, malformed, or open to others than its owner.
    public func keys() throws -> NodeKeyFile { try NodeKeyFile.load(Self.file(configuration.keyFile, in: directory).path) }

    public var data: String { Self.file(configuration.dataDirectory, in: directory).path }

    /// What the node's operator registers it with.
    public var operatorFile: URL { directory.appending(path: "operator.json") }

    /// `host:port` under which others reach the node: what its `operator.json` says, else where it listens.
    public var announcedEndpoint: String {
        // Also before there is a chain, when the file has no proofs yet.
        struct Document: Decodable { var endpoint: String }
        let written = try? JSONDecoder().decode(Document.self, from: Data(contentsOf: operatorFile))
        return written?.endpoint ?? configuration.p2pListen
    }

    public var hasGenesis: Bool { FileManager.default.fileExists(atPath: Self.file(configuration.genesisFile, in: directory).path) }

    /// Gives the home its chain; refuses to replace another one.
    public func install(_ spec: ChainSpec) throws {
        if hasGenesis {
            guard try genesis() == spec else { throw Failure.otherChain(directory.path) }
        } else {
            try Data(spec.rlp).write(to: Self.file(configuration.genesisFile, in: directory), options: .atomic)
        }
    }

    /// Writes a new home.
    /// - Parameters:
    ///   - keySeeds: 32 fresh bytes each, for sessions and for votes.
    ///   - genesis: nil where the chain is still to be made.
    public static func create(
        _ directory: URL, configuration: NodeConfiguration, keySeeds: (node: [UInt8], consensus: [UInt8]), genesis: ChainSpec?
    ) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try configuration.toml.write(to: directory.appending(path: "node.toml"), atomically: true, encoding: .utf8)
        if let genesis { try Data(genesis.rlp).write(to: Self.file(configuration.genesisFile, in: directory), options: .atomic) }
        _ = try NodeKeyFile.create(
            at: Self.file(configuration.keyFile, in: directory).path, nodeKeySeed: keySeeds.node, consensusKeySeed: keySeeds.consensus)
    }
}
