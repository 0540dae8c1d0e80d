import ChainTypes
import Cryptography
import EVM
import Execution
import Primitives
import Testing
import WorldState

/// Blocks that are pretended one after the other.
@Suite struct SimulatedChainTests {
    let chain: TestChain
    let contract = Address(low: 0xc0de)
    let sender: Address

    init() throws {
        chain = try TestChain()
        sender = try chain.alice.address
    }

    private func simulation(
        validates: Bool = false, traces: Bool = false, gas: UInt64 = 60_000_000, bytes: Int = .max
    ) -> SimulatedChain {
        SimulatedChain(
            after: chain.head.block.header, state: chain.state,
            rules: .init(chainID: chain.spec.chainID, genesis: chain.genesis, validates: validates, tracesTransfers: traces), gas: gas,
            bytes: bytes)
    }

    private func context(_ simulation: SimulatedChain) -> BlockContext {
        BlockContext(
            chainID: chain.spec.chainID, genesis: chain.genesis, number: simulation.parent.number + 1,
            timestamp: simulation.parent.timestamp + 1, beneficiary: TestChain.proposer, gasLimit: TestChain.gasLimit,
            baseFee: simulation.nextBaseFee, prevRandao: .zero)
    }

    private func call(
        _ data: [UInt8] = [], wei: UInt256 = .zero, fee: UInt256 = .zero, gas: UInt64? = nil, nonce: UInt64? = nil
    ) -> SimulatedChain.Call {
        let transaction = UnsignedTransaction(
            chainID: chain.spec.chainID, sender: sender, nonce: 0, maxPriorityFeePerGas: .zero, maxFeePerGas: fee, gasLimit: 0,
            to: contract,
            value: wei, data: data, nextKeyCommitment: .zero)
        return .init(transaction, gas: gas, nonce: nonce)
    }

    /// Adds a block whose calls go to a contract with a code.
    private func add(
        _ calls: [SimulatedChain.Call], _ code: [UInt8]? = nil, to simulation: inout SimulatedChain
    ) throws(SimulationError) -> (header: Header, calls: [SimulatedChain.CallResult]) {
        let accounts = code.map { [contract: AccountOverride(code: $0)] } ?? [:]
        return try simulation.append(context(simulation), accounts: accounts, calls: calls) { false }
    }

    /// Adds one to slot 0 and returns the sum.
    private static let counter: [UInt8] = [0x5f, 0x54, 0x60, 1, 0x01, 0x80, 0x5f, 0x55, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]

