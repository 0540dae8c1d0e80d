import KeyService
import Primitives

/// What may be said of a vault's confidentiality, from how its key was made. Printed with every vault.
public struct VaultLabel: Hashable, Sendable, RLPCodable, CustomStringConvertible {
    /// Whether reading needs the client root besides the nodes.
    public var isRootBound: Bool
    /// The client's own entropy.
    public var client: EntropyRecord
    /// The entropy of committee members that contributed.
    public var contributors: [EntropyRecord]

    public init(isRootBound: Bool, client: EntropyRecord, contributors: [EntropyRecord]) {
        (self.isRootBound, self.client, self.contributors) = (isRootBound, client, contributors)
    }

    /// A contributor with this much physical min-entropy suffices alone.
    static let sufficientPhysicalBits: UInt64 = 1536
    static let kernelBits = 256

    private var all: [EntropyRecord] { [client] + contributors }
    private var physicalCount: Int { all.filter { $0.physicalBits >= Self.sufficientPhysicalBits }.count }

    /// Bits of entropy of the key while all contributors are honest: each kernel generator counts its seed.
    public var entropyBits: Int { physicalCount > 0 ? 1024 : min(1024, Self.kernelBits * all.count) }

    /// Whether the theorem's condition on entropy holds.
    public var meetsEntropyCondition: Bool { entropyBits >= 1024 }

    public var description: String {
        let kind = isRootBound ? "root-bound" : "recoverable"
        let level = switch (meetsEntropyCondition, isRootBound) {
        case (true, true): "504-bit against quantum attack in the ideal-permutation model, also against recorded traffic"
        case (true, false):
            "504-bit in the ideal-permutation model against stolen disks and the chain; "
                + "against recorded traffic the channel's NIST category 3 or 5"
        case (false, _): "at most \(entropyBits) bits, the entropy of kernel generators alone"
        }
        return "\(kind): \(level); \(entropyText)"
    }

    private var entropyText: String {
        let kernelOnly = all.count - physicalCount
        let condition = physicalCount > 0
            ? "holds while one physical source, or the generators of four contributors, are honest"
            : "counts 256 bits for each honest contributor"
        let sources = all.flatMap(\.sources).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return "entropy from this client and \(contributors.count) nodes (\(sources.joined(separator: ", "))): "
            + "\(physicalCount) with a physical source, \(kernelOnly) kernel only; \(condition)"
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(isRootBound)
            $0.append(client)
            $0.append(list: contributors)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            VaultLabel(
                isRootBound: try list.readBool(), client: try list.read(),
                contributors: try list.readList(of: EntropyRecord.self, maximum: 256))
        }
    }
}
