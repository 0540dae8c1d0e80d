import Primitives

/// Weighted rendezvous hashing: every client orders the nodes for a key in the same way, a node comes first with a probability
/// proportional to its weight, and a node that joins or leaves moves only its own keys.
///
/// Thaler and Ravishankar 1998; the logarithmic weighting is Schindelhauer and Schomaker 2005. The node with the least `−log2(u) / weight`
/// comes first, `u` being uniform in (0, 1]: the first of independent exponential clocks of these rates. Integers only, so that
/// all machines agree: `−log2` has 48 fractional bits and quotients are compared by cross-multiplication.
public enum Rendezvous {
    /// A node that can be chosen. Weight 0 is never chosen.
    public struct Candidate: Hashable, Sendable {
        public let id: Hash
        public let weight: UInt64

        public init(id: Hash, weight: UInt64) { (self.id, self.weight) = (id, weight) }
    }

    /// Indices of the candidates of positive weight, the first choice first. Ties fall to the lower id.
    ///
    /// Cost: one Keccak-256 and 48 multiplications each, and a sort.
    public static func order(key: Hash, candidates: [Candidate]) -> [Int] {
        let prefix = DomainTag.rendezvous.bytes + key.bytes
        let ranked = candidates.enumerated().filter { $1.weight > 0 }.map { index, candidate in
            (index: index, candidate: candidate, score: score(prefix + candidate.id.bytes))
        }
        return ranked.sorted { a, b in
            let (left, right) = (a.score * UInt128(b.candidate.weight), b.score * UInt128(a.candidate.weight))
            return left == right ? (a.candidate.id, a.index) < (b.candidate.id, b.index) : left < right
        }.map(\.index)
    }

    /// The first `count` of `order`: fewer when fewer have weight.
    public static func choose(_ count: Int, key: Hash, candidates: [Candidate]) -> [Int] {
        Array(order(key: key, candidates: candidates).prefix(count))
    }

    private static func score(_ bytes: [UInt8]) -> UInt128 {
        UInt128(negativeLog2(Keccak256.hash(bytes).number.limb3))
    }

    /// `−log2((uniform + 1) / 2^64)` in units of 2^-48, rounded up: from 0 to 64 · 2^48.
    ///
    /// The integer part is the number's bit length. Each squaring of the remainder, in [1, 2), doubles its logarithm; passing two
    /// yields the next bit. Squares are cut to 63 fractional bits, an error below 2^-13 of the last place.
    package static func negativeLog2(_ uniform: UInt64) -> UInt64 {
        guard uniform < .max else { return 0 }
        let number = uniform + 1
        let integer = UInt64(63 - number.leadingZeroBitCount)
        var remainder = number << UInt64(number.leadingZeroBitCount)
        var logarithm = integer
        for _ in 0..<48 {
            let square = remainder.multipliedFullWidth(by: remainder)
            // 2.126 fixed point: its top bit tells whether the square has passed two.
            let bit = square.high >> 63
            remainder = bit == 1 ? square.high : square.high << 1 | square.low >> 63
            logarithm = logarithm << 1 | bit
        }
        return 64 << 48 - logarithm
    }
}
