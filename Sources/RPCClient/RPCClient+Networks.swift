import ChainTypes
import Cryptography
import Primitives

extension RPCClient {
    /// nil for a block that is not final yet.
    public func finality(_ block: BlockTag) async throws(RPCError) -> BlockFinality? {
        struct Wire: Decodable {
            let number: WireNumber
            let blockHash: WireHash
            let envelopeHash: WireHash
            let epoch: WireNumber
            let view: WireNumber
            let timeMilliseconds: WireNumber
            let finalitySeconds: Double?
            let signers: WireNumber
            let validators: WireNumber
        }
        guard let wire = try await optional("qs_getFinality", [block.description], as: Wire.self) else { return nil }
        return BlockFinality(
            number: wire.number.value, blockHash: wire.blockHash.value, envelopeHash: wire.envelopeHash.value, epoch: wire.epoch.value,
            view: wire.view.value, timeMilliseconds: wire.timeMilliseconds.value, finalitySeconds: wire.finalitySeconds,
            signers: wire.signers.value, validators: wire.validators.value)
    }

    /// A header under a finalization, for a light client to check; nil for a block that is not final yet.
    public func finalityProof(_ block: BlockTag) async throws(RPCError) -> FinalityProof? {
        let method = "qs_getFinalityProof"
        guard let wire = try await optional(method, [block.description], as: WireBytes.self) else { return nil }
        do { return try FinalityProof(rlp: wire.value) } catch { throw .malformed(method: method) }
    }

    /// What leads a light client on from an epoch, in order; empty when nothing of that epoch is final.
    public func epochChanges(from epoch: UInt64) async throws(RPCError) -> [EpochChange] {
        let method = "qs_getEpochChanges"
        let wires = try await call(method, ["0x" + String(epoch, radix: 16)], as: [WireBytes].self)
        do { return try wires.map { (wire) throws(RLPError) in try EpochChange(rlp: wire.value) } } catch { throw .malformed(method: method) }
    }

    public func accountKey(_ address: Address, at block: BlockTag = .latest) async throws(RPCError) -> AccountKeyInfo {
        struct Wire: Decodable {
            let commitment: WireHash?
            let suite: WireNumber
            let uses: WireNumber
        }
        let method = "qs_getAccountKey"
        let wire = try await call(method, [address.hex, block.description], as: Wire.self)
        guard let number = UInt8(exactly: wire.suite.value), let suite = SignatureSuite(rawValue: number) else {
            throw .malformed(method: method)
        }
        return AccountKeyInfo(commitment: wire.commitment?.value, suite: suite, uses: wire.uses.value)
    }

    public func status() async throws(RPCError) -> NodeStatusInfo {
        struct Wire: Decodable {
            let number: WireNumber
            let epoch: WireNumber
            let view: WireNumber
            let peers: WireNumber
            let mempool: WireNumber
            let syncing: Bool
        }
        let wire = try await call("qs_getStatus", as: Wire.self)
        return NodeStatusInfo(
            number: wire.number.value, epoch: wire.epoch.value, view: wire.view.value, peers: wire.peers.value, mempool: wire.mempool.value,
            isSyncing: wire.syncing)
    }
}
