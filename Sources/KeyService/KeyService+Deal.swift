import Cryptography
import Primitives
import StoreAPI

/// A share as stored, with what its vault takes up here.
package struct StoredShare: RLPCodable, Sendable {
    package var dealt: DealtShare
    /// Bytes reserved for fragments.
    var fragmentBytes: UInt64
    /// Whether a receipt was given: from then on nothing changes.
    var isSealed: Bool

    init(dealt: DealtShare, fragmentBytes: UInt64, isSealed: Bool) {
        (self.dealt, self.fragmentBytes, self.isSealed) = (dealt, fragmentBytes, isSealed)
    }

    package func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(dealt)
            $0.append(fragmentBytes)
            $0.append(isSealed)
        }
    }

    package init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            StoredShare(dealt: try list.read(), fragmentBytes: try list.readUInt64(), isSealed: try list.readBool())
        }
    }
}

/// Which stripes of vaults that are being dealt have arrived. A restart forgets it: the client deals again.
struct DealTable: Sendable {
    private struct Deal: Sendable {
        var hasStripe: [Bool]
        var missing: Int
        var hasManifest = false
    }

    private var deals: [Hash: Deal] = [:]

    mutating func begin(_ key: KeyID, stripes: Int) {
        deals[key.hash] = Deal(hasStripe: [Bool](repeating: false, count: stripes), missing: stripes)
    }

    func isOpen(_ key: KeyID) -> Bool { deals[key.hash] != nil }

    mutating func stored(stripe: Int, of key: KeyID) {
        guard var deal = deals.removeValue(forKey: key.hash) else { return }
        if deal.hasStripe.indices.contains(stripe), !deal.hasStripe[stripe] {
            deal.hasStripe[stripe] = true
            deal.missing -= 1
        }
        deals[key.hash] = deal
    }

    mutating func storedManifest(of key: KeyID) { deals[key.hash]?.hasManifest = true }

    func isComplete(_ key: KeyID) -> Bool { deals[key.hash].map { $0.missing == 0 && $0.hasManifest } ?? false }

    mutating func end(_ key: KeyID) { deals[key.hash] = nil }
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
    mutating func deal(_ share: DealtShare, _ session: KeySession) throws(KeyRefusal) -> Outcome {
        guard session.isDealer else { throw .notTheDealer }
        guard share.slot == session.seat.slot else { throw .wrongSize }
        let previous = try storedShare(session.keyID)
        if let previous, previous.isSealed { throw .sealed }
        let (needed, reserved) = (session.layout.fragmentBytes, previous?.fragmentBytes ?? 0)
        let others = measures.reservedBytes - min(measures.reservedBytes, reserved)
        guard needed <= configuration.capacityBytes, others <= configuration.capacityBytes - needed else { throw .full }
        measures.reservedBytes = others + needed
        if previous == nil { measures.shares += 1 }
        deals.begin(session.keyID, stripes: Int(session.layout.stripeCount))
        let stored = StoredShare(dealt: share, fragmentBytes: needed, isSealed: false)
        var outcome = Outcome(.stored)
        outcome.batch.put(.share, session.keyID.bytes, stored.rlp)
        return outcome
    }

    mutating func putFragment(_ bytes: [UInt8], stripe: UInt64, _ session: KeySession) throws(KeyRefusal) -> Outcome {
        try checkDealing(session)
        guard stripe < session.layout.stripeCount, bytes.count == session.layout.fragmentLength(of: stripe) else { throw .wrongSize }
        deals.stored(stripe: Int(stripe), of: session.keyID)
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
        guard stored.isSealed || deals.isComplete(session.keyID) else { throw .notStored }
        deals.end(session.keyID)
        stored.isSealed = true
        var outcome = Outcome(.stored)
        outcome.reply = .receipt(
            Receipt(
                keyID: session.keyID, epoch: stored.dealt.epoch, isOperator: session.seat.isOperator, slot: stored.dealt.slot,
                length: stored.fragmentBytes))
        outcome.batch.put(.share, session.keyID.bytes, stored.rlp)
        outcome.isDurable = true
        return outcome
    }

    private func checkDealing(_ session: KeySession) throws(KeyRefusal) {
        guard session.isDealer else { throw .notTheDealer }
        guard !deals.isOpen(session.keyID) else { return }
        throw try storedShare(session.keyID)?.isSealed == true ? .sealed : .notStored
    }

    static func fragmentKey(_ key: KeyID, _ stripe: UInt64) -> [UInt8] {
        var bytes = key.bytes
        bytes.append(bigEndian: stripe)
        return bytes
    }
}
