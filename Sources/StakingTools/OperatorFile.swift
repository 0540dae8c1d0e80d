import ChainTypes
import Cryptography
import Foundation
import Primitives

/// `operator.json` of a node's home: all that its operator's wallet needs to register it, and nothing secret.
public struct OperatorFile: Hashable, Sendable {
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case unreadable(String)
        case malformed(String)
        case noConsensusKey

        public var description: String {
            switch self {
            case .unreadable(let path): "\(path) cannot be read"
            case .malformed(let what): "the operator's file is malformed: \(what)"
            case .noConsensusKey: "the operator's file has no consensus key: it is not a validator's"
            }
        }
    }

    /// The operator's account, to which the proofs are bound.
    public var address: Address
    public var moniker: String
    /// `host:port` under which others reach the node.
    public var endpoint: String
    /// ML-DSA-65 keys and the proofs that the node has them (`KeyPossession`); an encryption node has no consensus key.
    public var nodeKey, nodeProof: [UInt8]
    public var consensusKey, consensusProof: [UInt8]?

    public init(
        address: Address, moniker: String, endpoint: String, nodeKey: [UInt8], nodeProof: [UInt8], consensusKey: [UInt8]? = nil,
        consensusProof: [UInt8]? = nil
    ) {
        (self.address, self.moniker, self.endpoint) = (address, moniker, endpoint)
        (self.nodeKey, self.nodeProof) = (nodeKey, nodeProof)
        (self.consensusKey, self.consensusProof) = (consensusKey, consensusProof)
    }

    func consensus() throws(Failure) -> (key: [UInt8], proof: [UInt8]) {
        guard let consensusKey, let consensusProof else { throw .noConsensusKey }
        return (consensusKey, consensusProof)
    }
}

// MARK: - JSON

extension OperatorFile {
    private static let maximumBytes = 64 << 10

    private struct Document: Codable {
        var address, kind, moniker, endpoint, nodeKey, nodeProof: String
        var consensusKey, consensusProof: String?
    }

    public init(file path: String) throws(Failure) {
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= Self.maximumBytes else { throw .unreadable(path) }
        try self.init(json: Array(bytes))
    }

    public init(json bytes: [UInt8]) throws(Failure) {
        let document: Document
        do { document = try JSONDecoder().decode(Document.self, from: Data(bytes)) } catch { throw .malformed("\(error)") }
        guard let address = Address(typed: document.address) else { throw .malformed("address") }
        let suite = SignatureSuite.mldsa65
        func member(_ text: String, _ name: String, _ count: Int) throws(Failure) -> [UInt8] {
            guard let bytes = Hex.decode(text), bytes.count == count else { throw .malformed(name) }
            return bytes
        }
        self.init(
            address: address, moniker: document.moniker, endpoint: document.endpoint,
            nodeKey: try member(document.nodeKey, "nodeKey", suite.publicKeyBytes),
            nodeProof: try member(document.nodeProof, "nodeProof", suite.signatureBytes))
        if let key = document.consensusKey, let proof = document.consensusProof {
            consensusKey = try member(key, "consensusKey", suite.publicKeyBytes)
            consensusProof = try member(proof, "consensusProof", suite.signatureBytes)
        }
    }

    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try Array(
            encoder.encode(
                Document(
                    address: address.hex, kind: consensusKey == nil ? "encryption" : "validator", moniker: moniker, endpoint: endpoint,
                    nodeKey: Hex.encode(nodeKey), nodeProof: Hex.encode(nodeProof), consensusKey: consensusKey.map { Hex.encode($0) },
                    consensusProof: consensusProof.map { Hex.encode($0) })))
    }
}
