import Cryptography
import Foundation
import Primitives

/// A node's own keys, in a file that only its owner may read: a node must start without anyone to type a password.
public struct NodeKeyFile: Sendable {
    public static let version = 1

    /// What the key grows from that signs sessions and receipts: 32 bytes.
    public let nodeKeySeed: [UInt8]
    /// What the consensus key grows from: 32 bytes.
    public let consensusKeySeed: [UInt8]
    /// Signs votes.
    public let consensusKey: MLDSAPrivateKey
    /// The numbers grow from it that the validator commits to for the chain's randomness: 32 bytes, from the consensus key's seed.
    public let randomSeed: [UInt8]

    private struct File: Codable {
        var version: Int
        /// Hexadecimal, 32 bytes.
        var nodeKeySeed: String
        /// Hexadecimal, 32 bytes.
        var consensusKeySeed: String
    }

    /// Makes the file; refuses to replace one.
    /// - Parameters: two seeds, each of 32 fresh bytes from the entropy pool.
    public static func create(at path: String, nodeKeySeed: [UInt8], consensusKeySeed: [UInt8]) throws(SignerError) -> NodeKeyFile {
        guard !DurableFile.exists(path) else { throw .file(path: path, reason: "exists already") }
        let keys = try NodeKeyFile(path, nodeKeySeed, consensusKeySeed)
        let file = File(version: version, nodeKeySeed: Hex.encode(nodeKeySeed), consensusKeySeed: Hex.encode(consensusKeySeed))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let data = try? encoder.encode(file) else { throw .malformed(path: path) }
        try DurableFile.write(Array(data), to: path)
        return keys
    }

    public static func load(_ path: String) throws(SignerError) -> NodeKeyFile {
        let data = Data(try DurableFile.readSecret(path))
        guard let file = try? JSONDecoder().decode(File.self, from: data) else { throw .malformed(path: path) }
        guard file.version <= version else { throw .newerVersion(path: path, version: file.version) }
        guard let node = Hex.decode(file.nodeKeySeed), let consensus = Hex.decode(file.consensusKeySeed) else {
            throw .malformed(path: path)
        }
        return try NodeKeyFile(path, node, consensus)
    }

    private init(_ path: String, _ node: [UInt8], _ consensus: [UInt8]) throws(SignerError) {
        // One seed for both would let a signature for one use stand in for the other's key.
        guard node != consensus else { throw .malformed(path: path) }
        do {
            guard node.count == MLDSAPrivateKey.seedBytes else { throw MLDSAPrivateKey.Failure.seedLength }
            (nodeKeySeed, consensusKeySeed) = (node, consensus)
            consensusKey = try MLDSAPrivateKey(suite: .mldsa65, seed: consensus)
            randomSeed = DomainTag.randomSeed.hash(consensus).bytes
        } catch {
            throw .malformed(path: path)
        }
    }
}
