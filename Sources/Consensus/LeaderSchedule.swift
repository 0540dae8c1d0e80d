import ChainTypes
import Cryptography
import Primitives

/// Who leads which view of an epoch: a weighted rotation that favours decentralisation.
///
/// In one cycle every validator leads at least once, and none more than four times as often as a
/// validator of average stake. Turns are spread by smooth weighted round-robin; where the cycle begins
/// depends on genesis and epoch.
public struct LeaderSchedule: Sendable {
    /// Turns for average stake: enough that rounding moves nobody's part by more than a sixteenth of that.
    static let averageTurns: UInt64 = 8
    static let maximumTurns = 4 * averageTurns

    private let cycle: [Int]
    private let offset: UInt64

    public init(genesis: Hash, epoch: UInt64, validators: ValidatorSet) {
        let turns = validators.validators.map { validator in
            let scale = UInt256(2 * Self.averageTurns * UInt64(validators.count))
            let halves = UInt256(validator.power) * scale / UInt256(validators.totalPower)
            return min(max((halves.limb0 + 1) / 2, 1), Self.maximumTurns)
        }
        let total = turns.reduce(0, +)
        var credit = [Int64](repeating: 0, count: turns.count)
        cycle = (0..<total).map { _ in
            for index in turns.indices { credit[index] += Int64(turns[index]) }
            let leader = credit.indices.max { (credit[$0], -$0) < (credit[$1], -$1) } ?? 0
            credit[leader] -= Int64(total)
            return leader
        }
        var seed = genesis.bytes
        seed.append(bigEndian: epoch)
        offset = Keccak256.hash(seed).number.limb0 % total
    }

    /// Views until the rotation repeats.
    public var viewsPerCycle: UInt64 { UInt64(cycle.count) }

    /// Index of the validator that leads a view.
    public func leader(of view: UInt64) -> Int { cycle[Int((view % viewsPerCycle + offset) % viewsPerCycle)] }
}
