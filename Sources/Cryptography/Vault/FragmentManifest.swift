import Primitives

/// What rebuilds erasure-coded data and tells which fragment is not the one stored.
public struct FragmentManifest: Hashable, Sendable, RLPCodable {
    public let dataCount: Int
    /// Bytes of the data.
    public let dataLength: UInt64
    /// Keccak-256 of every fragment, in order.
    public let digests: [Hash]

    /// Rebuilt data, and the fragments whose bytes were not those that were stored.
    public struct Rebuilt: Hashable, Sendable {
        public let data: [UInt8]
        public let wrongIndices: [Int]
    }

    /// Describes the fragments that a code made of `dataLength` bytes.
    public init(code: ReedSolomon, fragments: [ReedSolomon.Fragment], dataLength: Int) {
        precondition(fragments.map(\.index) == Array(0..<code.totalCount), "every fragment in order")
        dataCount = code.dataCount
        self.dataLength = UInt64(dataLength)
        digests = fragments.map { Keccak256.hash($0.bytes) }
    }

    /// The data of any `dataCount` true fragments; false ones are set aside and named.
    public func rebuild(_ fragments: [ReedSolomon.Fragment]) throws(ReedSolomon.Failure) -> Rebuilt {
        let code = try ReedSolomon(dataCount: dataCount, totalCount: digests.count)
        guard let length = Int(exactly: dataLength) else { throw .invalidCounts }
        if let foreign = fragments.first(where: { !digests.indices.contains($0.index) }) {
            throw .foreignFragment(foreign.index)
        }
        let isTrue = fragments.map { Keccak256.hash($0.bytes) == digests[$0.index] }
        let intact = zip(fragments, isTrue).filter { $1 }.map { $0.0 }
        let wrong = zip(fragments, isTrue).filter { !$1 }.map { $0.0.index }
        return Rebuilt(data: try code.reconstruct(intact, dataLength: length), wrongIndices: wrong.sorted())
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list { writer in
            writer.append(dataCount)
            writer.append(dataLength)
            writer.append(list: digests)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        let parts = try reader.readList { (reader: inout RLPReader) throws(RLPError) -> (Int, UInt64, [Hash]) in
            let count = try reader.readInt(atMost: ReedSolomon.maximumCount)
            let length = try reader.readUInt64()
            return (count, length, try reader.readList(of: Hash.self, maximum: ReedSolomon.maximumCount))
        }
        (dataCount, dataLength, digests) = parts
        guard (try? ReedSolomon(dataCount: dataCount, totalCount: digests.count)) != nil else { throw .invalidValue }
    }
}
