import EVM
import EthereumFixtures
import Precompiles
import Primitives
import Testing
import Tracers

/// Calls as a tree.
@Suite struct CallTracerTests {
    private func trace(
        _ code: [UInt8], gas: UInt64 = 100_000, change: (inout CallTracer.Options) -> Void = { _ in }
    ) throws -> CallTracer.Entry {
        var options = CallTracer.Options()
        change(&options)
        var tracer: any Tracer = CallTracer(options, maximumBytes: 1 << 20)
        _ = try CodeRun(code: code, input: [7], gas: gas, fork: .osaka).run(tracing: &tracer)
        return try #require((tracer as? CallTracer)?.root)
    }

    @Test func theMessageItself() throws {
        let root = try trace([0x00])
        #expect(root.call.kind == .call)
        #expect(root.call.from == CodeRun.caller)
        #expect(root.call.to == CodeRun.contract)
        #expect(root.call.input == [7])
        #expect(root.call.gas == 100_000)
        #expect(root.result.gasUsed == 0)
    }

    @Test func aMessageToNobodysCode() throws {
        var tracer: any Tracer = CallTracer(maximumBytes: 1 << 20)
        _ = try CodeRun(code: [], input: [7], gas: 10, fork: .osaka).run(tracing: &tracer)
        #expect((tracer as? CallTracer)?.root?.result.gasUsed == 0)
    }

    @Test func precompiledContractsAreCallsToo() throws {
        // STATICCALL(1000 gas, identity, 32 bytes)
        let root = try trace([0x5f, 0x5f, 0x60, 32, 0x5f, 0x60, 4, 0x61, 3, 0xe8, 0xfa])
        let call = try #require(root.calls.first)
        #expect(call.call.kind == .staticCall)
        #expect(call.call.to == Address(low: 4))
        #expect(call.call.gas == 1000)
        #expect(call.result.gasUsed == 18)
        #expect(call.result.output.count == 32)
    }

    @Test func creationGivesItsCode() throws {
        // CREATE of init code that returns one zero byte: 60 01 5f f3.
        let root = try trace([0x63, 0x60, 0x01, 0x5f, 0xf3, 0x5f, 0x52, 0x60, 4, 0x60, 28, 0x5f, 0xf0])
        let creation = try #require(root.calls.first)
        #expect(creation.call.kind == .create)
        #expect(creation.call.from == CodeRun.contract)
        #expect(creation.call.input == [0x60, 0x01, 0x5f, 0xf3])
        #expect(creation.result.output == [0])
        #expect(creation.result.fault == nil)
    }

    @Test func whatAFailedCallLoggedIsGone() throws {
        // LOG0, then a call to itself that would log and ends in INVALID at the second level.
        let code: [UInt8] = [0x5f, 0x5f, 0xa0, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x61, 0x0f, 0xff, 0xf1, 0x5f, 0x5f, 0xa0]
        let root = try trace(code, gas: 30_000) { $0.withLogs = true }
        #expect(root.logs.map(\.index) == [0, 1])
        #expect(root.logs.map(\.position) == [0, 1])
        #expect(root.calls.first?.result.fault == .outOfGas)
        #expect(root.calls.first?.logs.isEmpty == true)
    }

    @Test func topCallOnly() throws {
        let root = try trace([0x5f, 0x5f, 0x60, 32, 0x5f, 0x60, 4, 0x61, 3, 0xe8, 0xfa]) { $0.onlyTopCall = true }
        #expect(root.calls.isEmpty)
    }

    @Test func selfDestructionIsACall() throws {
        let root = try trace([0x33, 0xff])
        #expect(root.calls.first?.call.kind == .selfDestruct)
        #expect(root.calls.first?.call.to == CodeRun.caller)
    }
}
