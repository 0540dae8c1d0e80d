import ChainTypes
import Cryptography
import LightClient
import Primitives
import SystemContracts

/// Shows a node, once for a session, that the asking device may use a key: everything comes with a proof.
public struct OpenRequest: Hashable, Sendable, RLPCodable {
    /// The most nodes that a registry may list here.
    public static let maximumNodes = 1024

    public var keyID: KeyID
    /// ML-DSA-65 public key of the device.
    public var deviceKey: [UInt8]
    /// One-time identifier, fresh for every request and node; it names the session.
    public var requestID: Hash
    /// What a contribution is bound to besides the key.
    public var nonce: Hash
    /// A recent finalised header.
    public var finality: FinalityProof
    /// The key's slots and the device's link under that header.
    public var registry: StateProof
    /// The nodes whose hash the registry recorded with the key.
    public var nodes: [EncryptionNode]
    /// ML-DSA-65 by the device over `signingPayload`.
    public var signature: [UInt8]

    public init(
        keyID: KeyID, deviceKey: [UInt8], requestID: Hash, nonce: Hash, finality: FinalityProof, registry: StateProof,
        nodes: [EncryptionNode], signature: [UInt8] = []
    ) {
        (self.keyID, self.deviceKey, self.requestID, self.nonce) = (keyID, deviceKey, requestID, nonce)
        (self.finality, self.registry, self.nodes, self.signature) = (finality, registry, nodes, signature)
    }

    public static let signingContext = DomainTag.keyRequest.bytes

    /// The slots that `registry` must prove for an owner's device.
    public static func slots(key: KeyID, owner: Address, device: Hash) -> [Hash] {
        KeyRegistry.Field.allCases.map { KeyRegistry.slot(of: $0, key: key.hash) } + [KeyRegistry.deviceSlot(owner: owner, device: device)]
    }

    /// What the registry knows the device by.
    public var device: Hash { KeyCommitment.of(suite: .mldsa65, publicKey: deviceKey) }

    /// The signed message covers the whole request, the chain, the one node asked and the session that carries it:
    /// `rlp([genesis, node, peer, keccak(request)])`.
    /// - Parameters:
    ///   - node: Keccak-256 of the node's key.
    ///   - peer: Keccak-256 of the key with which the asking side opened its TLS session.
    public func signingPayload(genesis: Hash, node: Hash, peer: Hash) -> [UInt8] {
        var unsigned = self
        unsigned.signature = []
        var writer = RLPWriter()
        writer.list {
            $0.append(genesis)
            $0.append(node)
            $0.append(peer)
            $0.append(Keccak256.hash(unsigned.rlp))
        }
        return writer.bytes
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(keyID)
            $0.append(deviceKey)
            $0.append(requestID)
            $0.append(nonce)
            $0.append(finality)
            $0.append(registry)
            $0.append(list: nodes)
            $0.append(signature)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            OpenRequest(
                keyID: try list.read(), deviceKey: try list.readBytes(exactly: SignatureSuite.mldsa65.publicKeyBytes),
                requestID: try list.read(), nonce: try list.read(), finality: try list.read(), registry: try list.read(),
                nodes: try list.readList(of: EncryptionNode.self, maximum: Self.maximumNodes),
                signature: try list.readBytes(atMost: SignatureSuite.mldsa65.signatureBytes))
        }
    }
}