    @Test func eachCallSeesWhatThoseBeforeLeft() throws {
        var simulation = simulation()
        let first = try add([call(), call()], Self.counter, to: &simulation)
        let second = try add([call()], to: &simulation)
        let outputs = (first.calls + second.calls).map { UInt256(bigEndian: $0.outcome.output[...]) }
        #expect(outputs == [1, 2, 3])
        #expect(second.header.parentHash == first.header.hash && second.header.number == first.header.number + 1)
        #expect(
            first.header.stateRoot != second.header.stateRoot && first.header.gasUsed == first.calls.map(\.receipt.gasUsed).reduce(0, +))
        #expect(try chain.state.account(contract) == nil)
    }

    /// Emits as many bytes as the first of its input says, and returns as many.
    private static let talker: [UInt8] = [0x5f, 0x35, 0x5f, 0x1a, 0x80, 0x5f, 0xa0, 0x5f, 0xf3]

    @Test func whatCallsReturnAndLogTogetherHasABound() throws {
        var simulation = simulation(bytes: 1000)
        let first = try add([call([250])], Self.talker, to: &simulation)
        #expect(first.calls[0].outcome.output.count == 250 && first.calls[0].logs.map(\.data.count) == [250])
        _ = try add([call([200])], to: &simulation)
        _ = try add([call([50])], to: &simulation)
        #expect(throws: SimulationError.answerTooLong) { try add([call([1])], to: &simulation) }
    }

    @Test func replacedStorageForgetsEarlierBlocks() throws {
        var simulation = simulation()
        _ = try add([call()], Self.counter, to: &simulation)
        let accounts = [contract: AccountOverride(storage: .replaced([Hash(UInt256(9)): 1]))]
        let next = try simulation.append(context(simulation), accounts: accounts, calls: [call()]) { false }
        #expect(next.calls.first?.outcome.output == Hash(UInt256(1)).bytes)
    }

    @Test func aPretendedBlockIsWhatARealOneWouldBe() throws {
        // The same calls with state roots from a block's own rules: nonces rise, fees are paid, history is written.
        var simulation = simulation(validates: true)
        let fee = QST.gwei * 10
        let made = try add([call(wei: 5, fee: fee), call(wei: 6, fee: fee)], to: &simulation)
        #expect(made.calls.map(\.transaction.body.nonce) == [0, 1])
        #expect(made.calls.allSatisfy { $0.receipt.effectiveGasPrice == made.header.baseFeePerGas && $0.receipt.gasUsed == 21_000 })
        let next = try add(
            [call([], nonce: 2)], Array([0x60, UInt8(made.header.number), 0x40, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]), to: &simulation,
            fee: fee)
        #expect(next.calls.first?.outcome.output == made.header.hash.bytes)  // BLOCKHASH
    }

    private func add(_ calls: [SimulatedChain.Call], _ code: [UInt8], to simulation: inout SimulatedChain, fee: UInt256)
        throws(SimulationError) -> (header: Header, calls: [SimulatedChain.CallResult])
    {
        try add(
            calls.map { call in
                var call = call
                call.transaction.maxFeePerGas = fee
                return call
            }, code, to: &simulation)
    }

    @Test func validationRefusesWhatABlockWould() throws {
        let fee = QST.gwei * 10
        let refusals: [(SimulatedChain.Call, (SimulationError) -> Bool)] = [
            (call(), { if case .refused(.feeBelowBaseFee, _) = $0 { true } else { false } }),
            (call(fee: fee, nonce: 1), { if case .nonceTooHigh = $0 { true } else { false } }),
            (call(wei: .max, fee: fee, gas: 21_000), { if case .refused(.insufficientFunds, _) = $0 { true } else { false } }),
            (call(fee: fee, gas: 20_000), { if case .refused(.intrinsicGas, _) = $0 { true } else { false } }),
            (call(fee: fee, gas: TestChain.gasLimit + 1), { if case .blockFull = $0 { true } else { false } }),
        ]
        for (call, isRight) in refusals {
            var simulation = simulation(validates: true)
            do {
                _ = try add([call], to: &simulation)
                Issue.record("\(call) was taken")
            } catch { #expect(isRight(error), "\(error)") }
        }
        var lenient = simulation()
        #expect(try add([call(nonce: 7), call(nonce: 3)], to: &lenient).calls.count == 2)
    }

    @Test func gasAndTimeBoundAllBlocksTogether() throws {
        let loop: [UInt8] = [0x5b, 0x5f, 0x56]
        var simulation = simulation(gas: 100_000)
        let made = try add([call()], loop, to: &simulation)
        #expect(made.calls.first?.receipt.gasUsed == 100_000)
        #expect(throws: SimulationError.self) { try add([call()], to: &simulation) }
        var late = self.simulation()
        #expect(throws: SimulationError.timeUp) { try late.append(context(late), accounts: [:], calls: [call()]) { true } }
    }

    @Test func transfersAreToldUnlessUndone() throws {
        // Sends what it got to 0xbeef; with input it then reverts.
        let forward: [UInt8] = [
            0x5f, 0x5f, 0x5f, 0x5f, 0x34, 0x61, 0xbe, 0xef, 0x5a, 0xf1, 0x36, 0x60, 0x10, 0x57, 0x00, 0x00, 0x5b, 0x5f, 0x5f, 0xfd,
        ]
        var simulation = simulation(traces: true)
        let made = try add([call(wei: 5), call([1], wei: 5), call()], forward, to: &simulation)
        #expect(made.calls.map(\.logs.count) == [2, 0, 0])
        #expect(made.calls[0].logs.map { $0.topics.last?.bytes.suffix(2) } == [[0xc0, 0xde], [0xbe, 0xef]])
        #expect(made.calls[0].logs.first?.data == Hash(UInt256(5)).bytes && made.calls[0].receipt.logs.isEmpty)
    }
}
