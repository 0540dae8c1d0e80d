import ChainTypes
import Cryptography
import KeyService
import LightClient
import Primitives
import StoreAPI
import VaultTestKit

/// One node of a committee of eight, its chain, and an owner with a linked device and a key.
struct KeyServiceFixture {
    let chain: FixtureChain
    let nodes: [EncryptionNode]
    let nodeKeys: [MLDSAPrivateKey]
    let store = MemoryStore()
    let device: MLDSAPrivateKey
    let owner = Address(low: 0xa11ce)
    let peerKey: [UInt8] = [1, 2, 3]
    let keyID: KeyID
    var service: KeyService
    var counter: UInt8 = 0

    init(size: UInt64 = 3_000_000, capacityGiB: UInt64 = 10) throws {
        nodeKeys = try (0..<8).map { try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash([0xee, UInt8($0)]).bytes) }
        nodes = nodeKeys.enumerated().map { index, key in
            EncryptionNode(
                address: Address(low: 0x7000 + UInt32(index)), nodeClass: index < 3 ? .operator : .community, nodeKey: key.publicKey, endpoint: "",
                capacityGiB: capacityGiB, moniker: "node-\(index)")
        }
        chain = try FixtureChain(nodes: nodes, operators: 3, community: 5)
        device = try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash([0xdd]).bytes)
        try chain.link(device.commitment, to: owner)
        keyID = try chain.requestKey(owner, device: device.commitment, policy: AccessPolicy.ownerOnly, size: size)
        service = try Self.start(chain, nodeKeys[0].publicKey, store)
    }

    static func start(_ chain: FixtureChain, _ nodeKey: [UInt8], _ store: MemoryStore) throws -> KeyService {
        let capacity = chain.spec.encryptionNodes.first { $0.nodeKey == nodeKey }?.capacityGiB ?? 10
        let configuration = KeyService.Configuration(spec: chain.spec, genesis: chain.genesis, nodeKey: nodeKey, capacityGiB: capacity)
        return try KeyService(configuration, store: store)
    }

    var seat: VaultCommittee.Seat {
        get throws {
            let committee = VaultCommittee(keyID: keyID, nodes: nodes, parameters: chain.spec.parameters)
            guard let seat = committee?.seat(of: nodes[0].id) else { throw FixtureChain.FixtureError() }
            return seat
        }
    }

    /// A request that the node must accept.
    mutating func openRequest(
        by signer: MLDSAPrivateKey? = nil, at number: UInt64? = nil, change: (inout OpenRequest) throws -> Void = { _ in }
    ) throws -> OpenRequest {
        let signer = signer ?? device
        counter += 1
        let slots = KeyRecord.slots(keyID: keyID, owner: owner, device: signer.commitment)
        var request = OpenRequest(
            keyID: keyID, deviceKey: signer.publicKey, requestID: Keccak256.hash([counter]), nonce: Keccak256.hash([counter, 1]),
            finality: try chain.finality(number),
            registry: try chain.proof(SystemAddress.keyRegistry, slots: slots, at: number), nodes: nodes)
        try change(&request)
        let message = request.signingPayload(genesis: chain.genesis, node: nodes[0].id, peer: Keccak256.hash(peerKey))
        request.signature = try signer.sign(message, context: OpenRequest.signingContext)
        return request
    }

    /// Asks, commits what is to be committed, signs what is to be signed.
    mutating func ask(
        _ request: KeyRequest, from peer: [UInt8]? = nil, now: UInt64? = nil, entropy: EntropyDraw? = nil
    ) throws -> KeyAnswer {
        let outcome = service.handle(request.rlp, from: peer ?? peerKey, now: now ?? chain.now + 500, entropy: entropy)
        try store.commit(outcome.batch, durable: outcome.isDurable)
        switch outcome.reply {
        case .answer(let bytes): return try KeyAnswer(rlp: bytes)
        case .receipt(let receipt):
            let signature = try nodeKeys[0].sign(receipt.signingPayload, context: KeyReceipt.signingContext)
            return try KeyAnswer(rlp: KeyService.answer(signing: receipt, signature))
        }
    }

    /// A session's token.
    mutating func open() throws -> Hash {
        let request = try openRequest()
        guard try ask(.open(request)) == .opened else { throw FixtureChain.FixtureError() }
        return request.requestID
    }

    func share(_ byte: UInt8 = 7) throws -> DealtShare {
        DealtShare(
            epoch: 0, slot: try seat.slot, share: [UInt8](repeating: byte, count: KeyMaterial.byteCount),
            tag: [UInt8](repeating: 1, count: 16))
    }

    func fragment(_ stripe: UInt64) -> [UInt8] {
        let layout = VaultLayout(size: 3_000_000, dataCount: 5)
        return [UInt8](repeating: UInt8(stripe), count: layout?.fragmentLength(of: stripe) ?? 0)
    }

    /// Deals everything.
    mutating func dealAll() throws -> KeyAnswer {
        let token = try open()
        _ = try ask(.deal(token: token, share: try share()))
        for stripe in 0..<2 as Range<UInt64> { _ = try ask(.putFragment(token: token, stripe: stripe, bytes: fragment(stripe))) }
        _ = try ask(.putManifest(token: token, bytes: [1, 2, 3]))
        return try ask(.finish(token: token))
    }
}

enum SystemAddress {
    static let keyRegistry = Address(low: 0x0820)
}
