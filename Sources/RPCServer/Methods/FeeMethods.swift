import ChainTypes
import Primitives

/// What a transaction should offer.
package enum FeeMethods {
    static let maximumBlocks: UInt64 = 1024
    static let maximumPercentiles = 100
    /// A tip is suggested of at least this much, in wei per gas.
    package static let minimumTip = QST.gwei / 100
    /// And of at most this much, whatever others pay.
    package static let maximumTip = QST.gwei * 500
    /// The suggestion looks back over this many blocks.
    static let tipBlocks: UInt64 = 10

    static let table: [String: RPCMethod] = [
        "eth_gasPrice": .read { reader, _ in
            let (base, tip) = (try reader.nextBaseFee(), try suggestedTip(reader))
            return .quantity(base.checkedAdd(tip) ?? .max)
        },
        "eth_maxPriorityFeePerGas": .read { reader, _ in .quantity(try suggestedTip(reader)) },
        "eth_baseFee": .read { reader, _ in .quantity(try reader.nextBaseFee()) },
        "eth_blobBaseFee": .read { _, _ in "0x1" },
        "eth_feeHistory": .read(.long) { reader, parameters in try history(reader, parameters) },
    ]

    /// The median of what it took to get into recent blocks: nothing where a tenth of the gas was left, else the lowest tip. One who pays
    /// much into blocks with room says nothing about that, and wallets that follow the suggestion would keep it alive.
    private static func suggestedTip(_ reader: any ChainReader) throws -> UInt256 {
        let head = try reader.headNumber()
        return suggestedTip(
            try ((head >= tipBlocks ? head - tipBlocks + 1 : 0)...head).compactMap { number in
                guard let header = try reader.header(number)?.header else { return nil }
                guard header.gasUsed > header.gasLimit - header.gasLimit / 10 else { return .zero }
                return try tips(number, baseFee: header.baseFeePerGas, reader).map(\.tip).min() ?? .zero
            })
    }

    /// - Parameter needed: what it took to get into each of the blocks, in wei per gas.
    package static func suggestedTip(_ needed: [UInt256]) -> UInt256 {
        let sorted = needed.sorted()
        return min(maximumTip, max(minimumTip, sorted.isEmpty ? .zero : sorted[(sorted.count - 1) / 2]))
    }

    private static func tips(_ number: UInt64, baseFee: UInt256, _ reader: any ChainReader) throws -> [(tip: UInt256, gas: UInt64)] {
        let receipts = (try reader.receipts(number) ?? []).filter { !$0.isOfBlock }
        return receipts.map { ($0.effectiveGasPrice.checkedSubtract(baseFee) ?? .zero, $0.gasUsed) }
    }

    private static func history(_ reader: any ChainReader, _ parameters: RPCParameters) throws -> JSONValue {
        let wanted = min(try blockCount(parameters.required(0)), maximumBlocks)
        let newest = try newestBlock(parameters, reader)
        let percentiles = try percentiles(parameters.optional(2))
        guard wanted > 0 else { return ["oldestBlock": "0x0", "gasUsedRatio": []] }
        let oldest = newest - min(newest, wanted - 1)
        var (fees, ratios, rewards): ([JSONValue], [JSONValue], [JSONValue]) = ([], [], [])
        for number in oldest...newest {
            try parameters.time.check()
            guard let header = try reader.header(number)?.header else { throw RPCFailure.headerNotFound }
            fees.append(.quantity(header.baseFeePerGas))
            ratios.append(.number(header.gasLimit == 0 ? 0 : Double(header.gasUsed) / Double(header.gasLimit)))
            guard !percentiles.isEmpty else { continue }
            rewards.append(try rewardsAt(percentiles, number, header, reader))
        }
        fees.append(.quantity(try reader.header(newest + 1)?.header.baseFeePerGas ?? reader.nextBaseFee()))
        var members: [JSONValue.Member] = [
            .init("oldestBlock", .quantity(oldest)), .init("baseFeePerGas", .array(fees)), .init("gasUsedRatio", .array(ratios)),
            .init("baseFeePerBlobGas", .array(fees.map { _ in "0x1" })), .init("blobGasUsedRatio", .array(ratios.map { _ in 0 })),
        ]
        if !percentiles.isEmpty { members.append(.init("reward", .array(rewards))) }
        return .object(members)
    }

    /// Tips at the percentiles of a block's gas, cheapest first.
    private static func rewardsAt(_ percentiles: [Double], _ number: UInt64, _ header: Header, _ reader: any ChainReader) throws
        -> JSONValue
    {
        let tips = try tips(number, baseFee: header.baseFeePerGas, reader).sorted { $0.tip < $1.tip }
        guard var current = tips.first else { return .array(percentiles.map { _ in "0x0" }) }
        var (rest, gas) = (tips.dropFirst(), current.gas)
        return .array(
            percentiles.map { percentile in
                // Whole gas, as geth counts.
                let threshold = (Double(header.gasUsed) * percentile / 100).rounded(.down)
                while Double(gas) < threshold, let next = rest.popFirst() {
                    current = next
                    gas += next.gas
                }
                return .quantity(current.tip)
            })
    }

    private static func newestBlock(_ parameters: RPCParameters, _ reader: any ChainReader) throws -> UInt64 {
        _ = try parameters.required(1)
        if case .number(let number) = try parameters.selector(1) {
            let head = try reader.headNumber()
            guard number <= head else {
                throw RPCFailure(message: "request beyond head block: requested \(number), head \(head)", reason: "blockNotFound")
            }
        }
        return try parameters.block(1, reader)
    }

    /// geth takes the count as a quantity, in decimal, and as a number.
    private static func blockCount(_ value: JSONValue) throws -> UInt64 {
        if case .integer(let count) = value, let count = UInt64(exactly: count) { return count }
        if let text = value.asString, let count = UInt64(text) { return count }
        return try Field.number(value, "argument 0")
    }

    private static func percentiles(_ value: JSONValue?) throws -> [Double] {
        guard let value else { return [] }
        let invalid = RPCFailure.invalidParameters("invalid argument 2: percentiles must rise strictly from 0 to 100")
        guard let items = value.asArray, items.count <= maximumPercentiles else { throw invalid }
        let percentiles = try items.map { item -> Double in
            switch item {
            case .integer(let whole): Double(whole)
            case .number(let number): number
            default: throw invalid
            }
        }
        guard percentiles.allSatisfy({ (0...100).contains($0) }), zip(percentiles, percentiles.dropFirst()).allSatisfy(<)
        else { throw invalid }
        return percentiles
    }
}
