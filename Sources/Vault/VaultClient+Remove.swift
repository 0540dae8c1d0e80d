import Cryptography
import KeyService
import Primitives
import SystemContracts

/// A vault that its owner has given up.
public struct RemovedVault: Sendable {
    public let id: KeyID
    /// How many nodes of the committee hold nothing any more.
    public let clearedNodes: Int
    /// Nodes that may still hold their part. Removing again asks them again.
    public let faults: [NodeFault]
}

extension VaultClient {
    /// Gives a vault up: the registry marks its key as removed, for good, and the nodes delete what they hold.
    ///
    /// Nodes give no part of a removed key to anyone, once they are shown a header that says so. That a node really deletes
    /// cannot be proven: what it once held counts as known to whoever controls it.
    public func remove(_ id: KeyID) async throws -> RemovedVault {
        try await linkDevice()
        var key = try await registry.key(id)
        if !key.record.isRemoved {
            _ = try await chain.transact(to: KeyRegistry.address, value: .zero, data: KeyRegistry.removeKeyCall(key: id.hash))
            key = try await registry.key(id, nodes: key.nodes)
            guard key.record.isRemoved else { throw VaultError.chainNotProven("the removal of the key") }
        }
        let committee = try await openCommittee(key)
        defer { committee.close() }
        let cleared = try await committee.ask { token, _ in .remove(token: token) } read: { answer, _ in answer == .removed ? true : nil }
        return RemovedVault(id: id, clearedNodes: cleared.count, faults: committee.faults)
    }
}
