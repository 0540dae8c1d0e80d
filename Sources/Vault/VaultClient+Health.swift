import Cryptography
import KeyService
import Primitives

/// What is left of a vault.
public struct VaultHealth: Sendable {
    public struct Node: Sendable {
        public let moniker: String
        public let isOperator: Bool
        /// Its share, manifest and fragments are those that were stored.
        public var isSound: Bool { fault == nil }
        public let fault: NodeFault?
    }

    public let id: KeyID
    public let name: String
    public let size: UInt64
    public let label: VaultLabel
    /// The committee, operators first.
    public let nodes: [Node]
    /// How many more losses the key survives in each class, and the data among all; below zero it cannot be read now.
    public let spareOperators, spareCommunity, spareFragments: Int

    public var isReadable: Bool { min(spareOperators, spareCommunity, spareFragments) >= 0 }
}

extension VaultClient {
    /// Asks every node for its share, its manifest and some fragments, and checks them.
    /// - Parameter stripes: how many stripes to sample, spread over the file.
    public func health(_ id: KeyID, stripes: UInt64 = 8) async throws -> VaultHealth {
        let committee = try await openForReading(id)
        defer { committee.close() }
        let manifest = try await readManifest(committee)
        let shares = try await readShares(manifest, committee)
        let (count, seats) = (committee.key.layout.stripeCount, committee.key.committee.seats)
        var sound = Set(committee.links.map(\.seat.index))
        for sample in 0..<min(stripes, count) {
            // The first, the last and some between.
            let stripe = stripes > 1 && count > stripes ? sample * (count - 1) / (stripes - 1) : sample
            sound.formIntersection(try await Self.readFragments(stripe, manifest, committee).map(\.index))
        }
        let (operators, shape) = (shares.filter(\.seat.isOperator).count, committee.key.committee.shape)
        let faults = committee.faults
        return VaultHealth(
            id: id, name: manifest.name, size: manifest.size, label: manifest.label,
            nodes: seats.map { seat in
                VaultHealth.Node(moniker: seat.node.moniker, isOperator: seat.isOperator, fault: faults.first { $0.node == seat.node })
            },
            spareOperators: operators - shape.operators.threshold,
            spareCommunity: shares.count - operators - shape.community.threshold,
            spareFragments: sound.count - committee.key.committee.code.dataCount)
    }
}
