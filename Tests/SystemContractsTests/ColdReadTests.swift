import EVM
import Execution
import Primitives
import Synchronization
import SystemContracts
import Testing
import WorldState

/// A call that cannot pay for a cold slot or account must not make the node read it: a contract that calls itself with too
/// little gas would else read the disk for a tenth of the price.
@Suite struct ColdReadTests {
    private final class Counter: Sendable {
        let slots = Mutex(0)
        let accounts = Mutex(0)
    }

    /// Remembers how much it was asked for.
    private struct CountingReader: StateReader {
        let base: any StateReader
        let counter: Counter

        func account(_ address: Address) throws(StateError) -> Account? {
            counter.accounts.withLock { $0 += 1 }
            return try base.account(address)
        }

        func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 {
            counter.slots.withLock { $0 += 1 }
            return try base.storage(address, slot)
        }

        func code(_ hash: Hash) throws(StateError) -> [UInt8] { try base.code(hash) }
    }

    /// It is in the state already, so its slots are looked for there.
    private static let contract = EconomyBench.account(0)
    /// An address made of the input.
    private static let other: [UInt8] = [0x5f, 0x35, 0x60, 96, 0x1b]
    private static let none: [UInt8] = [0x5f, 0x5f, 0x5f, 0x5f]

    @Test(
        arguments: [
            ("SLOAD", [0x5f, 0x35, 0x54]), ("BALANCE", other + [0x31]), ("EXTCODESIZE", other + [0x3b]), ("EXTCODEHASH", other + [0x3f]),
            ("EXTCODECOPY", [0x5f, 0x5f, 0x5f] + other + [0x3c]), ("CALL", none + [0x5f] + other + [0x5f, 0xf1]),
            ("STATICCALL", none + other + [0x5f, 0xfa]),
        ] as [(String, [UInt8])]) func instructionsReadNothingThatCannotBePaidFor(_ name: String, _ body: [UInt8]) throws
    {
        for (gas, expected) in [(150 as UInt16, 0...0), (5000, 20...10_000)] {
            let reads = try Self.reads(body, gas: gas)
            #expect(expected.contains(reads), "\(name) with \(gas) gas")
        }
    }

    /// A delegation is followed for 100 gas and the price of a cold account (EIP-7702).
    @Test(arguments: [(3000, 0), (6000, 1)] as [(UInt16, Int)])
    func delegatesAreNotReadThatCannotBePaidFor(_ gas: UInt16, _ expected: Int) throws {
        let reads = try Self.reads(Self.none + [0x5f, 0x73] + Self.delegator.bytes + [0x5f, 0xf1], gas: gas)
        #expect(reads == expected)
    }

    /// It delegates to an account that nothing else reads.
    private static let delegator = Address(low: 0x7702)

    /// How much is read by as many calls with this gas as 200,000 gas pay for.
    private static func reads(_ body: [UInt8], gas: UInt16) throws -> Int {
        let bench = try EconomyBench()
        // The gas that is left is the input, so it is another one each time.
        let push: [UInt8] = [0x61, UInt8(gas >> 8), UInt8(gas & 0xff)]
        let call: [UInt8] = [0x5a, 0x5f, 0x52, 0x5f, 0x5f, 0x60, 32, 0x5f, 0x5f, 0x30] + push + [0xf1, 0x50]
        // Called by itself it does `body`.
        let code = [0x33, 0x30, 0x14, 0x60, UInt8(call.count + 10), 0x57, 0x5b] + call + [0x60, 6, 0x56] + [0x5b] + body
        let counter = Counter()
        var state = WorldState(reader: CountingReader(base: bench.state.reader, counter: counter))
        try state.setCode(contract, code)
        try state.setCode(delegator, [0xef, 0x01, 0x00] + Address(low: 0x7703).bytes)
        _ = state.endTransaction()
        var evm = EVM(
            state: state, block: bench.context, fork: ProtocolRules.fork, natives: SystemContracts.Table(), precompiles: .quStream)
        let before = counter.accounts.withLock { $0 }
        _ = try evm.run(Message(caller: .zero, to: contract, gas: 200_000))
        // The caller and the beneficiary are read for every transaction.
        return counter.slots.withLock { $0 } + max(0, counter.accounts.withLock { $0 } - before - 1)
    }

    @Test func systemContractsReadNothingThatCannotBePaidFor() throws {
        let bench = try EconomyBench()
        let input = ABI.call("delegation(address,address)", values: [.address(Address(low: 7)), .address(EconomyBench.validator(0))])
        let enough = NativeGas.call + NativeGas.copy(input.count) + StorageGas.coldLoad
        for (gas, reads) in [(enough - 1, 0), (enough, 1)] {
            let counter = Counter()
            var frame = NativeFrame(
                contract: Staking.address, caller: .zero, value: .zero, isStatic: true, block: bench.context, gas: gas,
                state: WorldState(reader: CountingReader(base: bench.state.reader, counter: counter)))
            #expect(throws: NativeFailure.outOfGas) { try frame.run(Staking.self, input) }
            #expect(counter.slots.withLock { $0 } == reads)
        }
    }
}
