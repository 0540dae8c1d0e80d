import ChainTypes
import Primitives

/// `eth_simulateV1`: calls in pretended blocks after a real one.
enum SimulationMethods {
    /// Blocks that one call may pretend, those in gaps between given numbers included.
    static let maximumBlocks: UInt64 = 256

    static let table: [String: RPCMethod] = [
        "eth_simulateV1": .read(.long) { reader, parameters in
            let options = try parameters.required(0)
            guard options.isObject else { throw RPCFailure.invalidParameters("invalid argument 0: expected an object") }
            let full = try options.flag("returnFullTransactions")
            let number = try parameters.block(1, reader)
            guard let parent = try reader.header(number) else { throw RPCFailure.headerNotFound }
            guard let given = options["blockStateCalls"]?.asArray, !given.isEmpty else {
                throw RPCFailure.invalidParameters("empty input")
            }
            var request = SimulationRequest(blocks: try blocks(given, after: parent.header))
            request.validates = try options.flag("validation")
            request.tracesTransfers = try options.flag("traceTransfers")
            let simulated = try reader.simulate(request, after: number) { parameters.time.isUp }
            return .array(simulated.map { shape($0, full: full) })
        }
    ]

    /// Numbers and times rise by one where they are not given; gaps are filled with empty blocks.
    private static func blocks(_ given: [JSONValue], after parent: Header) throws -> [SimulationRequest.Block] {
        guard given.count <= maximumBlocks else { throw tooMany }
        var (blocks, number, timestamp): ([SimulationRequest.Block], UInt64, UInt64) = ([], parent.number, parent.timestamp)
        for item in given {
            guard item.isObject else { throw RPCFailure.invalidParameters("invalid blockStateCalls: expected an object") }
            var overrides = CallOverrides()
            if let block = item["blockOverrides"], block != .null { try overrides.readBlock(block) }
            if let accounts = item["stateOverrides"], accounts != .null { try overrides.readAccounts(accounts) }
            let wanted = overrides.number ?? number + 1
            guard wanted > number else {
                throw RPCFailure(
                    code: -38020, message: "block numbers must be in order: \(wanted) <= \(number)", reason: "invalidBlockNumber")
            }
            guard wanted - parent.number <= maximumBlocks else { throw tooMany }
            while number + 1 < wanted {
                (number, timestamp) = (number + 1, timestamp + 1)
                blocks.append(.init(number: number, timestamp: timestamp))
            }
            let time = overrides.timestamp ?? timestamp + 1
            guard time > timestamp else {
                throw RPCFailure(
                    code: -38021, message: "block timestamps must be in order: \(time) <= \(timestamp)", reason: "invalidBlockTimestamp")
            }
            // Blocks count in milliseconds, which must fit.
            guard time < 1 << 50 else { throw RPCFailure.invalidParameters("invalid time: too far") }
            (number, timestamp) = (wanted, time)
            blocks.append(.init(number: number, timestamp: timestamp, overrides: overrides, calls: try calls(item["calls"])))
        }
        return blocks
    }

    private static let tooMany = RPCFailure(code: -38026, message: "too many blocks", reason: "tooManyBlocks")

    private static func calls(_ value: JSONValue?) throws -> [SimulationRequest.Call] {
        guard let value, value != .null else { return [] }
        guard let items = value.asArray else { throw RPCFailure.invalidParameters("invalid calls: expected an array") }
        return try items.map { item in
            let request = try CallRequest(item)
            let nonce = try item["nonce"].flatMap { $0 == .null ? nil : try Field.number($0, "nonce") }
            return .init(request: request, nonce: nonce)
        }
    }

    // MARK: Shape

    private static func shape(_ simulated: SimulatedBlock, full: Bool) -> JSONValue {
        var firstLog = 0
        let calls = zip(simulated.block.transactions, simulated.calls).enumerated().map { index, pair -> JSONValue in
            defer { firstLog += pair.1.logs.count }
            return call(pair.1, pair.0.hash, simulated.block.sealed, index, firstLog)
        }
        guard case .object(let members) = BlockJSON.block(simulated.block, full: full) else { return .null }
        return .object(members + [.init("calls", .array(calls))])
    }

    private static func call(_ call: SimulatedBlock.Call, _ hash: Hash, _ sealed: SealedHeader, _ index: Int, _ firstLog: Int) -> JSONValue
    {
        let logs = call.logs.enumerated().map { offset, log in
            ReceiptJSON.log(log, transaction: hash, in: sealed, index: index, logIndex: firstLog + offset)
        }
        var (output, failure): ([UInt8], JSONValue?) = ([], nil)
        switch call.outcome {
        case .returned(let data): output = data
        case .reverted(let data):
            let reverted = RPCFailure.reverted(data)
            output = data
            failure = ["code": 3, "message": .string(reverted.message), "data": .data(data)]
        case .failed(let message): failure = ["code": -32015, "message": .string(message)]
        }
        let members: [JSONValue.Member] = [
            .init("returnData", .data(output)), .init("logs", .array(logs)), .init("gasUsed", .quantity(call.gasUsed)),
            .init("maxUsedGas", .quantity(call.maximumGasUsed)), .init("status", failure == nil ? "0x1" : "0x0"),
        ]
        return .object(members + (failure.map { [.init("error", $0)] } ?? []))
    }
}

extension JSONValue {
    /// A boolean member; false where there is none.
    fileprivate func flag(_ name: String) throws(RPCFailure) -> Bool {
        switch self[name] {
        case nil, .null: return false
        case .bool(let flag): return flag
        default: throw .invalidParameters("invalid \(name): expected a boolean")
        }
    }
}
