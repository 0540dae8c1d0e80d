import ChainTypes
import Cryptography
import Foundation
import KeyService
import LightClient
import NIOPosix
import Networking
import Primitives
import StoreAPI
import Synchronization
import SystemContracts
import Vault
import VaultTestKit

/// The shipped key services of eight nodes, each with a store and a socket of its own, and a client's wallet.
final class ServedCommittee: Sendable {
    final class Served: Sendable {
        let identity: NodeIdentity
        let store = MemoryStore()
        let service = Mutex<KeyServiceShell?>(nil)
        let server = Mutex<SecureServer?>(nil)
        /// Milliseconds.
        let clock = Mutex<UInt64>(0)
        /// What the host of the service makes of its answers.
        let tamper = Mutex<(@Sendable ([UInt8]) -> [UInt8])?>(nil)

        init(_ index: Int) throws { identity = try NodeIdentity(seed: Keccak256.hash([0xab, UInt8(index)]).bytes) }
    }

    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let served: [Served]
    let chain: FixtureChain
    let root: ClientRoot
    let folder: URL

    /// Runs a body with a committee, and closes it whatever happens.
    static func serving(_ body: (ServedCommittee) async throws -> Void) async throws {
        let committee = try await ServedCommittee()
        do { try await body(committee) } catch {
            await committee.close()
            throw error
        }
        await committee.close()
    }

    init() async throws {
        let served = try (0..<8).map { try Served($0) }
        self.served = served
        var nodes: [EncryptionNode] = []
        for (index, one) in served.enumerated() {
            let server = try await SecureServer.start(
                host: "127.0.0.1", port: 0, identity: one.identity, group: group
            ) { [weak one] key, bytes in
                guard let one else { return [] }
                let answer = Self.answer(one, key, bytes)
                return one.tamper.withLock { $0?(answer) } ?? answer
            }
            one.server.withLock { $0 = server }
            nodes.append(
                EncryptionNode(
                    address: Address(low: 0x7000 + UInt32(index)), nodeClass: index < 3 ? .operator : .community, nodeKey: one.identity.publicKey,
                    endpoint: "127.0.0.1:\(server.port)", capacityGiB: 10,
                    moniker: index < 3 ? "operator-\(index + 1)" : "community-\(index - 2)"))
        }
        chain = try FixtureChain(nodes: nodes, operators: 3, community: 5)
        guard let root = ClientRoot((0..<128).map { UInt8($0) }) else { throw FixtureChain.FixtureError() }
        self.root = root
        folder = FileManager.default.temporaryDirectory.appending(path: "vault-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for index in served.indices { try restart(index) }
        setClocks(chain.now)
    }

    func setClocks(_ milliseconds: UInt64) {
        for one in served { one.clock.withLock { $0 = milliseconds } }
    }

    private static func answer(_ one: Served, _ key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        guard let service = one.service.withLock({ $0 }) else { return KeyService.storageFailure }
        return service.answer(
            bytes, from: key, now: one.clock.withLock { $0 },
            draw: { EntropyDraw(bytes: Self.random($0), sources: EntropyRecord(sources: ["kernel"], physicalBits: 0)) },
            sign: { try one.identity.sign($0, context: KeyReceipt.signingContext) })
    }

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        while bytes.count < count { bytes.append(bigEndian: generator.next()) }
        return Array(bytes.prefix(count))
    }

    func client(
        owner: Address = Address(low: 0xa11ce), deviceSeed: UInt8 = 1, root: ClientRoot?? = nil,
        change: (inout VaultOptions) -> Void = { _ in }
    ) throws -> VaultClient {
        var options = VaultOptions()
        change(&options)
        let keys = try keys(owner: owner, deviceSeed: deviceSeed, root: root ?? self.root)
        let entropy = VaultEntropy {
            Self.random($0)
        } rating: { _ in EntropyRecord(sources: ["kernel"], physicalBits: 0) }
        let follower = ChainFollower(LightClient(genesis: chain.genesis, validators: chain.spec.validators))
        let network = VaultNetwork(genesis: chain.genesis, parameters: chain.spec.parameters, follower: follower)
        return VaultClient(
            chain: FixtureGateway(committee: self, owner: owner), network: network, keys: keys, entropy: entropy, group: group,
            options: options)
    }

