import Cryptography
import KeyService
import Primitives
import StoreAPI
import Testing
import Vault
import VaultTestKit

@Suite(.serialized) struct VaultTests {
    @Test(arguments: [0, 1, 16_384, 160 * 16_384, 160 * 16_384 + 1, 9_000_000])
    func fileComesBackByteForByte(size: Int) async throws {
        try await ServedCommittee.serving { network in
            let (path, bytes) = try network.file(size)
            let stored = try await network.client().put(path)
            #expect(stored.faults.isEmpty && stored.receipts.count == 8)
            let got = try await network.client().get(stored.id, to: network.path("out"))
            #expect(try network.read("out") == bytes)
            #expect(got.name == "letter.bin" && got.size == UInt64(size) && got.faults.isEmpty)
        }
    }

    @Test func anotherDeviceOfTheOwnerReadsWithPhrasesAndIDAlone() async throws {
        try await ServedCommittee.serving { network in
            let (path, bytes) = try network.file(100_000)
            let stored = try await network.client().put(path)
            _ = try await network.client(deviceSeed: 2).get(stored.id, to: network.path("out"))
            #expect(try network.read("out") == bytes)
        }
    }

    @Test func readsPastTwoSilentNodesAndOneThatFlipsBytesAndNamesThem() async throws {
        try await ServedCommittee.serving { network in
            let (path, bytes) = try network.file(6_000_000)
            let stored = try await network.client().put(path)
            await network.kill(0)
            await network.kill(3)
            try network.flip(.fragment, of: 5)
            let got = try await network.client().get(stored.id, to: network.path("out"))
            #expect(try network.read("out") == bytes)
            #expect(Set(got.faults.map(\.node.moniker)) == ["operator-1", "community-1", "community-3"])
            let liar = got.faults.first { $0.node.moniker == "community-3" }
            guard case .lied = liar?.problem else { return #expect(Bool(false), "\(got.faults)") }
        }
    }

    @Test func readsPastOneOperatorAndTwoCommunityNodes() async throws {
        try await ServedCommittee.serving { network in
            let (path, bytes) = try network.file(1_000_000)
            let stored = try await network.client().put(path)
            for node in [2, 4, 7] { await network.kill(node) }
            let got = try await network.client().get(stored.id, to: network.path("out"))
            #expect(try network.read("out") == bytes && got.faults.count == 3)
        }
    }

    @Test func changedShareAndManifestAreNamed() async throws {
        try await ServedCommittee.serving { network in
            let (path, bytes) = try network.file(50_000)
            let stored = try await network.client().put(path)
            try network.flip(.share, of: 1, at: 40)
            try network.flip(.manifest, of: 6, at: 30)
            let got = try await network.client().get(stored.id, to: network.path("out"))
            #expect(try network.read("out") == bytes)
            #expect(got.faults.map(\.node.moniker).sorted() == ["community-4", "operator-2"])
        }
    }

    @Test func belowThresholdsIsAClearRefusalThatLeavesNoFile() async throws {
        try await ServedCommittee.serving { network in
            let (path, _) = try network.file(300_000)
            let stored = try await network.client().put(path)
            await network.kill(0)
            await network.kill(1)
            await #expect {
                try await network.client().get(stored.id, to: network.path("out"))
            } throws: { error in
                guard case .belowShareThreshold(1, 2, 5, 3, let faults)? = error as? VaultError else { return false }
                return Set(faults.map(\.node.moniker)) == ["operator-1", "operator-2"]
            }
            #expect(!network.exists("out"))
        }
    }

