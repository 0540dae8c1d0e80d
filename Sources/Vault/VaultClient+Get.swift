import ChainTypes
import Cryptography
import KeyService
import Primitives

/// A file that was read back.
public struct RetrievedVault: Sendable {
    public let id: KeyID
    /// The name it was stored under.
    public let name: String
    public let size: UInt64
    public let label: VaultLabel
    /// Nodes that were silent, refused or lied.
    public let faults: [NodeFault]
}

extension VaultClient {
    /// Reads a vault into a file, which appears only when it is whole.
    ///
    /// All nodes are asked, thresholds suffice, everything is checked: `faults` of the result, or of the error, names the others.
    public func get(_ id: KeyID, to path: String, progress: VaultProgress = { _, _ in }) async throws -> RetrievedVault {
        let committee = try await openForReading(id)
        defer { committee.close() }
        let manifest = try await readManifest(committee)
        let material = try await readKey(manifest, committee)
        let output = try OutputFile(path)
        defer { output.close() }
        try await download(manifest, material, committee, to: output, progress)
        try output.finish()
        return RetrievedVault(id: id, name: manifest.name, size: manifest.size, label: manifest.label, faults: committee.faults)
    }

    /// Sessions with the committee, after linking this wallet's device where the chain does not know it.
    func openForReading(_ id: KeyID) async throws -> CommitteeSession {
        var key = try await registry.key(id)
        guard !key.record.isRemoved else { throw VaultError.removed }
        if !key.record.isDeviceLinked {
            try await linkDevice()
            key = try await registry.key(id)
        }
        return try await openCommittee(key)
    }

    /// The manifest from whichever node has it right; the others are named.
    func readManifest(_ committee: CommitteeSession) async throws -> VaultManifest {
        let (key, keys) = (committee.key, self.keys)
        let found = try await committee.ask { token, _ in .readManifest(token: token) } read: { answer, seat in
            guard case .manifest(let bytes) = answer else { return nil as VaultManifest? }
            guard let manifest = try Self.open(bytes, key.keyID, keys), manifest.size == key.layout.size,
                manifest.tagKeys.count == key.committee.seats.count, manifest.digests.count == Int(key.layout.stripeCount)
            else { throw NodeFault(node: seat.node, problem: .lied("its manifest is not the one stored")) }
            return manifest
        }
        guard let manifest = found.first?.value else { throw VaultError.noManifest(faults: committee.faults) }
        return manifest
    }

    /// nil for what this wallet did not seal. Whether it takes a client root is known from the wallet's own seal, so no node can feign it.
    private static func open(_ bytes: [UInt8], _ keyID: KeyID, _ keys: VaultKeys) throws(VaultError) -> VaultManifest? {
        do { return try VaultManifest(sealed: bytes, keyID, keys: keys) } catch .foreign { return nil } catch .rootMissing {
            throw .rootMissing
        } catch { throw .wrongRoot }
    }

    /// Shares whose one-time tags hold.
    func readShares(
        _ manifest: VaultManifest, _ committee: CommitteeSession
    ) async throws -> [(seat: VaultCommittee.Seat, value: [UInt8])] {
        let keyID = committee.key.keyID
        return try await committee.ask { token, _ in .readShare(token: token) } read: { answer, seat in
            guard case .share(let dealt) = answer else { return nil as [UInt8]? }
            guard dealt.epoch == manifest.epoch else { throw NodeFault(node: seat.node, problem: .lied("its share is stale")) }
            let isTrue = ShareAuthenticator(key: manifest.tagKeys[seat.index])?
                .verifies(dealt.tag, for: dealt.share, at: seat.place(keyID, epoch: dealt.epoch))
            guard dealt.slot == seat.slot, isTrue == true else {
                throw NodeFault(node: seat.node, problem: .lied("its share is not the one dealt"))
            }
            return dealt.share
        }
    }

    /// The material that decrypts: of the shares, and of the client root where the vault is bound to it.
    private func readKey(_ manifest: VaultManifest, _ committee: CommitteeSession) async throws -> KeyMaterial {
        let shares = try await readShares(manifest, committee)
        try committee.requireShareThresholds(shares.map(\.seat))
        func collect(_ isOperator: Bool) -> [Share] {
            shares.filter { $0.seat.isOperator == isOperator }.map { Share(slot: $0.seat.slot, bytes: $0.value) }
        }
        let recovered: RecoveredSecret
        do {
            recovered = try TwoLevelSharing.recover(
                ClassShares(operators: collect(true), community: collect(false)), shape: committee.key.committee.shape)
        } catch { throw VaultError.wrongRoot }
        guard var material = KeyMaterial(recovered.secret) else { throw VaultError.wrongRoot }
        if manifest.label.isRootBound, let root = keys.root { material = material.bound(to: root.permutationKey, id: committee.key.keyID) }
        guard manifest.commitment.matches(material, id: committee.key.keyID) else { throw VaultError.wrongRoot }
        return material
    }

    /// Fetches stripes ahead and writes them in order.
    private func download(
        _ manifest: VaultManifest, _ material: KeyMaterial, _ committee: CommitteeSession, to output: OutputFile, _ progress: VaultProgress
    ) async throws {
        let layout = committee.key.layout
        let cipher = StripeCipher(
            layout: layout, code: committee.key.committee.code, header: manifest.header(committee.key.keyID), keyMaterial: material)
        progress(0, layout.size)
        try await withThrowingTaskGroup(of: (UInt64, [UInt8]).self) { group in
            var ready: [UInt64: [UInt8]] = [:]
            var (asked, written, done) = (0 as UInt64, 0 as UInt64, 0 as UInt64)
            while written < layout.stripeCount {
                while asked < min(layout.stripeCount, written + UInt64(Self.stripesInFlight)) {
                    let stripe = asked
                    group.addTask { (stripe, try await Self.fetch(stripe, manifest, cipher, committee)) }
                    asked += 1
                }
                if let plain = ready.removeValue(forKey: written) {
                    try output.write(plain)
                    written += 1
                    done += UInt64(plain.count)
                    progress(done, layout.size)
                } else if let (stripe, plain) = try await group.next() {
                    ready[stripe] = plain
                }
            }
        }
    }

    /// One stripe from the true fragments of all who answer.
    private static func fetch(
        _ stripe: UInt64, _ manifest: VaultManifest, _ cipher: StripeCipher, _ committee: CommitteeSession
    ) async throws -> [UInt8] {
        let fragments = try await readFragments(stripe, manifest, committee)
        let need = cipher.code.dataCount
        guard fragments.count >= need else {
            throw VaultError.belowFragmentThreshold(stripe: stripe, have: fragments.count, need: need, faults: committee.faults)
        }
        do { return try cipher.open(fragments, stripe: stripe) } catch { throw VaultError.notAuthentic(stripe: stripe) }
    }

    static func readFragments(
        _ stripe: UInt64, _ manifest: VaultManifest, _ committee: CommitteeSession
    ) async throws -> [ReedSolomon.Fragment] {
        let (digests, layout) = (manifest.digests[Int(stripe)], committee.key.layout)
        return try await committee.ask { token, _ in .readFragment(token: token, stripe: stripe) } read: { answer, seat in
            guard case .fragment(let bytes) = answer else { return nil as ReedSolomon.Fragment? }
            guard layout.digest(of: bytes, stripe: stripe) == digests[seat.index] else {
                throw NodeFault(node: seat.node, problem: .lied("its fragment of stripe \(stripe) is not the one stored"))
            }
            return ReedSolomon.Fragment(index: seat.index, bytes: bytes)
        }.map(\.value)
    }
}
