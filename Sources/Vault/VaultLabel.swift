import Cryptography
import KeyService
import Primitives

/// What may be said of a vault's confidentiality, from how its key and its client root were made. Printed with every vault.
public struct VaultLabel: Hashable, Sendable, RLPCodable, CustomStringConvertible {
    /// What reading needs besides the nodes.
    public enum Binding: Hashable, Sendable {
        /// Nothing.
        case recoverable
        /// The client root, with what it was made from; nil where the wallet does not know.
        case root(EntropyRecord?)
    }

    public var binding: Binding
    /// The client's own entropy.
    public var client: EntropyRecord
    /// The entropy of committee members that contributed.
    public var contributors: [EntropyRecord]

    public init(binding: Binding, client: EntropyRecord, contributors: [EntropyRecord]) {
        (self.binding, self.client, self.contributors) = (binding, client, contributors)
    }

    /// A contributor with this much physical min-entropy suffices alone.
    static let sufficientPhysicalBits: UInt64 = 1536
    static let kernelBits = 256
    static let fullBits = 1024

    /// Whether reading needs the client root besides the nodes.
    public var isRootBound: Bool { binding != .recoverable }

    private var all: [EntropyRecord] { [client] + contributors }
    private var physicalCount: Int { all.filter(Self.isPhysical).count }

    private static func isPhysical(_ record: EntropyRecord) -> Bool { record.physicalBits >= sufficientPhysicalBits }

    /// Bits of entropy of the network's key while all contributors are honest: each kernel generator counts its seed.
    public var entropyBits: Int { physicalCount > 0 ? Self.fullBits : min(Self.fullBits, Self.kernelBits * all.count) }

    /// Bits of entropy of the client root, which has to stand by itself against whoever knows the network's key; nil without a record.
    public var rootBits: Int? {
        guard case .root(let record?) = binding else { return nil }
        return Self.isPhysical(record) ? Self.fullBits : Self.kernelBits
    }

    /// Whether the theorem's condition on entropy holds for the network's key.
    public var meetsEntropyCondition: Bool { entropyBits >= Self.fullBits }

    public var description: String { "\(isRootBound ? "root-bound" : "recoverable"): \(level); \(entropyText)" }

    private var level: String {
        let stored = "\(Self.level(entropyBits)) against stolen disks and the chain; against recorded traffic "
        return switch binding {
        case .recoverable: stored + "the channel's NIST category 3 or 5"
        case .root(nil):
            stored + "no more than the channel's NIST category 3 or 5, since there is no record of what the client root was made from"
        // The lower of the two is said, also where the root alone would do better.
        case .root: min(entropyBits, rootBits ?? 0) >= Self.fullBits
            ? "504-bit against quantum attack in the ideal-permutation model, also against recorded traffic"
            : stored + Self.level(min(entropyBits, rootBits ?? 0))
        }
    }

    private static func level(_ bits: Int) -> String {
        bits >= fullBits ? "504-bit in the ideal-permutation model" : "at most \(bits) bits (kernel generators alone)"
    }

    private var entropyText: String {
        let kernelOnly = all.count - physicalCount
        let condition = physicalCount > 0
            ? "holds while one physical source, or the generators of four contributors, are honest"
            : "counts 256 bits for each honest contributor"
        let sources = all.flatMap(\.sources).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return "entropy from this client and \(contributors.count) nodes (\(sources.joined(separator: ", "))): "
            + "\(physicalCount) with a physical source, \(kernelOnly) kernel only; \(condition)"
            + (rootSources.map { "; client root from \($0.joined(separator: ", "))" } ?? "")
    }

    private var rootSources: [String]? {
        guard case .root(let record?) = binding else { return nil }
        return record.sources
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            switch binding {
            case .recoverable: $0.append(0 as UInt64)
            case .root(nil): $0.append(1 as UInt64)
            case .root(let record?):
                $0.append(2 as UInt64)
                $0.append(record)
            }
            $0.append(client)
            $0.append(list: contributors)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            let binding: Binding = switch try list.readInt(atMost: 2) {
            case 0: .recoverable
            case 1: .root(nil)
            default: .root(try list.read())
            }
            return VaultLabel(
                binding: binding, client: try list.read(),
                contributors: try list.readList(of: EntropyRecord.self, maximum: 256))
        }
    }
}
