import ChainTypes
import Cryptography
import Primitives
import StoreAPI

/// A share as stored, with what its vault takes up here.
package struct StoredShare: RLPCodable, Sendable {
    package var dealt: DealtShare
    /// Bytes reserved for fragments, and how many there are.
    var fragmentBytes, stripeCount: UInt64
    /// Chunks of a full stripe, and of all.
    var chunksPerStripe, chunkCount: UInt64
    /// Of the chunks; zero until a receipt was given: from then on nothing changes.
    var root: Hash

    var isSealed: Bool { root != .zero }

    /// What is kept of a share before its vault is complete.
    init(dealt: DealtShare, layout: VaultLayout) {
        (self.dealt, fragmentBytes, stripeCount) = (dealt, layout.fragmentBytes, layout.stripeCount)
        (chunksPerStripe, chunkCount, root) = (layout.firstChunk(of: 1), layout.chunkCount, .zero)
    }

    private init(dealt: DealtShare, fragmentBytes: UInt64, stripeCount: UInt64, chunksPerStripe: UInt64, chunkCount: UInt64, root: Hash) {
        (self.dealt, self.fragmentBytes, self.stripeCount) = (dealt, fragmentBytes, stripeCount)
        (self.chunksPerStripe, self.chunkCount, self.root) = (chunksPerStripe, chunkCount, root)
    }

    package func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(dealt)
            $0.append(fragmentBytes)
            $0.append(stripeCount)
            $0.append(chunksPerStripe)
            $0.append(chunkCount)
            $0.append(root)
        }
    }

    package init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            StoredShare(
                dealt: try list.read(), fragmentBytes: try list.readUInt64(), stripeCount: try list.readUInt64(),
                chunksPerStripe: try list.readUInt64(), chunkCount: try list.readUInt64(), root: try list.read())
        }
        guard chunksPerStripe > 0 else { throw .invalidValue }
    }
}

extension KeyService {
    mutating func contribute(_ session: KeySession, _ entropy: EntropyDraw?) throws(KeyRefusal) -> Outcome {
        guard session.isDealer else { throw .notTheDealer }
        guard session.mayContribute, let entropy, entropy.bytes.count == EntropyContribution.byteCount else { throw .noEntropy }
        sessions.contributed(session.token)
        return Outcome(
            .contribution(
                EntropyContribution(keyID: session.keyID, nonce: session.nonce, bytes: entropy.bytes, sources: entropy.sources)))
    }

    /// Takes this node's own share and reserves room for its fragments.
    mutating func deal(_ share: DealtShare, _ session: KeySession, now: UInt64) throws(KeyRefusal) -> Outcome {
        guard session.isDealer else { throw .notTheDealer }
        guard share.slot == session.seat.slot else { throw .wrongSize }
        let previous = try storedShare(session.keyID)
        if let previous, previous.isSealed { throw .sealed }
        guard deals.hasRoom(for: session.keyID) else { throw .full }
        let (needed, reserved) = (session.layout.fragmentBytes, previous?.fragmentBytes ?? 0)
        let others = measures.reservedBytes - min(measures.reservedBytes, reserved)
        guard needed <= configuration.capacityBytes, others <= configuration.capacityBytes - needed else { throw .full }
        measures.reservedBytes = others + needed
        if previous == nil { measures.shares += 1 }
        deals.begin(session.keyID, stripes: Int(session.layout.stripeCount), now: now)
        let stored = StoredShare(dealt: share, layout: session.layout)
        var outcome = Outcome(.stored)
        outcome.batch.put(.share, session.keyID.bytes, stored.rlp)
        return outcome
    }

    mutating func putFragment(_ bytes: [UInt8], stripe: UInt64, _ session: KeySession, now: UInt64) throws(KeyRefusal) -> Outcome {
        try checkDealing(session)
        guard stripe < session.layout.stripeCount, bytes.count == session.layout.fragmentLength(of: stripe) else { throw .wrongSize }
        // A long upload keeps its session while new stripes come. Sessions that read end in time and show again that they may.
        let digest = session.layout.digest(of: bytes, stripe: stripe)
        if let known = deals.digest(of: stripe, of: session.keyID), known != digest { throw .sealed }
        if deals.stored(stripe: Int(stripe), digest: digest, of: session.keyID, now: now) { sessions.prolong(session.token, now: now) }
        var outcome = Outcome(.stored)
        outcome.batch.put(.fragment, Self.fragmentKey(session.keyID, stripe), bytes)
        return outcome
    }

