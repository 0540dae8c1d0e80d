import ChainTypes
import Execution
import Primitives

/// What identifies a genesis and what it holds, for people to compare.
public struct GenesisSummary: Hashable, Sendable {
    /// Envelope hash of the genesis block: what votes and proofs of keys are bound to.
    public let genesisHash: Hash
    /// Ethereum's hash of the genesis block's header.
    public let blockHash: Hash
    /// Keccak-256 of the chain spec, the genesis file.
    public let specHash: Hash
    public let document: GenesisDocument

    public init(_ spec: ChainSpec) throws {
        let block = try Genesis.build(spec).block
        (genesisHash, blockHash, specHash, document) = (block.id, block.blockHash, spec.hash, GenesisDocument(spec))
    }

    public var lines: [(name: String, value: String)] {
        let totals = document.totals
        func amount(_ wei: UInt256?) -> String { wei.map { QST.format($0) + " QST" } ?? "too much" }
        return [
            ("genesis hash", genesisHash.hex), ("block hash", blockHash.hex), ("spec hash", specHash.hex),
            ("name", Members.short(document.name)), ("chain id", "\(document.chainID)"), ("time", GenesisText.time(document.timeMilliseconds)),
            ("validators", "\(document.validators.count), \(amount(totals?.validatorStakes)) at stake"),
            ("encryption nodes",
                "\(document.count(of: .operator)) operator, \(document.count(of: .community)) community, \(amount(totals?.nodeStakes)) at stake"),
            ("accounts", "\(document.allocations.count), \(amount(totals?.allocated))"),
            ("locked", "\(document.vesting.count), \(amount(totals?.vesting))"), ("supply", amount(totals?.all)),
        ]
    }

    /// Everything that a person may look for, one fact a line.
    public var text: String {
        var lines = lines.map { $0.name.padded(18) + $0.value }
        lines += document.validators.map { "validator  \(Members.short($0.node.moniker))  \($0.node.address.hex)  \(Members.short($0.node.endpoint))  power \($0.node.power)" }
        lines += document.encryptionNodes.map {
            "\("\($0.node.nodeClass)".padded(11))\(Members.short($0.node.moniker))  \($0.node.address.hex)  \(Members.short($0.node.endpoint))  \($0.node.capacityGiB) GiB"
        }
        lines += document.parameterTexts.map { $0.name.padded(32) + $0.text }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
