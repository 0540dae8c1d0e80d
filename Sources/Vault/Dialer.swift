import ChainTypes
import KeyService
import Networking
import Primitives
import SystemContracts

/// Connects to encryption nodes under one TLS key.
struct Dialer: Sendable {
    let client: SecureClient
    let options: VaultOptions

    /// - Parameter endpoint: `host:port`.
    func connect(_ node: Hash, at endpoint: String) async throws -> Session {
        guard let address = PeerAddress(name: node, endpoint: endpoint) else { throw SessionError.handshake("no usable endpoint") }
        return try await client.connect(to: address)
    }
}

/// Finds the list of nodes that a key's committee came from when the registry has another one by now.
///
/// Nodes keep the lists that came with the keys they were dealt. A list is true when its hash is the one that the registry
/// recorded with the key, so whoever has it may give it.
struct NodeListFinder: Sendable {
    let makeDialer: @Sendable () throws -> Dialer
    /// How many are asked at once, and at most.
    private static let wave = 8
    private static let maximumAsked = 64

    /// - Parameter nodes: the current ones, those first that are likely to know.
    func find(_ hash: Hash, askingInOrder nodes: [EncryptionNode]) async throws -> [EncryptionNode] {
        let (asked, dialer) = (nodes.prefix(Self.maximumAsked), try makeDialer())
        for start in stride(from: 0, to: asked.count, by: Self.wave) {
            let found = await withTaskGroup(of: [EncryptionNode]?.self) { group in
                for node in asked[start..<min(start + Self.wave, asked.count)] { group.addTask { await Self.ask(node, for: hash, dialer) } }
                return await group.first { $0 != nil } ?? nil
            }
            if let found { return found }
        }
        throw VaultError.nodeListUnknown
    }

    /// nil for silence, a refusal, or another list.
    private static func ask(_ node: EncryptionNode, for hash: Hash, _ dialer: Dialer) async -> [EncryptionNode]? {
        guard let session = try? await dialer.connect(node.id, at: node.endpoint) else { return nil }
        defer { session.close() }
        let timeout = dialer.options.requestTimeoutMilliseconds
        guard let bytes = try? await session.request(KeyRequest.nodes(hash).rlp, timeoutMilliseconds: timeout),
            case .nodes(let list)? = try? KeyAnswer(rlp: bytes), NodeRegistry.setHash(of: list.nodes) == hash
        else { return nil }
        return list.nodes
    }
}