    mutating func putManifest(_ bytes: [UInt8], _ session: KeySession) throws(KeyRefusal) -> Outcome {
        try checkDealing(session)
        guard !bytes.isEmpty, bytes.count <= KeyRequest.maximumManifestBytes else { throw .wrongSize }
        deals.storedManifest(of: session.keyID)
        var outcome = Outcome(.stored)
        outcome.batch.put(.manifest, session.keyID.bytes, bytes)
        return outcome
    }

    /// Everything is here: seals it and gives a receipt. Asked again, gives the receipt again.
    mutating func finish(_ session: KeySession) throws(KeyRefusal) -> Outcome {
        guard session.isDealer else { throw .notTheDealer }
        guard var stored = try storedShare(session.keyID) else { throw .notStored }
        var outcome = Outcome(.stored)
        if !stored.isSealed {
            guard let digests = deals.completed(session.keyID) else { throw .notStored }
            stored.root = ChunkTree.root(of: digests)
            outcome.batch.put(.fragment, Self.digestsKey(session.keyID), digests.flatMap(\.bytes))
        }
        deals.end(session.keyID)
        outcome.reply = .receipt(
            KeyReceipt(
                keyID: session.keyID, epoch: stored.dealt.epoch, isOperator: session.seat.isOperator, slot: stored.dealt.slot,
                length: stored.fragmentBytes, chunkCount: stored.chunkCount, root: stored.root))
        outcome.batch.put(.share, session.keyID.bytes, stored.rlp)
        outcome.isDurable = true
        return outcome
    }

    private func checkDealing(_ session: KeySession) throws(KeyRefusal) {
        guard session.isDealer else { throw .notTheDealer }
        guard !deals.isOpen(session.keyID) else { return }
        throw try storedShare(session.keyID)?.isSealed == true ? .sealed : .notStored
    }

    /// Gives up deals that have had no progress for ten minutes, with the room they reserved.
    ///
    /// To be called now and then. Commit what it returns before the next request is handled: the client may deal again.
    public mutating func expire(now: UInt64) -> WriteBatch {
        var batch = WriteBatch()
        for key in deals.abandoned(now: now) {
            // Where the disk does not answer, next time.
            guard let stored = try? storedShare(key) else { continue }
            if !stored.isSealed { drop(stored, of: key, in: &batch) }
            deals.end(key)
        }
        return batch
    }

    /// Deletes what is held of a key whose owner has given it up. Asked again, it finds nothing left to do.
    mutating func remove(_ session: KeySession) throws(KeyRefusal) -> Outcome {
        guard session.isRemoved else { throw .notRemoved }
        var outcome = Outcome(.removed)
        guard let stored = try storedShare(session.keyID) else { return outcome }
        drop(stored, of: session.keyID, in: &outcome.batch)
        deals.end(session.keyID)
        // Who opened a session before the owner gave the key up could deal it again.
        sessions.end(session.keyID, but: session.token)
        outcome.isDurable = true
        return outcome
    }

    /// Deletes in one batch: its length is bounded by the declared capacity over a fragment's length.
    private mutating func drop(_ stored: StoredShare, of key: KeyID, in batch: inout WriteBatch) {
        for stripe in 0..<stored.stripeCount { batch.delete(.fragment, Self.fragmentKey(key, stripe)) }
        batch.delete(.fragment, Self.digestsKey(key))
        batch.delete(.manifest, key.bytes)
        batch.delete(.share, key.bytes)
        measures.reservedBytes -= min(measures.reservedBytes, stored.fragmentBytes)
        measures.shares -= min(measures.shares, 1)
    }

    /// Where the digests of a sealed vault's stripes are: behind all stripes.
    static func digestsKey(_ key: KeyID) -> [UInt8] { fragmentKey(key, .max) }

    static func fragmentKey(_ key: KeyID, _ stripe: UInt64) -> [UInt8] {
        var bytes = key.bytes
        bytes.append(bigEndian: stripe)
        return bytes
    }
}
