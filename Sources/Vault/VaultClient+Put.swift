import ChainTypes
import Cryptography
import KeyService
import Primitives
import SystemContracts

/// A file that the network holds.
public struct StoredVault: Sendable {
    public let id: KeyID
    public let name: String
    public let size: UInt64
    public let label: VaultLabel
    /// Of every node that holds its part.
    public let receipts: [VaultReceipt]
    /// Nodes that hold nothing, and why. The file can be read, but survives that many losses fewer.
    public let faults: [NodeFault]
}

extension VaultClient {
    /// Encrypts a file and stores it.
    ///
    /// Succeeds when enough nodes contributed entropy and gave signed receipts that the file can be read from them alone.
    /// - Parameters:
    ///   - path: `-` for standard input.
    ///   - name: under which it is found; that of the file where it is nil.
    ///   - onKey: hears the vault's id, name and size once the key is paid for, before anything of the file goes out.
    public func put(
        _ path: String, name: String? = nil, onKey: (KeyID, String, UInt64) throws -> Void = { _, _, _ in }, progress: VaultProgress = { _, _ in }
    ) async throws -> StoredVault {
        if !options.isRecoverable, keys.root == nil { throw VaultError.rootMissing }
        let file = try InputFile(path, name: name)
        defer { file.close() }
        guard file.name.utf8.count <= VaultManifest.maximumNameBytes else { throw VaultError.longName(maximumBytes: VaultManifest.maximumNameBytes) }
        let keyID = try await requestKey(size: file.size)
        try onKey(keyID, file.name, file.size)
        let key = try await registry.key(keyID)
        guard key.record.device == keys.device.commitment, key.record.size == file.size, key.record.isDeviceLinked else {
            throw VaultError.chainNotProven("the key request is not the one that was sent")
        }
        let committee = try await openCommittee(key)
        defer { committee.close() }

        let (network, label) = try await generate(with: committee)
        let root = options.isRecoverable ? nil : keys.root
        let material = root.map { network.bound(to: $0.permutationKey, id: keyID) } ?? network
        let tagKeys = try await deal(network, to: committee)
        var manifest = VaultManifest(
            name: file.name, size: file.size, label: label, epoch: Self.firstEpoch, salt: try salt(),
            commitment: KeyMaterialCommitment(to: material, id: keyID), tagKeys: tagKeys, digests: [])
        let cipher = StripeCipher(
            layout: key.layout, code: key.committee.code, header: manifest.header(keyID), keyMaterial: material)
        manifest.digests = try await upload(file, cipher, to: committee, progress)
        let sealed = try manifest.sealed(keyID, keys: keys, salt: salt)
        guard sealed.count <= KeyRequest.maximumManifestBytes else { throw VaultError.tooLarge }
        let receipts = try await finish(sealed, digests: manifest.digests, committee)
        try committee.requireShareThresholds(receipts.map(\.seat))
        let need = key.committee.code.dataCount
        guard receipts.count >= need else {
            throw VaultError.belowFragmentThreshold(stripe: 0, have: receipts.count, need: need, faults: committee.faults)
        }
        return StoredVault(
            id: keyID, name: file.name, size: file.size, label: label, receipts: receipts.map { VaultReceipt(node: $0.seat.node, signed: $0.value) }, faults: committee.faults)
    }

    /// The registry's transaction; the id is proven afterwards.
    private func requestKey(size: UInt64) async throws -> KeyID {
        let dataCount = Int(clamping: network.parameters.fragmentThreshold)
        guard VaultLayout(size: size, dataCount: dataCount) != nil else { throw VaultError.tooLarge }
        try await linkDevice()
        let fees = try await registry.values([KeyRegistry.feeSlot, KeyRegistry.feePerMiBSlot])
        guard fees.count == 2, let fee = KeyRegistry.fee(size: size, base: fees[0], perMiB: fees[1]) else { throw VaultError.tooLarge }
        let call = KeyRegistry.requestKeyCall(device: keys.device.commitment, policy: AccessPolicy.ownerOnly, size: size)
        let logs = try await chain.transact(to: KeyRegistry.address, value: fee, data: call)
        let requested = logs.first { $0.address == KeyRegistry.address && $0.topics.first == KeyRegistry.keyRequested }
        guard let requested, requested.topics.count == 3 else { throw VaultError.chainNotProven("the transaction requested no key") }
        return KeyID(requested.topics[1])
    }

    /// The network's half of the key: the committee's contributions and the client's, combined and hashed.
    private func generate(with committee: CommitteeSession) async throws -> (KeyMaterial, VaultLabel) {
        var nonces: [Int: Hash] = [:]
        for link in committee.links { nonces[link.seat.index] = await link.nonce }
        let (asked, keyID) = (nonces, committee.key.keyID)
        let contributions = try await committee.ask { token, _ in .contribute(token: token) } read: { answer, seat in
            guard case .contribution(let given) = answer else { return nil as EntropyContribution? }
            guard given.keyID == keyID, given.nonce == asked[seat.index] else {
                throw NodeFault(node: seat.node, problem: .lied("its contribution is for another request"))
            }
            return given
        }
        try committee.requireShareThresholds(contributions.map(\.seat))
        var sum = try entropy.draw(EntropyContribution.byteCount)
        for contribution in contributions {
            for (index, byte) in contribution.value.bytes.enumerated() { sum[index] ^= byte }
        }
        let label = VaultLabel(
            binding: options.isRecoverable ? .recoverable : .root(keys.rootSources),
            client: entropy.record(forBytes: EntropyContribution.byteCount),
            contributors: contributions.map(\.value.sources))
        return (try KeyGeneration.material(input: sum), label)
    }