    @Test func tooFewFragmentsIsAClearRefusal() async throws {
        try await ServedCommittee.serving { network in
            let (path, _) = try network.file(300_000)
            let stored = try await network.client().put(path)
            for node in [0, 3, 4, 7] { try network.flip(.fragment, of: node, at: 9) }
            await #expect {
                try await network.client().get(stored.id, to: network.path("out"))
            } throws: { error in
                guard case .belowFragmentThreshold(0, 4, 5, let faults)? = error as? VaultError else { return false }
                return faults.count == 4
            }
            #expect(!network.exists("out"))
        }
    }

    @Test func putNeedsOnlyThresholdsAndNamesWhoHoldsNothing() async throws {
        try await ServedCommittee.serving { network in
            await network.kill(1)
            await network.kill(6)
            let (path, bytes) = try network.file(200_000)
            let stored = try await network.client().put(path)
            #expect(stored.receipts.count == 6)
            #expect(stored.faults.map(\.node.moniker) == ["operator-2", "community-4"])
            _ = try await network.client().get(stored.id, to: network.path("out"))
            #expect(try network.read("out") == bytes)
        }
    }

    @Test func putBelowThresholdsIsRefused() async throws {
        try await ServedCommittee.serving { network in
            for node in [3, 4, 5] { await network.kill(node) }
            let (path, _) = try network.file(1000)
            await #expect(throws: VaultError.self) { try await network.client().put(path) }
        }
    }

    @Test func healthShowsWhatIsLeft() async throws {
        try await ServedCommittee.serving { network in
            let (path, _) = try network.file(6_000_000)
            let stored = try await network.client().put(path)
            let sound = try await network.client().health(stored.id)
            #expect(sound.nodes.allSatisfy(\.isSound) && sound.isReadable)
            #expect((sound.spareOperators, sound.spareCommunity, sound.spareFragments) == (1, 2, 3))
            await network.kill(0)
            await network.kill(4)
            try network.flip(.fragment, of: 5)
            let left = try await network.client().health(stored.id)
            #expect((left.spareOperators, left.spareCommunity, left.spareFragments) == (0, 1, 0) && left.isReadable)
            #expect(Set(left.nodes.filter { !$0.isSound }.map(\.moniker)) == ["operator-1", "community-2", "community-3"])
            await network.kill(1)
            #expect(try await !network.client().health(stored.id).isReadable)
        }
    }

    // MARK: What the thresholds and the root are for

    @Test func everyCommunityDiskAndTheWalletWithoutOperatorsReadNothing() async throws {
        try await ServedCommittee.serving { network in
            let (path, _) = try network.file(10_000)
            let stored = try await network.client { $0.isRecoverable = true }.put(path)
            for node in 0..<3 { await network.kill(node) }
            await #expect {
                try await network.client().get(stored.id, to: network.path("out"))
            } throws: { error in
                guard case .belowShareThreshold(0, 2, 5, 3, _)? = error as? VaultError else { return false }
                return true
            }
        }
    }

    /// Whoever has all of one class's disks and the whole wallet, and tries all that the disks give, holds half a secret.
    @Test func oneClassOfDisksWithTheWholeWalletDoesNotMakeTheKeyAndBothDo() async throws {
        try await ServedCommittee.serving { network in
            let (path, _) = try network.file(10_000)
            let stored = try await network.client().put(path)
            let committee = try #require(
                VaultCommittee(keyID: stored.id, nodes: network.chain.spec.encryptionNodes, parameters: network.chain.spec.parameters))
            func halves(_ indices: Range<Int>, _ class: Committee) throws -> [UInt8] {
                let shares = try indices.map { index in
                    let bytes = try #require(try network.served[index].store.get(.share, stored.id.bytes))
                    let dealt = try StoredShare(rlp: bytes).dealt
                    return Share(slot: dealt.slot, bytes: dealt.share)
                }
                return try ShamirDecoder(committee: `class`).decode(shares).secret
            }
            let (operators, community) = (try halves(0..<3, committee.shape.operators), try halves(3..<8, committee.shape.community))
            let sealed = try #require(try network.served[4].store.get(.manifest, stored.id.bytes))
            let manifest = try VaultManifest(sealed: sealed, stored.id, keys: try network.keys(root: network.root))
            func fits(_ secret: [UInt8], bound: Bool = true) throws -> Bool {
                let material = try #require(KeyMaterial(secret))
                let key = bound ? material.bound(to: network.root.permutationKey, id: stored.id) : material
                return manifest.commitment.matches(key, id: stored.id)
            }
            #expect(try !fits(community) && !fits(operators) && !fits(community, bound: false) && !fits(operators, bound: false))
            let both = zip(operators, community).map { $0 ^ $1 }
            #expect(try !fits(both, bound: false))
            #expect(try fits(both))
        }
    }

    @Test func everyOperatorDiskAndTheWalletWithoutCommunityReadNothing() async throws {
        try await ServedCommittee.serving { network in
            let (path, _) = try network.file(10_000)
            let stored = try await network.client().put(path)
            for node in 3..<8 { await network.kill(node) }
            await #expect(throws: VaultError.self) { try await network.client().get(stored.id, to: network.path("out")) }
        }
    }

    @Test func everyDiskWithoutTheClientRootReadsNothing() async throws {
        try await ServedCommittee.serving { network in
            let (path, bytes) = try network.file(10_000)
            let stored = try await network.client().put(path)
            await #expect(throws: VaultError.rootMissing) {
                try await network.client(root: .some(nil)).get(stored.id, to: network.path("out"))
            }
            let other = ClientRoot([UInt8](repeating: 9, count: 128))
            await #expect(throws: VaultError.wrongRoot) {
                try await network.client(root: .some(other)).get(stored.id, to: network.path("out"))
            }
            // Recoverable vaults do without it.
            let open = try await network.client { $0.isRecoverable = true }.put(path)
            _ = try await network.client(root: .some(nil)).get(open.id, to: network.path("out"))
            #expect(try network.read("out") == bytes)
            #expect(!open.label.isRootBound && stored.label.isRootBound)
        }
    }

    @Test func strangerReadsNothing() async throws {
        try await ServedCommittee.serving { network in
            let (path, _) = try network.file(1000)
            let stored = try await network.client().put(path)
            await #expect(throws: VaultError.self) {
                try await network.client(owner: Address(low: 0xbad), deviceSeed: 3).get(stored.id, to: network.path("out"))
            }
            let unknown = KeyID(genesis: network.chain.genesis, height: 99, index: 99)
            await #expect(throws: VaultError.unknownVault(unknown)) {
                try await network.client().get(unknown, to: network.path("out"))
            }
        }
    }
}
