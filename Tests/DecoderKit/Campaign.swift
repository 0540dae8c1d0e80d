import Primitives
import TestKit

/// Feeds changed inputs into decoders; a seed fixes all of them.
package enum Campaign {
    package struct Totals: Sendable, CustomStringConvertible {
        package var inputs = 0
        package var accepted = 0
        package var slowest = Duration.zero

        package var description: String { "\(inputs) inputs, \(accepted) accepted, slowest \(slowest)" }
    }

    /// What a round of this size may cost.
    package enum Size: Sendable {
        case inputs(Int)
        case time(Duration)
    }

    /// Runs the corpus as it is, which must be accepted, and then changed inputs.
    package static func run(_ decoder: Decoder, size: Size, seed: UInt64) throws -> Totals {
        var totals = Totals()
        for input in decoder.corpus {
            guard try decoder.run(input) else {
                throw Decoder.Broken(description: "\(decoder.name) refuses the valid \(Hex.encode(input.prefix(200)))")
            }
        }
        var mutation = Mutation(random: SeededGenerator(seed: seed))
        let (clock, start) = (ContinuousClock(), ContinuousClock.now)
        while true {
            switch size {
            case .inputs(let count): if totals.inputs >= count { return totals }
            case .time(let limit): if start.duration(to: .now) >= limit { return totals }
            }
            let input = mutation.input(from: decoder.corpus)
            var isAccepted = false
            let duration = try clock.measure { isAccepted = try decoder.run(input) }
            totals.inputs += 1
            totals.accepted += isAccepted ? 1 : 0
            totals.slowest = max(totals.slowest, duration)
        }
    }
}
