/// Unique decoding of shares as words of a generalised Reed–Solomon code.
///
/// It works on syndromes, which depend on the errors alone: nothing it branches on depends on the secret. Byte by byte it
/// corrects `e` errors among `m` shares when `2e ≤ m − t`: Berlekamp–Massey finds the locator (Massey 1969), trying
/// all points its roots, and a product formula the errors' values (Forney 1965).
struct ErrorLocator<Field: BinaryField> {
    /// The points of the shares at hand: distinct and not zero.
    private let points: [UInt8]
    private let inverses: [UInt8]
    /// Number of syndromes: shares beyond the threshold.
    private let excess: Int
    /// `weights[i]` makes the sums of `weights[i] · value[i] · points[i]^l`, `l < excess`, vanish for every polynomial.
    private let weights: [UInt8]

    init(points: [UInt8], threshold: Int) {
        self.points = points
        inverses = points.map { Field.inverse($0) }
        excess = points.count - threshold
        weights = points.indices.map { index in
            let product = points.indices.reduce(1 as UInt8) {
                $1 == index ? $0 : Field.multiply($0, points[index] ^ points[$1])
            }
            return Field.inverse(product)
        }
    }

    /// The values with their errors taken out and the indices of those that had any; nil when some byte has too many errors.
    func correct(_ values: [[UInt8]]) -> (values: [[UInt8]], wrong: [Int])? {
        let syndromes = self.syndromes(of: values)
        var corrected = values
        var isWrong = [Bool](repeating: false, count: points.count)
        for column in 0..<(values.first?.count ?? 0) {
            let syndrome = syndromes.map { $0[column] }
            guard syndrome.contains(where: { $0 != 0 }) else { continue }
            guard let errors = errors(of: syndrome) else { return nil }
            for (index, value) in errors {
                corrected[index][column] ^= value
                isWrong[index] = true
            }
        }
        return (corrected, isWrong.indices.filter { isWrong[$0] })
    }

    private func syndromes(of values: [[UInt8]]) -> [[UInt8]] {
        var scales = weights
        return (0..<excess).map { _ in
            var sum = [UInt8](repeating: 0, count: values.first?.count ?? 0)
            for index in points.indices {
                Field.addScaled(values[index], by: scales[index], to: &sum)
                scales[index] = Field.multiply(scales[index], points[index])
            }
            return sum
        }
    }

    /// Index and value of every error in one byte; nil when there are more than can be told apart.
    private func errors(of syndrome: [UInt8]) -> [(index: Int, value: UInt8)]? {
        let locator = shortestRecurrence(of: syndrome)
        let degree = locator.count - 1
        guard 2 * degree <= excess else { return nil }
        let roots = points.indices.filter { evaluate(locator, at: inverses[$0]) == 0 }
        guard roots.count == degree else { return nil }
        let evaluator = (0..<degree).map { power in
            (0...power).reduce(0 as UInt8) { $0 ^ Field.multiply(locator[$1], syndrome[power - $1]) }
        }
        return roots.map { index in
            var divisor = weights[index]
            for other in roots where other != index {
                divisor = Field.multiply(divisor, 1 ^ Field.multiply(points[other], inverses[index]))
            }
            return (index, Field.multiply(evaluate(evaluator, at: inverses[index]), Field.inverse(divisor)))
        }
    }

    /// Berlekamp–Massey: the locator `1 + c_1 z + … + c_L z^L` of the shortest recurrence, with `L + 1` coefficients.
    private func shortestRecurrence(of sequence: [UInt8]) -> [UInt8] {
        var current = [1 as UInt8] + [UInt8](repeating: 0, count: sequence.count)
        var (previous, previousDiscrepancy, gap, length) = (current, 1 as UInt8, 1, 0)
        for index in sequence.indices {
            let discrepancy = (0...length).reduce(0 as UInt8) {
                $0 ^ Field.multiply(current[$1], sequence[index - $1])
            }
            guard discrepancy != 0 else {
                gap += 1
                continue
            }
            let saved = current
            let factor = Field.multiply(discrepancy, Field.inverse(previousDiscrepancy))
            for power in gap..<current.count { current[power] ^= Field.multiply(factor, previous[power - gap]) }
            if 2 * length <= index {
                (length, previous, previousDiscrepancy, gap) = (index + 1 - length, saved, discrepancy, 1)
            } else {
                gap += 1
            }
        }
        return Array(current[...length])
    }

    private func evaluate(_ polynomial: [UInt8], at x: UInt8) -> UInt8 {
        polynomial.reversed().reduce(0) { Field.multiply($0, x) ^ $1 }
    }
}
