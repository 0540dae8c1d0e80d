import ChainTypes
import Primitives
import Replica

/// How far the chain is, by the word of validators: anyone may say any height, but not with their power.
package struct ValidatorHeights: Sendable {
    private var powers: [Hash: UInt64] = [:]
    /// Of validators only.
    private var heights: [Hash: UInt64] = [:]

    package init() {}

    /// From now on these are the validators.
    package mutating func follow(_ validators: ValidatorSet) {
        let named = validators.validators.map { (PeerName.of(nodeKey: $0.nodeKey), $0.power) }
        powers = Dictionary(named) { first, _ in first }
        heights = heights.filter { powers[$0.key] != nil }
    }

    package mutating func learn(_ height: UInt64, of peer: Hash) {
        if powers[peer] != nil { heights[peer] = height }
    }

    package mutating func forget(_ peer: Hash) { heights[peer] = nil }

    /// The greatest height that validators of more than a third of the power say they have, so that an honest one is
    /// among them; 0 where so many are not heard of.
    package var attested: UInt64 {
        let total = powers.values.reduce(0, +)
        var power: UInt64 = 0
        for (peer, height) in heights.sorted(by: { ($0.value, $0.key) > ($1.value, $1.key) }) {
            power += powers[peer] ?? 0
            if 3 * power > total { return height }
        }
        return 0
    }
}
