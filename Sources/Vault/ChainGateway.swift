import ChainTypes
import Cryptography
import KeyService
import LightClient
import Primitives
import SystemContracts

/// What a vault needs of the chain. Nothing that it answers is believed without a proof.
public protocol ChainGateway: Sendable {
    /// Calls a contract from the owner's account and waits until that is final.
    /// - Returns: the events of the call.
    /// - Throws: `VaultError.refusedOnChain` when it reverted.
    func transact(to contract: Address, value: UInt256, data: [UInt8]) async throws -> [Log]
    /// The newest final header under its certificate.
    func finality() async throws -> FinalityProof
    /// What leads a light client on from an epoch, in order.
    func epochChanges(from epoch: UInt64) async throws -> [EpochChange]
    /// Proofs of slots in the state of a block.
    func proof(_ address: Address, slots: [Hash], at block: UInt64) async throws -> StateProof
    /// The registered nodes in the registry's order.
    func encryptionNodes() async throws -> [EncryptionNode]
}

/// What a client knows of the chain before it talks to anyone.
public struct VaultNetwork: Sendable {
    /// Envelope hash of the genesis block.
    public var genesis: Hash
    public var parameters: ChainParameters
    public var follower: ChainFollower

    public init(genesis: Hash, parameters: ChainParameters, follower: ChainFollower) {
        (self.genesis, self.parameters, self.follower) = (genesis, parameters, follower)
    }
}

/// A key's record, committee and the proofs that show them: checked here, and shown to the nodes again.
struct ProvenKey: Sendable {
    let keyID: KeyID
    let record: KeyRecord
    let committee: VaultCommittee
    let layout: VaultLayout
    let finality: FinalityProof
    let registry: StateProof
    /// Those that the committee came from.
    let nodes: [EncryptionNode]
    /// Where nodes are that have moved since then.
    let moved: [Hash: String]

    func endpoint(of seat: VaultCommittee.Seat) -> String { moved[seat.id] ?? seat.node.endpoint }
}

/// Reads the registry through a gateway that may lie.
struct RegistryReader: Sendable {
    let chain: any ChainGateway
    let network: VaultNetwork
    let owner: Address
    let device: Hash
    let finder: NodeListFinder

    /// The newest final header, its certificate verified.
    func head() async throws -> (header: SealedHeader, proof: FinalityProof) {
        try await network.follower.head(chain)
    }

    /// Proven values of registry slots in the newest final state.
    func values(_ slots: [Hash]) async throws -> [UInt256] {
        let (header, _) = try await head()
        let proof = try await chain.proof(KeyRegistry.address, slots: slots, at: header.number)
        guard proof.address == KeyRegistry.address else { throw VaultError.chainNotProven("another account's proof") }
        do {
            let values = try proof.verify(stateRoot: header.header.stateRoot)
            return try slots.map { slot in
                guard let value = values[slot] else { throw LightClientError.invalidStateProof("a slot is missing") }
                return value
            }
        } catch { throw VaultError.chainNotProven("\(error)") }
    }

    /// A key of this owner.
    /// - Parameter known: the nodes that its committee came from, where they have been found already.
    func key(_ keyID: KeyID, nodes known: [EncryptionNode]? = nil) async throws -> ProvenKey {
        let (header, finality) = try await head()
        let slots = KeyRecord.slots(keyID: keyID, owner: owner, device: device)
        let registry = try await chain.proof(KeyRegistry.address, slots: slots, at: header.number)
        let record: KeyRecord
        do { record = try KeyRecord(keyID: keyID, device: device, proof: registry, under: header) } catch .unknownKey {
            throw VaultError.unknownVault(keyID)
        } catch .invalidProof {
            // Another owner's key: the proof has a slot for this owner's device only.
            throw VaultError.chainNotProven("the registry's slots, or the vault belongs to another account")
        } catch { throw VaultError.chainNotProven("\(error)") }
        guard record.owner == owner else { throw VaultError.notTheOwner }
        let current = try await chain.encryptionNodes()
        let nodes = try await nodes(record.nodeSet, of: keyID, known: known, current: current)
        guard let committee = VaultCommittee(keyID: keyID, nodes: nodes, parameters: network.parameters) else {
            throw VaultError.tooFewNodesRegistered
        }
        guard let layout = VaultLayout(size: record.size, dataCount: committee.code.dataCount) else { throw VaultError.tooLarge }
        return ProvenKey(
            keyID: keyID, record: record, committee: committee, layout: layout, finality: finality, registry: registry, nodes: nodes,
            moved: nodes == current ? [:] : Dictionary(current.map { ($0.id, $0.endpoint) }) { $1 })
    }

    /// The list with this hash: the known one, the registry's, or one that a node kept.
    private func nodes(
        _ hash: Hash, of keyID: KeyID, known: [EncryptionNode]?, current: [EncryptionNode]
    ) async throws -> [EncryptionNode] {
        for list in [known, current] { if let list, NodeRegistry.setHash(of: list) == hash { return list } }
        // Few committees change when few nodes do: those who would hold the key now mostly hold it.
        let likely = VaultCommittee(keyID: keyID, nodes: current, parameters: network.parameters)?.seats.map(\.node) ?? []
        return try await finder.find(hash, askingInOrder: likely + current.filter { !likely.contains($0) })
    }
}
