import GasKit
import Primitives
import SystemContracts
import Testing
import WorldState

/// Every call has a price that its work keeps.
@Suite struct NativePriceTests {
    private static let world = Result { try World(.small) }
    private var world: World { get throws { try Self.world.get() } }

    @Test func everyFunctionAndPrecompileHasItsWorstInput() throws {
        #expect(try world.functionsWithoutInput() == [])
        #expect(try world.inputsWithoutFunction() == [])
        #expect(try world.precompilesWithoutInput() == [])
    }

    /// A contract that asks and asks once stopped the chain: what it asked for cost nothing.
    @Test func queriesThatReadNothingArePaidFor() throws {
        let name = ABIValue.text("communityAdmissionMilliseconds")
        for input in [
            ABI.call("bounds(string)", values: [name]), ABI.call("get(string)", values: [name]), ABI.call("count()"),
            ABI.call("nameOf(uint256)", values: [.number(36)]), ABI.call("nothing()"), [],
        ] {
            let gas = try world.gas(ofCallTo: Parameters.address, input)
            #expect(gas >= 100 + NativeGas.call + NativeGas.copy(input.count), "\(input.prefix(4))")
        }
    }

    /// The second way was half a MiB of input to a function that takes none.
    @Test func inputIsPaidForByEveryFunctionThatIgnoresIt() throws {
        let zeros = [UInt8](repeating: 0, count: 1 << 19)
        for contract in SystemContracts.all {
            for selector in contract.methods.signatures.map({ ABI.selector($0) }) + [[0xff, 0xff, 0xff, 0xff]] {
                let gas = try world.gas(ofCallTo: contract.address, selector + zeros)
                #expect(gas >= NativeGas.copy(zeros.count), "\(contract) \(selector)")
            }
        }
    }

    @Test func answersArePaidFor() throws {
        let short = try world.gas(ofCallTo: Staking.address, ABI.call("validators(uint256,uint256)", values: [.number(0), .number(1)]))
        let long = try world.gas(ofCallTo: Staking.address, ABI.call("validators(uint256,uint256)", values: [.number(0), .number(17)]))
        #expect(long == short + 16 * (100 + NativeGas.copy(32)))
    }

    /// Loosely: by processor time of this thread, next to Keccak in the same moments. `make bench-gas` has the figures.
    @Test func nothingIsMuchSlowerForItsGasThanKeccak() throws {
        let cases = try world.nativeCases(cuts: [0.3, 0.9]) + world.ethereumCases()
        var keccak = try world.keccak.rate(slices: 5, seconds: 0.004)
        for (index, item) in cases.enumerated() {
            if index.isMultiple(of: 50) { keccak = try world.keccak.rate(slices: 3, seconds: 0.002) }
            let floor = item.kind.isOwn ? 0.5 : 0.25
            var ratio = try item.rate(slices: 1, seconds: 0.001) / keccak
            // Something else may have had the processor: again, longer, both after each other.
            for attempt in 1...5 where ratio < floor {
                let now = try world.keccak.rate(slices: 3, seconds: 0.002 * Double(attempt))
                ratio = max(ratio, try item.rate(slices: 3, seconds: 0.002 * Double(attempt)) / now)
            }
            #expect(ratio >= floor, "\(item.name)")
        }
    }
}
