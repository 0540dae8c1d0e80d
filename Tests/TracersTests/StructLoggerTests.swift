import EVM
import EthereumFixtures
import Foundation
import Precompiles
import Primitives
import TestKit
import Testing
import Tracers

/// Every instruction with what it saw and cost.
@Suite struct StructLoggerTests {
    private func trace(_ run: CodeRun, _ options: StructLogger.Options = .init()) throws -> (log: StructLogger, outcome: Outcome) {
        var tracer: any Tracer = StructLogger(options, maximumBytes: 1 << 26)
        let outcome = try run.run(tracing: &tracer)
        return (try #require(tracer as? StructLogger), outcome)
    }

    private func trace(_ code: [UInt8], gas: UInt64 = 100_000) throws -> StructLogger {
        try trace(CodeRun(code: code, input: [], gas: gas, fork: .osaka)).log
    }

    /// Ethereum's own example of a contract's creation; its init code follows from the trace.
    @Test(.enabled(if: Vectors.isExpected, "the official vectors are not here")) func officialTraceOfACreation() throws {
        let file = try #require(
            Vectors.files(under: "evm/rpc-compat/debug_traceTransaction", extension: "io").first { $0.lastPathComponent == "trace-contract-call.io" })
        let answer = try #require(String(contentsOf: file, encoding: .utf8).split(separator: "\n").first { $0.hasPrefix("<<") })
        let json = try #require(try JSONSerialization.jsonObject(with: Data(answer.dropFirst(3).utf8)) as? [String: Any])
        let result = try #require(json["result"] as? [String: Any])
        let code = try #require(Hex.decode(result["returnValue"] as? String ?? ""))
        let expected = try #require(result["structLogs"] as? [[String: Any]])
        let initCode: [UInt8] = [0x60, 0x0d, 0x38, 0x03, 0x80, 0x60, 0x0d, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3] + code
        let (log, outcome) = try trace(CodeRun(creating: initCode, gas: 23_644, fork: .osaka))
        #expect(outcome.succeeded)
        #expect(log.entries.count == expected.count)
        for (entry, wanted) in zip(log.entries, expected) {
            #expect(entry.position == wanted["pc"] as? Int)
            #expect(entry.operation == wanted["op"] as? String)
            #expect(entry.gas == wanted["gas"] as? UInt64)
            #expect(entry.gasCost == wanted["gasCost"] as? UInt64)
            #expect(entry.depth == wanted["depth"] as? Int)
            #expect(entry.stack?.map(\.quantity) == wanted["stack"] as? [String])
        }
    }

    @Test func memoryAndColdStorageAreInThePrice() throws {
        // SSTORE(0, 1), MSTORE(32, 1)
        let log = try trace([0x60, 1, 0x5f, 0x55, 0x60, 1, 0x60, 32, 0x52, 0x00])
        #expect(log.entries.map(\.operation) == ["PUSH1", "PUSH0", "SSTORE", "PUSH1", "PUSH1", "MSTORE", "STOP"])
        #expect(log.entries.map(\.gasCost) == [3, 2, 22_100, 3, 3, 9, 0])
        #expect(log.entries[2].storage?.map(\.value) == [1])
    }

    @Test func aCallsPriceHoldsWhatItHandsOn() throws {
        // STATICCALL(1000 gas, own address): the callee does the same with less, down to nothing.
        let code: [UInt8] = [0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x61, 0x03, 0xe8, 0xfa, 0x00]
        let log = try trace(code)
        let call = try #require(log.entries.first { $0.operation == "STATICCALL" })
        #expect(call.gasCost == 100 + 1000)
        #expect(log.entries.contains { $0.depth == 2 && $0.gas == 1000 })
    }

    @Test func anInstructionThatCannotBePaidSaysSo() throws {
        let log = try trace([0x5f, 0x5f, 0x55], gas: 100)
        #expect(log.entries.last?.error == "out of gas")
        #expect(try trace([0x01]).entries.last?.error == "stack underflow")
        // What the instruction itself decides is no refusal.
        #expect(try trace([0x5f, 0x5f, 0xfd]).entries.last?.error == nil)
    }

    @Test func bounds() throws {
        var options = StructLogger.Options()
        options.limit = 3
        #expect(try trace(CodeRun(code: [0x5b, 0x5f, 0x56], input: [], gas: 1000, fork: .osaka), options).log.entries.count == 3)
        var tracer: any Tracer = StructLogger(maximumBytes: 10_000)
        _ = try CodeRun(code: [0x5b, 0x5f, 0x56], input: [], gas: 1_000_000, fork: .osaka).run(tracing: &tracer)
        let log = try #require(tracer as? StructLogger)
        #expect(log.isTooLarge)
        #expect(log.entries.count < 100)
    }

    /// A watched run does what an unwatched one does, and prices add up.
    @Test(arguments: [1, 2, 3] as [UInt64]) func watchingChangesNothing(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        // Mostly instructions that go well together, with calls to precompiles and to the code itself.
        let parts: [[UInt8]] = [
            [0x5f], [0x60, 1], [0x60, 4], [0x61, 2, 0], [0x01], [0x03], [0x80], [0x81], [0x90], [0x52], [0x51], [0x55], [0x54], [0x30], [0x5a],
            [0x5f, 0x5f, 0x60, 32, 0x5f, 0x60, 4, 0x61, 4, 0, 0xfa], [0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x61, 9, 9, 0xf1],
            [0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x61, 7, 7, 0xf4], [0x5f, 0x5f, 0x5f, 0xf0], [0x60, 7, 0x60, 3, 0x5f, 0xf0], [0x5f, 0x5f, 0xa0],
            [0x50], [0x5f, 0x5f, 0xfd], [0x30, 0xff],
        ]
        for _ in 0..<300 {
            let code = (0..<Int.random(in: 1...40, using: &random)).flatMap { _ in parts[Int.random(in: parts.indices, using: &random)] }
            let run = CodeRun(code: code, input: [], gas: 60_000, fork: .osaka)
            let (log, outcome) = try trace(run)
            #expect(try run.run() == outcome, "seed \(seed)")
            expectPricesAddUp(log.entries, seed)
            var tracer: any Tracer = CallTracer(maximumBytes: 1 << 20)
            #expect(try run.run(tracing: &tracer) == outcome, "seed \(seed)")
            let root = try #require((tracer as? CallTracer)?.root)
            #expect(root.result.gasUsed == 60_000 - outcome.gasLeft)
            #expect(root.result.fault == outcome.fault)
        }
    }

    private func expectPricesAddUp(_ entries: [StructLogger.Entry], _ seed: UInt64) {
        for (entry, next) in zip(entries, entries.dropFirst()) where entry.depth == next.depth && entry.error == nil {
            guard !["CALL", "STATICCALL", "DELEGATECALL", "CREATE"].contains(entry.operation) else { continue }
            #expect(entry.gas - entry.gasCost == next.gas, "seed \(seed)")
        }
    }
}
