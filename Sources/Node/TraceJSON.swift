import ChainTypes
import EVM
import Primitives
import RPCServer
import Tracers

/// Traces in geth's shapes.
enum TraceJSON {
    static func steps(_ log: StructLogger, _ result: TracedResult, gasUsed: UInt64) -> JSONValue {
        let output = result.fault == nil || result.fault == .revert ? result.output : []
        return [
            "gas": .integer(Int64(gasUsed)), "failed": .bool(result.fault != nil), "returnValue": .data(output),
            "structLogs": .array(log.entries.map(step)),
        ]
    }

    private static func step(_ entry: StructLogger.Entry) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("pc", .integer(Int64(entry.position))), .init("op", .string(entry.operation)), .init("gas", .integer(Int64(entry.gas))),
            .init("gasCost", .integer(Int64(entry.gasCost))), .init("depth", .integer(Int64(entry.depth))),
        ]
        if entry.refund > 0 { members.append(.init("refund", .integer(Int64(entry.refund)))) }
        if let error = entry.error { members.append(.init("error", .string(error))) }
        if let stack = entry.stack { members.append(.init("stack", .array(stack.map { .quantity($0) }))) }
        if !entry.memory.isEmpty {
            let words = stride(from: 0, to: entry.memory.count, by: 32).map { JSONValue.data(Array(entry.memory[$0..<$0 + 32])) }
            members.append(.init("memory", .array(words)))
        }
        if let storage = entry.storage {
            let slots = storage.map { JSONValue.Member(Hash($0.slot).hex, .string(Hash($0.value).hex)) }
            members.append(.init("storage", .object(slots.sorted { $0.name < $1.name })))
        }
        if !entry.returnData.isEmpty { members.append(.init("returnData", .data(entry.returnData))) }
        return .object(members)
    }

    static func call(_ entry: CallTracer.Entry) -> JSONValue {
        let (call, result) = (entry.call, entry.result)
        var members: [JSONValue.Member] = [
            .init("from", .string(call.from.hex)), .init("gas", .quantity(call.gas)), .init("gasUsed", .quantity(result.gasUsed)),
        ]
        // A creation that failed made nothing.
        if !(call.kind.isCreation && result.fault != nil) { members.append(.init("to", .string(call.to.hex))) }
        members.append(.init("input", .data(call.input)))
        if !result.output.isEmpty, result.fault == nil || result.fault == .revert { members.append(.init("output", .data(result.output))) }
        if let fault = result.fault {
            members.append(.init("error", .string(fault.description)))
            if fault == .revert, let reason = RevertReason.decode(result.output) { members.append(.init("revertReason", .string(reason))) }
        }
        if !entry.calls.isEmpty { members.append(.init("calls", .array(entry.calls.map(Self.call)))) }
        if !entry.logs.isEmpty { members.append(.init("logs", .array(entry.logs.map(log)))) }
        if call.kind != .staticCall { members.append(.init("value", .quantity(call.value))) }
        members.append(.init("type", .string(call.kind.rawValue)))
        return .object(members)
    }

    private static func log(_ entry: CallTracer.LogEntry) -> JSONValue {
        [
            "address": .string(entry.log.address.hex), "topics": .array(entry.log.topics.map { .string($0.hex) }),
            "data": .data(entry.log.data), "index": .quantity(entry.index), "position": .quantity(entry.position),
        ]
    }
}
