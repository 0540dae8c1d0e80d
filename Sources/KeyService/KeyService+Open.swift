import ChainTypes
import Cryptography
import LightClient
import Primitives
import StoreAPI
import SystemContracts

extension KeyService {
    /// Checks who asks: cheap things first, and nothing is remembered before the device's signature holds.
    mutating func open(_ request: OpenRequest, peer: Hash, now: UInt64) throws(KeyRefusal) -> Outcome {
        guard let claimed = request.finality.sealed, gate.isFresh(claimed, now: now) else { throw .staleHeader }
        let seen = Self.requestKey(claimed.number, request.requestID)
        if sessions.contains(request.requestID) { throw .replayed }
        if try read(.device, seen) != nil { throw .replayed }
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

        sessions.add(
            KeySession(
                token: request.requestID, peer: peer, keyID: request.keyID, device: request.device,
                isDealer: request.device == record.device, isRemoved: record.isRemoved, nonce: request.nonce, seat: seat,
                layout: layout, expires: now + SessionTable.lifetimeMilliseconds))
        var outcome = Outcome(.opened)
        try keep(request.nodes, hash: record.nodeSet, in: &outcome.batch)
        var value: [UInt8] = []
        value.append(bigEndian: header.envelope.timeMilliseconds)
        outcome.batch.put(.device, seen, value)
        try forgetOldRequests(now: now, in: &outcome.batch)
        return outcome
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
