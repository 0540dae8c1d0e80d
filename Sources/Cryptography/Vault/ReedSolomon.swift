import CErasure
import Primitives

/// A systematic erasure code over GF(2^8): `dataCount` fragments are the data, cut, and any `dataCount` of all
/// `totalCount` give it back.
///
/// Parity rows form a Cauchy matrix, every square part of which is invertible (Blömer et al. 1995): entry (i, j) is
/// `1 / (x_i + y_j)` with `y_j = j` and `x_i = dataCount + i`. Fragments are checked by digest before they are used, so erasures
/// are all there is to correct. Data here is ciphertext: tables and branches may depend on it.
public struct ReedSolomon: Hashable, Sendable {
    public static let maximumCount = 255
    public let dataCount: Int
    public let totalCount: Int

    /// Why data cannot be rebuilt.
    public enum Failure: Error, Hashable, Sendable {
        /// Not 1 ≤ data ≤ total ≤ 255.
        case invalidCounts
        case foreignFragment(Int)
        case duplicateFragment(Int)
        case wrongLength(index: Int)
        case tooFewFragments(have: Int, need: Int)
    }

    /// One node's part of the data.
    public struct Fragment: Hashable, Sendable {
        public let index: Int
        public let bytes: [UInt8]

        public init(index: Int, bytes: [UInt8]) { (self.index, self.bytes) = (index, bytes) }
    }

    public init(dataCount: Int, totalCount: Int) throws(Failure) {
        guard dataCount >= 1, dataCount <= totalCount, totalCount <= Self.maximumCount else { throw .invalidCounts }
        (self.dataCount, self.totalCount) = (dataCount, totalCount)
    }

    /// Bytes of each fragment of `dataLength` bytes: that over `dataCount`, rounded up.
    public func fragmentByteCount(dataLength: Int) -> Int { dataLength / dataCount + (dataLength % dataCount > 0 ? 1 : 0) }

    /// All fragments in order; the data is padded with zeros. Holds everything in memory: long data goes stripe by stripe.
    public func encode(_ data: [UInt8]) -> [Fragment] {
        let length = fragmentByteCount(dataLength: data.count)
        let sources = (0..<dataCount).map { index in
            var part = Array(data[min(index * length, data.count)..<min((index + 1) * length, data.count)])
            part.append(contentsOf: repeatElement(0, count: length - part.count))
            return part
        }
        let parity = (dataCount..<totalCount).map { combine(sources, weights: row($0)) }
        return (sources + parity).enumerated().map { Fragment(index: $0, bytes: $1) }
    }

    /// The data of any `dataCount` intact fragments; more are ignored.
    public func reconstruct(_ fragments: [Fragment], dataLength: Int) throws(Failure) -> [UInt8] {
        let sources = try dataFragments(from: fragments, length: fragmentByteCount(dataLength: dataLength))
        var data: [UInt8] = []
        data.reserveCapacity(dataLength)
        for source in sources { data.append(contentsOf: source.prefix(dataLength - data.count)) }
        return data
    }

    /// The fragment at `index`, made anew from any `dataCount` others.
    public func repair(_ index: Int, from fragments: [Fragment]) throws(Failure) -> Fragment {
        guard (0..<totalCount).contains(index) else { throw .foreignFragment(index) }
        let sources = try dataFragments(from: fragments, length: fragments.first?.bytes.count ?? 0)
        return Fragment(index: index, bytes: index < dataCount ? sources[index] : combine(sources, weights: row(index)))
    }

    private func dataFragments(from fragments: [Fragment], length: Int) throws(Failure) -> [[UInt8]] {
        var present = [[UInt8]?](repeating: nil, count: totalCount)
        for fragment in fragments {
            guard present.indices.contains(fragment.index) else { throw .foreignFragment(fragment.index) }
            guard present[fragment.index] == nil else { throw .duplicateFragment(fragment.index) }
            guard fragment.bytes.count == length else { throw .wrongLength(index: fragment.index) }
            present[fragment.index] = fragment.bytes
        }
        let chosen = present.indices.filter { present[$0] != nil }.prefix(dataCount)
        guard chosen.count == dataCount else { throw .tooFewFragments(have: chosen.count, need: dataCount) }
        let sources = chosen.compactMap { present[$0] }
        if chosen.last == dataCount - 1 { return sources }
        let inverse = ErasureMatrix.inverse(chosen.map { row($0) })
        return (0..<dataCount).map { present[$0] ?? combine(sources, weights: inverse[$0]) }
    }

    /// How the fragment at `index` depends on the data fragments.
    private func row(_ index: Int) -> [UInt8] {
        (0..<dataCount).map { column in
            index < dataCount ? (index == column ? 1 : 0) : GF256.inverse(UInt8(index) ^ UInt8(column))
        }
    }

    private func combine(_ sources: [[UInt8]], weights: [UInt8]) -> [UInt8] {
        var sum = [UInt8](repeating: 0, count: sources.first?.count ?? 0)
        for (source, weight) in zip(sources, weights) where weight != 0 { ErasureMatrix.add(source, times: weight, to: &sum) }
        return sum
    }
}

/// Arithmetic of the erasure code, with tables.
package enum ErasureMatrix {
    /// For every constant, its products with 0…15 and with 0, 16, …, 240.
    private static let products: [[UInt8]] = (0...255).map { constant in
        (0..<16).map { GF256.multiply(constant, $0) } + (0..<16).map { GF256.multiply(constant, $0 << 4) }
    }

    package static func add(_ source: [UInt8], times constant: UInt8, to target: inout [UInt8]) {
        precondition(source.count == target.count, "rows of one length")
        target.withUnsafeMutableBufferPointer { target in
            guard let base = target.baseAddress else { return }
            cerasure_multiply_add(base, source, source.count, products[Int(constant)])
        }
    }

    /// Gauss–Jordan elimination.
    /// - Precondition: the matrix is square and invertible.
    static func inverse(_ matrix: [[UInt8]]) -> [[UInt8]] {
        let count = matrix.count
        var rows = matrix.enumerated().map { index, row in row + (0..<count).map { $0 == index ? 1 : 0 } }
        for column in 0..<count {
            guard let pivot = (column..<count).first(where: { rows[$0][column] != 0 }) else {
                preconditionFailure("every square part of a Cauchy matrix is invertible")
            }
            rows.swapAt(column, pivot)
            var scaled = [UInt8](repeating: 0, count: 2 * count)
            add(rows[column], times: GF256.inverse(rows[column][column]), to: &scaled)
            rows[column] = scaled
            for row in 0..<count where row != column && rows[row][column] != 0 {
                add(scaled, times: rows[row][column], to: &rows[row])
            }
        }
        return rows.map { Array($0[count...]) }
    }
}
