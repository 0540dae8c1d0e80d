import Cryptography
import KeyService
import Primitives

/// A vault whose missing parts were dealt again.
public struct RefreshedVault: Sendable {
    public let id: KeyID
    public let name: String
    /// Nodes that held nothing and hold their part now.
    public let mended: [String]
    /// Theirs.
    public let receipts: [VaultReceipt]
    /// Nodes that are still not as they should be.
    public let faults: [NodeFault]
}

extension VaultClient {
    /// Gives nodes that hold nothing their part again: those that a `put` missed, or that lost their disk.
    ///
    /// They get the very share that was dealt to them, a point on the polynomial that the true shares fix, and the fragments that
    /// the others' fragments fix. So nobody gets a share that was not dealt before, and nothing is renewed: whoever once learned a
    /// share still knows it. Only the device that stored the vault may deal. A node that sealed its part keeps it as it is.
    public func refresh(_ id: KeyID, progress: VaultProgress = { _, _ in }) async throws -> RefreshedVault {
        let committee = try await openForReading(id)
        defer { committee.close() }
        guard committee.key.record.device == keys.device.commitment else { throw VaultError.notTheDealer }
        let manifest = try await readManifest(committee)
        let empty = try await emptySeats(committee)
        let (sound, mending) = committee.split { empty.contains($0.index) }
        var receipts: [VaultReceipt] = []
        if !empty.isEmpty {
            let dealt = try restored(try await readShares(manifest, sound), manifest, sound)
            try await mending.store { token, seat in .deal(token: token, share: dealt[seat.index]) }
            try await copyFragments(manifest, from: sound, to: mending, progress)
            let finished = try await finish(try manifest.sealed(id, keys: keys, salt: salt), digests: manifest.digests, mending)
            receipts = finished.map { VaultReceipt(node: $0.seat.node, signed: $0.value) }
        }
        let left = committee.faults.filter { fault in !mending.links.contains { $0.seat.node == fault.node } } + mending.faults
        return RefreshedVault(id: id, name: manifest.name, mended: receipts.map(\.node.moniker), receipts: receipts, faults: left)
    }

    /// Seats whose nodes say that they hold nothing, or that their dealing was never finished.
    private func emptySeats(_ committee: CommitteeSession) async throws -> [Int] {
        let holdings = try await committee.ask { token, _ in .holdings(token: token) } read: { answer, _ in
            if case .holdings(let holdings) = answer { holdings.isSealed } else { nil as Bool? }
        }
        let empty = committee.faults.filter(\.isMendable).map(\.node)
        return committee.links.map(\.seat).filter { seat in
            holdings.first { $0.seat.index == seat.index }.map { !$0.value } ?? empty.contains(seat.node)
        }.map(\.index)
    }

    /// What was dealt to every seat, from true shares of both classes.
    private func restored(
        _ shares: [(seat: VaultCommittee.Seat, value: [UInt8])], _ manifest: VaultManifest, _ committee: CommitteeSession
    ) throws -> [DealtShare] {
        try committee.requireShareThresholds(shares.map(\.seat))
        let (shape, keyID) = (committee.key.committee.shape, committee.key.keyID)
        return try committee.key.committee.seats.map { seat in
            let own = shares.filter { $0.seat.isOperator == seat.isOperator }.map { Share(slot: $0.seat.slot, bytes: $0.value) }
            let share = try ShamirSharing.restore(
                slot: seat.slot, from: own, committee: seat.isOperator ? shape.operators : shape.community)
            return seat.dealt(share.bytes, of: keyID, epoch: manifest.epoch, tagKey: manifest.tagKeys[seat.index])
        }
    }

    /// Rebuilds a few stripes at a time, without decrypting them.
    private func copyFragments(
        _ manifest: VaultManifest, from sound: CommitteeSession, to mending: CommitteeSession, _ progress: VaultProgress
    ) async throws {
        let layout = mending.key.layout
        var done: UInt64 = 0
        progress(0, layout.size)
        try await withThrowingTaskGroup(of: UInt64.self) { group in
            func finished(_ stripe: UInt64) {
                done += UInt64(layout.plainLength(of: stripe))
                progress(done, layout.size)
            }
            for stripe in 0..<layout.stripeCount {
                if stripe >= Self.stripesInFlight, let stored = try await group.next() { finished(stored) }
                group.addTask {
                    let fragments = try await Self.rebuild(stripe, manifest, from: sound)
                    try await mending.store { token, seat in
                        .putFragment(token: token, stripe: stripe, bytes: fragments[seat.index].bytes)
                    }
                    return stripe
                }
            }
            while let stored = try await group.next() { finished(stored) }
        }
    }

    /// All fragments of a stripe, each with the digest that the manifest has.
    private static func rebuild(
        _ stripe: UInt64, _ manifest: VaultManifest, from sound: CommitteeSession
    ) async throws -> [ReedSolomon.Fragment] {
        let (code, fragments) = (sound.key.committee.code, try await readFragments(stripe, manifest, sound))
        guard fragments.count >= code.dataCount else {
            throw VaultError.belowFragmentThreshold(stripe: stripe, have: fragments.count, need: code.dataCount, faults: sound.faults)
        }
        let sealed = try code.reconstruct(fragments, dataLength: sound.key.layout.sealedLength(of: stripe))
        let all = code.encode(sealed)
        guard all.map({ sound.key.layout.digest(of: $0.bytes, stripe: stripe) }) == manifest.digests[Int(stripe)] else { throw VaultError.notAuthentic(stripe: stripe) }
        return all
    }
}

extension CommitteeSession {
    /// Those that are not chosen, with what is known of their faults, and the chosen, with a clean slate.
    func split(_ isChosen: (VaultCommittee.Seat) -> Bool) -> (rest: CommitteeSession, chosen: CommitteeSession) {
        (
            CommitteeSession(key: key, links: links.filter { !isChosen($0.seat) }, log: log),
            CommitteeSession(key: key, links: links.filter { isChosen($0.seat) }, log: FaultLog())
        )
    }
}
