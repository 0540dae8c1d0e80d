import ChainTypes
import Cryptography
import KeyService
import Primitives
import StoreAPI
import SystemContracts
import Testing
import Vault
import VaultTestKit
import WorldState

/// Mending, removing, and finding vaults again after the network has changed.
@Suite(.serialized) struct VaultCareTests {
    // MARK: The manifest

    @Test func phraseWithoutTheRootOpensNoNameAndNothingMadeFromTheKey() async throws {
        try await ServedCommittee.serving { network in
            let (path, _) = try network.file(1000, name: "secret-name.pdf")
            let bound = try await network.client().put(path)
            let open = try await network.client { $0.isRecoverable = true }.put(path)
            func stored(_ id: KeyID) throws -> [UInt8] { try #require(try network.served[0].store.get(.manifest, id.bytes)) }
            let (with, without) = (try network.keys(root: network.root), try network.keys(root: nil))
            let other = try network.keys(root: ClientRoot([UInt8](repeating: 9, count: 128)))
            #expect(throws: ManifestFailure.rootMissing) { try VaultManifest(sealed: stored(bound.id), bound.id, keys: without) }
            #expect(throws: ManifestFailure.wrongRoot) { try VaultManifest(sealed: stored(bound.id), bound.id, keys: other) }
            #expect(try VaultManifest(sealed: stored(bound.id), bound.id, keys: with).label == bound.label)
            #expect(try VaultManifest(sealed: stored(open.id), open.id, keys: without).label == open.label)
            // A manifest is good for its own vault only.
            #expect(throws: ManifestFailure.foreign) { try VaultManifest(sealed: stored(open.id), bound.id, keys: with) }
        }
    }

    // MARK: Mending

    @Test func nodesThatMissedAPutGetTheShareThatWasDealtToThem() async throws {
        try await ServedCommittee.serving { network in
            let (path, bytes) = try network.file(3_000_000)
            let stored = try await network.client().put(path)
            let before = try network.contents(of: [1, 6])
            for node in [1, 6] { try network.wipe(node) }
            let refreshed = try await network.client().refresh(stored.id)
            #expect(refreshed.mended == ["operator-2", "community-4"] && refreshed.faults.isEmpty)
            #expect(try network.contents(of: [1, 6]) == before)
            // Now those who were there before may go.
            for node in [0, 3, 4] { await network.kill(node) }
            _ = try await network.client().get(stored.id, to: network.path("out"))
            #expect(try network.read("out") == bytes)
        }
    }

    @Test func refreshOfASoundVaultChangesNothingAndALiarIsNamed() async throws {
        try await ServedCommittee.serving { network in
            let (path, _) = try network.file(10_000)
            let stored = try await network.client().put(path)
            #expect(try await network.client().refresh(stored.id).mended.isEmpty)
            try network.flip(.fragment, of: 5)
            try network.wipe(2)
            let refreshed = try await network.client().refresh(stored.id)
            #expect(refreshed.mended == ["operator-3"] && refreshed.faults.map(\.node.moniker) == ["community-3"])
        }
    }

    @Test func belowThresholdsOrFromAnotherDeviceNothingIsDealtAgain() async throws {
        try await ServedCommittee.serving { network in
            let (path, _) = try network.file(10_000)
            let stored = try await network.client().put(path)
            try network.wipe(0)
            await #expect(throws: VaultError.notTheDealer) { try await network.client(deviceSeed: 2).refresh(stored.id) }
            try network.wipe(1)
            await #expect(throws: VaultError.self) { try await network.client().refresh(stored.id) }
            #expect(try network.served[0].store.get(.share, stored.id.bytes) == nil)
        }
    }

    // MARK: Removing

    @Test func removedVaultIsGoneFromEveryNodeAndStaysUnreadable() async throws {
        try await ServedCommittee.serving { network in
            let (path, _) = try network.file(3_000_000)
            let stored = try await network.client().put(path)
            await network.kill(7)
            let removed = try await network.client().remove(stored.id)
            #expect(removed.clearedNodes == 7 && removed.faults.map(\.node.moniker) == ["community-5"])
            for node in 0..<7 { #expect(try network.contents(of: [node]).isEmpty) }
            #expect(try !network.contents(of: [7]).isEmpty)
            await #expect(throws: VaultError.removed) { try await network.client().get(stored.id, to: network.path("out")) }
            // Asking again is no error.
            #expect(try await network.client().remove(stored.id).clearedNodes == 7)
            await #expect(throws: VaultError.self) { try await network.client(owner: Address(low: 0xbad)).remove(stored.id) }
        }
    }

    // MARK: Another node list

    @Test func vaultIsReadAfterTheNodeListChangedAndNodesMoved() async throws {
        try await ServedCommittee.serving { network in
            let (path, bytes) = try network.file(50_000)
            let stored = try await network.client().put(path)
            // Two members leave the list, a stranger joins, and the rest are listed in another order.
            var nodes = Array(network.chain.nodes.reversed()).filter { $0.moniker != "operator-1" && $0.moniker != "community-1" }
            var stranger = nodes[0]
            (stranger.moniker, stranger.nodeKey, stranger.endpoint) = ("stranger", [UInt8](repeating: 1, count: 1952), "127.0.0.1:1")
            nodes.append(stranger)
            // One says that it has moved, to where nobody listens: the new list is believed about endpoints.
            let moved = try #require(nodes.firstIndex { $0.moniker == "community-5" })
            nodes[moved].endpoint = "127.0.0.1:1"
            try network.chain.register(nodes)
            let got = try await network.client().get(stored.id, to: network.path("out"))
            #expect(try network.read("out") == bytes)
            #expect(got.faults.map(\.node.moniker) == ["community-5"])
        }
    }

    @Test func nodeListThatNobodyKeepsIsAClearRefusal() async throws {
        try await ServedCommittee.serving { network in
            let (path, _) = try network.file(1000)
            let stored = try await network.client().put(path)
            try network.chain.register(Array(network.chain.nodes.reversed()))
            for node in 0..<8 { try network.forgetNodeLists(node) }
            await #expect(throws: VaultError.nodeListUnknown) { try await network.client().get(stored.id, to: network.path("out")) }
        }
    }
}

@Suite struct KeyRegistryTests {
    private func registry() throws -> (chain: FixtureChain, owner: Address, device: Hash) {
        let (chain, owner, device) = (try FixtureChain(nodes: [], operators: 3, community: 5), Address(low: 0xa11ce), Keccak256.hash([1]))
        try chain.link(device, to: owner)
        return (chain, owner, device)
    }

    @Test(arguments: [(0, 0), (1, 1), (1 << 20, 1), (1 << 20 + 1, 2), (10 << 30, 10_240)] as [(UInt64, UInt64)])
    func feeGrowsWithEveryMiBThatIsBegun(size: UInt64, begun: UInt64) throws {
        let (chain, owner, device) = try registry()
        let fee = chain.spec.parameters.keyRequestFee + chain.spec.parameters.keyRequestFeePerMiB * UInt256(begun)
        #expect(chain.keyRequestFee(size: size) == fee)
        let asked = try chain.call(KeyRegistry.self, from: owner, ABI.call("fee(uint64)", [Hash(UInt256(size))]))
        #expect(asked.output == Hash(fee).bytes)
        let request = KeyRegistry.requestKeyCall(device: device, policy: AccessPolicy.ownerOnly, size: size)
        for wrong in [fee - .one, fee + .one] {
            #expect(throws: NativeFailure.revert("the payment is not the key request fee")) {
                try chain.call(KeyRegistry.self, from: owner, value: wrong, request)
            }
        }
        try chain.call(KeyRegistry.self, from: owner, value: fee, request)
    }

    @Test func feeBeyondAllNumbersIsNone() {
        #expect(KeyRegistry.fee(size: .max, base: .one, perMiB: UInt256(limbs: 0, 0, 0, .max)) == nil)
    }

    @Test func onlyTheOwnerRemovesAKeyAndOnlyOnce() throws {
        let (chain, owner, device) = try registry()
        let key = try chain.requestKey(owner, device: device, policy: AccessPolicy.ownerOnly, size: 1)
        let call = KeyRegistry.removeKeyCall(key: key.hash)
        #expect(throws: NativeFailure.revert("the key is not the caller's")) {
            try chain.call(KeyRegistry.self, from: Address(low: 0xbad), call)
        }
        #expect(throws: NativeFailure.revert("the key is not the caller's")) {
            try chain.call(KeyRegistry.self, from: owner, KeyRegistry.removeKeyCall(key: .zero))
        }
        let logs = try chain.call(KeyRegistry.self, from: owner, call).logs
        #expect(logs.map(\.topics) == [[KeyRegistry.keyRemoved, key.hash, owner.padded]])
        #expect(throws: NativeFailure.revert("the key is removed already")) { try chain.call(KeyRegistry.self, from: owner, call) }
    }
}
