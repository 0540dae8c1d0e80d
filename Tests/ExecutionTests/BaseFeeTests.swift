import ChainTypes
import Execution
import Primitives
import TestKit
import Testing

/// The base fee against the formula of EIP-1559 written down again in 128-bit integers.
@Suite struct BaseFeeTests {
    private func header(gasLimit: UInt64, gasUsed: UInt64, baseFee: UInt64) -> Header {
        Header(
            parentHash: .zero, beneficiary: .zero, stateRoot: .zero, number: 1, gasLimit: gasLimit, gasUsed: gasUsed, timestamp: 0,
            prevRandao: .zero, baseFeePerGas: UInt256(baseFee))
    }

    private func model(gasLimit: UInt64, gasUsed: UInt64, baseFee: UInt64, witnessBytes: Int) -> UInt128 {
        // Whichever of gas and witness room is fuller counts.
        let share = min(UInt128(witnessBytes) * UInt128(gasLimit) / UInt128(Block.maximumWitnessBytes), UInt128(gasLimit))
        let (used, target, fee) = (max(UInt128(gasUsed), share), UInt128(gasLimit / 2), UInt128(baseFee))
        if used == target { return fee }
        if used > target { return fee + max(fee * (used - target) / target / 8, 1) }
        return fee - fee * (target - used) / target / 8
    }

    @Test func followsTheModelOnRandomBlocks() {
        var random = SeededGenerator(seed: 1559)
        for _ in 0..<20_000 {
            let gasLimit = UInt64.random(in: 1_000_000...100_000_000, using: &random)
            let gasUsed = UInt64.random(in: 0...gasLimit, using: &random)
            let baseFee = UInt64.random(in: 0...(1 << UInt64.random(in: 0...50, using: &random)), using: &random)
            let witnessBytes = Bool.random(using: &random) ? 0 : Int.random(in: 0...Block.maximumWitnessBytes, using: &random)
            let next = BaseFee.next(after: header(gasLimit: gasLimit, gasUsed: gasUsed, baseFee: baseFee), witnessBytes: witnessBytes)
            let expected = model(gasLimit: gasLimit, gasUsed: gasUsed, baseFee: baseFee, witnessBytes: witnessBytes)
            #expect(next.asUInt64.map { UInt128($0) } == expected)
        }
    }

    @Test(arguments: [(15_000_000, 1_000_000_000), (30_000_000, 1_125_000_000), (0, 875_000_000)] as [(UInt64, UInt64)])
    func fullBlocksRaiseItByAnEighthAndEmptyOnesLowerItByOne(gasUsed: UInt64, expected: UInt64) {
        let parent = header(gasLimit: 30_000_000, gasUsed: gasUsed, baseFee: 1_000_000_000)
        #expect(BaseFee.next(after: parent, witnessBytes: 0) == UInt256(expected))
    }

    @Test func witnessesAloneRaiseIt() {
        let parent = header(gasLimit: 30_000_000, gasUsed: 0, baseFee: 1_000_000_000)
        #expect(BaseFee.next(after: parent, witnessBytes: Block.maximumWitnessBytes) == 1_125_000_000)
    }

    @Test func neverStaysAtZeroUnderLoad() {
        #expect(BaseFee.next(after: header(gasLimit: 30_000_000, gasUsed: 30_000_000, baseFee: 0), witnessBytes: 0) == .one)
    }
}