    /// Shares the key in both classes, each share with a one-time tag. Returns the tags' keys by seat.
    private func deal(_ material: KeyMaterial, to committee: CommitteeSession) async throws -> [[UInt8]] {
        let (shape, keyID) = (committee.key.committee.shape, committee.key.keyID)
        let count = TwoLevelSharing.randomnessByteCount(secretLength: KeyMaterial.byteCount, shape: shape)
        let shares = try TwoLevelSharing.deal(secret: material.bytes, shape: shape, randomness: try entropy.draw(count))
        let tagKeys = try committee.key.committee.seats.map { _ in try entropy.draw(ShareAuthenticator.keyByteCount) }
        let dealt = committee.key.committee.seats.map { seat in
            let share = (seat.isOperator ? shares.operators : shares.community)[seat.slot].bytes
            return seat.dealt(share, of: keyID, epoch: Self.firstEpoch, tagKey: tagKeys[seat.index])
        }
        try await committee.store { token, seat in .deal(token: token, share: dealt[seat.index]) }
        return tagKeys
    }

    /// Streams the file through a few stripes. Returns the fragments' digests by stripe and seat.
    private func upload(
        _ file: InputFile, _ cipher: StripeCipher, to committee: CommitteeSession, _ progress: VaultProgress
    ) async throws -> [[Hash]] {
        let layout = cipher.layout
        var digests = [[Hash]](repeating: [], count: Int(layout.stripeCount))
        var done: UInt64 = 0
        progress(0, layout.size)
        try await withThrowingTaskGroup(of: (UInt64, [Hash]).self) { group in
            func take(_ stripe: UInt64, _ hashes: [Hash]) {
                digests[Int(stripe)] = hashes
                done += UInt64(layout.plainLength(of: stripe))
                progress(done, layout.size)
            }
            for stripe in 0..<layout.stripeCount {
                if stripe >= Self.stripesInFlight, let (stored, hashes) = try await group.next() { take(stored, hashes) }
                let plain = try file.read(layout.plainLength(of: stripe))
                group.addTask {
                    let sealed = cipher.seal(plain, stripe: stripe)
                    try await committee.store { token, seat in
                        .putFragment(token: token, stripe: stripe, bytes: sealed.fragments[seat.index].bytes)
                    }
                    try committee.requireFragments(stripe)
                    return (stripe, sealed.digests)
                }
            }
            while let (stored, hashes) = try await group.next() { take(stored, hashes) }
        }
        try file.expectEnd()
        return digests
    }

    /// Replicates the manifest and collects receipts.
    /// - Parameter digests: of the fragments, by stripe and seat.
    func finish(
        _ manifest: [UInt8], digests: [[Hash]], _ committee: CommitteeSession
    ) async throws -> [(seat: VaultCommittee.Seat, value: SignedKeyReceipt)] {
        try await committee.store { token, _ in .putManifest(token: token, bytes: manifest) }
        let key = committee.key
        return try await committee.ask { token, _ in .finish(token: token) } read: { answer, seat in
            guard case .receipt(let signed) = answer else { return nil as SignedKeyReceipt? }
            let expected = KeyReceipt(
                keyID: key.keyID, epoch: Self.firstEpoch, isOperator: seat.isOperator, slot: seat.slot, length: key.layout.fragmentBytes,
                chunkCount: key.layout.chunkCount, root: ChunkTree.root(of: digests.map { $0[seat.index] }))
            guard signed.receipt == expected, signed.isSigned(by: seat.node.nodeKey) else {
                throw NodeFault(node: seat.node, problem: .lied("its receipt does not hold"))
            }
            return signed
        }
    }

    func salt() throws -> AttemptSalt {
        guard let salt = AttemptSalt(try entropy.draw(AttemptSalt.byteCount)) else { throw VaultError.entropy("a short draw") }
        return salt
    }
}

extension CommitteeSession {
    /// Sends everyone its part. Who does not take it is left out of the rest: half a vault is no use.
    func store(_ make: @escaping @Sendable (Hash, VaultCommittee.Seat) -> KeyRequest) async throws {
        let took = try await ask(make) { answer, _ in answer == .stored ? true : nil }
        let seats = took.map(\.seat.index)
        for link in links where !seats.contains(link.seat.index) { log.exclude(seat: link.seat.index) }
    }

    /// Stops an upload that can no longer succeed.
    func requireFragments(_ stripe: UInt64) throws(VaultError) {
        let left = links.filter { log.isAsked($0.seat.index) }.map(\.seat)
        try requireShareThresholds(left)
        let need = key.committee.code.dataCount
        guard left.count >= need else { throw .belowFragmentThreshold(stripe: stripe, have: left.count, need: need, faults: faults) }
    }
}

extension VaultCommittee.Seat {
    /// What the tag of this seat's share is bound to.
    func place(_ keyID: KeyID, epoch: UInt64) -> ShareAuthenticator.Place {
        .init(keyID: keyID, epoch: epoch, isOperator: isOperator, slot: slot)
    }

    /// A share with its tag, as this seat's node keeps it.
    func dealt(_ share: [UInt8], of keyID: KeyID, epoch: UInt64, tagKey: [UInt8]) -> DealtShare {
        let tag = ShareAuthenticator(key: tagKey)?.tag(for: share, at: place(keyID, epoch: epoch)) ?? []
        return DealtShare(epoch: epoch, slot: slot, share: share, tag: tag)
    }
}
