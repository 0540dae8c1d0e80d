import ChainTypes
import Primitives

/// The peers that vote in an epoch, and how far the chain is by their word: anyone may say any height, but not with their power.
package struct ValidatorPeers: Sendable {
    private var powers: [Hash: UInt64] = [:]
    private(set) var heights: [Hash: UInt64] = [:]

    package init() {}

    /// From now on these are the validators.
    package mutating func follow(_ validators: ValidatorSet) {
        powers = Dictionary(validators.validators.map { (PeerName.of(nodeKey: $0.nodeKey), $0.power) }, uniquingKeysWith: +)
        heights = heights.filter { contains($0.key) }
    }

    package func contains(_ peer: Hash) -> Bool { powers[peer] != nil }

    var count: Int { powers.count }

    /// The peer says that its newest final block has this height; of those that do not vote it is not kept.
    package mutating func learn(_ height: UInt64, of peer: Hash) {
        if contains(peer) { heights[peer] = height }
    }

    package mutating func forget(_ peer: Hash) { heights[peer] = nil }

    /// The greatest height that validators of more than a third of the power say they have, so that an honest one is
    /// among them; 0 where so many are not heard of.
    package var attestedHeight: UInt64 {
        let total = powers.values.reduce(0, +)
        var power: UInt64 = 0
        for (peer, height) in heights.sorted(by: { ($0.value, $0.key) > ($1.value, $1.key) }) {
            power += powers[peer] ?? 0
            if 3 * power > total { return height }
        }
        return 0
    }
}
