import ChainTypes
import Cryptography
import LightClient
import Primitives
import StoreAPI
import SystemContracts

/// What an open request has shown, apart from whether it came before.
struct OpenExamination: Sendable {
    fileprivate let request: OpenRequest
    fileprivate let peer: Hash
    fileprivate let header: SealedHeader
    fileprivate let record: KeyRecord
    fileprivate let seat: VaultCommittee.Seat
    fileprivate let layout: VaultLayout
}

/// Examines open requests against one moment's knowledge of the chain, away from the service and its lock.
struct OpenExaminer: Sendable {
    fileprivate let configuration: KeyService.Configuration
    fileprivate let gate: FinalityGate

    func examine(_ request: OpenRequest, from peerKey: [UInt8]) throws(KeyRefusal) -> OpenExamination {
        let peer = Keccak256.hash(peerKey)
        let message = request.signingPayload(genesis: configuration.genesis, node: configuration.node, peer: peer)
        guard
            MLDSA.verify(
                suite: .mldsa65, publicKey: request.deviceKey, message: message, context: OpenRequest.signingContext,
                signature: request.signature)
        else { throw .wrongSignature }
        let header = try gate.verify(request.finality)
        let record = try KeyRecord(keyID: request.keyID, device: request.device, proof: request.registry, under: header)
        guard record.isDeviceLinked else { throw .deviceNotLinked }
        guard record.policy == AccessPolicy.ownerOnly else { throw .policy }
        let (seat, layout) = try place(request, record)
        return OpenExamination(request: request, peer: peer, header: header, record: record, seat: seat, layout: layout)
    }

    /// This node's place in the key's committee, and how the vault is cut.
    private func place(_ request: OpenRequest, _ record: KeyRecord) throws(KeyRefusal) -> (VaultCommittee.Seat, VaultLayout) {
        guard NodeRegistry.setHash(of: request.nodes) == record.nodeSet else { throw .wrongNodeSet }
        guard
            let committee = VaultCommittee(keyID: request.keyID, nodes: request.nodes, parameters: configuration.parameters),
            let seat = committee.seat(of: configuration.node)
        else { throw .notInCommittee }
        guard let layout = VaultLayout(size: record.size, dataCount: committee.code.dataCount) else { throw .wrongSize }
        return (seat, layout)
    }
}

extension KeyService {
    /// Looks at what costs nothing; what it returns looks at the rest.
    func examiner(of request: OpenRequest, now: UInt64) throws(KeyRefusal) -> OpenExaminer {
        guard let claimed = request.finality.sealed, gate.isFresh(claimed, now: now) else { throw .staleHeader }
        try checkNew(request, claimed)
        return OpenExaminer(configuration: configuration, gate: gate)
    }

    /// Opens a session for what has been examined. Nothing is remembered before the device's signature held.
    mutating func open(_ examined: OpenExamination, now: UInt64) throws(KeyRefusal) -> Outcome {
        let (request, record, header) = (examined.request, examined.record, examined.header)
        try checkNew(request, header)
        gate.remember(header)
        sessions.add(
            KeySession(
                token: request.requestID, peer: examined.peer, keyID: request.keyID, device: request.device,
                isDealer: request.device == record.device, isRemoved: record.isRemoved, nonce: request.nonce, seat: examined.seat,
                layout: examined.layout, opened: now, expires: now + SessionTable.lifetimeMilliseconds))
        var outcome = Outcome(.opened)
        // Without its number on the disk a request could be repeated after a restart, by the same peer, while its header is fresh.
        outcome.needsStore = false
        try keep(request.nodes, hash: record.nodeSet, in: &outcome.batch)
        var value: [UInt8] = []
        value.append(bigEndian: header.envelope.timeMilliseconds)
        outcome.batch.put(.device, Self.requestKey(header.number, request.requestID), value)
        try forgetOldRequests(now: now, in: &outcome.batch)
        return outcome
    }

    private func checkNew(_ request: OpenRequest, _ header: SealedHeader) throws(KeyRefusal) {
        if sessions.contains(request.requestID) { throw .replayed }
        if try read(.device, Self.requestKey(header.number, request.requestID)) != nil { throw .replayed }
    }

    /// Keeps the list that the key's committee came from: when the registry has another, this node still tells who is in it.
    private mutating func keep(_ nodes: [EncryptionNode], hash: Hash, in batch: inout WriteBatch) throws(KeyRefusal) {
        guard keptNodeList != hash else { return }
        keptNodeList = hash
        let key = Self.nodeListKey(hash)
        if try read(.local, key) == nil { batch.put(.local, key, NodeList(nodes).rlp) }
    }

    // MARK: One-time identifiers

    /// Under the header's number, so that what can no longer be replayed stands first.
    private static func requestKey(_ number: UInt64, _ requestID: Hash) -> [UInt8] {
        var key: [UInt8] = []
        key.append(bigEndian: number)
        return key + requestID.bytes
    }

    /// Deletes a few identifiers whose headers are stale for good: a bounded step with every open request.
    private func forgetOldRequests(now: UInt64, in batch: inout WriteBatch) throws(KeyRefusal) {
        let oldest: [(key: [UInt8], value: [UInt8])]
        do { oldest = try store.scan(.device, limit: 4) } catch { throw .storage }
        for entry in oldest {
            let number = entry.key.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            let time = entry.value.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            guard number < gate.newest?.number ?? 0, now > time, now - time > 2 * FinalityGate.freshMilliseconds else { return }
            batch.delete(.device, entry.key)
        }
    }
}