    func keys(owner: Address = Address(low: 0xa11ce), deviceSeed: UInt8 = 1, root: ClientRoot?) throws -> VaultKeys {
        try VaultKeys(
            owner: owner, deviceSeed: Keccak256.hash([0xde, deviceSeed]).bytes, manifestSecret: [UInt8](repeating: 5, count: 32),
            root: root)
    }

    /// A file of pseudorandom bytes.
    func file(_ size: Int, name: String = "letter.bin") throws -> (path: String, bytes: [UInt8]) {
        let bytes = SHAKE256.squeeze(count: size, from: [7])
        let path = folder.appending(path: name)
        try Data(bytes).write(to: path)
        return (path.path, bytes)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: folder.appending(path: name)) }

    func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: name))) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// Closes a node's socket.
    func kill(_ index: Int) async { await served[index].server.withLock { $0 }?.stop() }

    /// Flips a bit of everything a node has stored in a column.
    func flip(_ column: Column, of index: Int, at byte: Int = 0) throws {
        var batch = WriteBatch()
        for entry in try served[index].store.scan(column, limit: 1000) {
            var value = entry.value
            value[byte] ^= 0x40
            batch.put(column, entry.key, value)
        }
        try served[index].store.commit(batch, durable: true)
    }

    /// All that a node keeps of vaults: values by column and key.
    func contents(of indices: [Int]) throws -> [String: [UInt8]] {
        var all: [String: [UInt8]] = [:]
        for index in indices {
            for column in [Column.share, .fragment] {
                for entry in try served[index].store.scan(column, limit: 1000) { all["\(index) \(column) \(entry.key)"] = entry.value }
            }
        }
        return all
    }

    /// Empties a node's disk and starts it again.
    func wipe(_ index: Int) throws {
        var batch = WriteBatch()
        for column in [Column.share, .fragment, .manifest] {
            for entry in try served[index].store.scan(column, limit: 1000) { batch.delete(column, entry.key) }
        }
        try served[index].store.commit(batch, durable: true)
        try restart(index)
    }

    func forgetNodeLists(_ index: Int) throws {
        var batch = WriteBatch()
        let kept = try served[index].store.scan(.local, prefix: Array("keyservice/nodes/".utf8), limit: 10)
        for entry in kept { batch.delete(.local, entry.key) }
        try served[index].store.commit(batch, durable: true)
    }

    func restart(_ index: Int) throws {
        let one = served[index]
        let configuration = KeyService.Configuration(spec: chain.spec, genesis: chain.genesis, nodeKey: one.identity.publicKey, capacityGiB: 10)
        let service = KeyServiceShell(try KeyService(configuration, store: one.store), store: one.store)
        one.service.withLock { $0 = service }
    }

    func close() async {
        for index in served.indices { await kill(index) }
        try? FileManager.default.removeItem(at: folder)
        try? await group.shutdownGracefully()
    }
}

/// The fixture's chain as a client sees it.
struct FixtureGateway: ChainGateway {
    let committee: ServedCommittee
    let owner: Address

    func transact(to contract: Address, value: UInt256, data: [UInt8]) async throws -> [Log] {
        guard contract == KeyRegistry.address else { throw FixtureChain.FixtureError() }
        let logs = try committee.chain.call(KeyRegistry.self, from: owner, value: value, data).logs
        committee.setClocks(committee.chain.now)
        return logs
    }

    func finality() async throws -> FinalityProof { try committee.chain.finality() }
    func epochChanges(from epoch: UInt64) async throws -> [EpochChange] { [] }

    func proof(_ address: Address, slots: [Hash], at block: UInt64) async throws -> StateProof {
        try committee.chain.proof(address, slots: slots, at: block)
    }

    func encryptionNodes() async throws -> [EncryptionNode] { committee.chain.nodes }
}
