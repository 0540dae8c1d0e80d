import Foundation
import Precompiles
import Primitives
import TestKit
import Testing

/// Whatever the input, a call returns and stays within its gas.
@Suite struct BadInputTests {
    func check(_ address: Address, _ input: [UInt8], gas: UInt64, fork: Fork) {
        if case .success(let used, _) = Precompiles.run(address, input: input, gas: gas, fork: fork) { #expect(used <= gas) }
    }

    @Test(arguments: [Fork.byzantium, .berlin, .osaka]) func randomInputs(_ fork: Fork) {
        var random = SeededGenerator(seed: UInt64(fork.rawValue))
        for address in Precompiles.addresses(fork) {
            for round in 0..<60 {
                var input = random.bytes(0...(round % 3 == 0 ? 40 : 700))
                // Small lengths, so that a modular power gets past its price.
                if address == Address(low: 5) { input = (0..<3).flatMap { _ in word(UInt256(UInt64(random.bytes(1)[0]))) } + input }
                check(address, input, gas: 10_000_000, fork: fork)
            }
        }
    }

    /// Official inputs with a bit changed, cut short or lengthened.
    @Test(.enabled(if: Vectors.isExpected)) func damagedOfficialInputs() throws {
        var random = SeededGenerator(seed: 99)
        for file in GethFile.all {
            for test in try file.cases().prefix(15) {
                let input = try bytes(test.input)
                guard !input.isEmpty, input.count < 20_000 else { continue }
                for _ in 0..<3 {
                    var changed = input
                    changed[Int.random(in: 0..<changed.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                    check(Address(low: file.number), changed, gas: 10_000_000, fork: file.fork)
                }
                let cut = Array(input.prefix(Int.random(in: 0..<input.count, using: &random)))
                for other in [cut, input + random.bytes(1...100)] {
                    check(Address(low: file.number), other, gas: 10_000_000, fork: file.fork)
                }
            }
        }
    }

    @Test func tooLittleGasFailsEverywhere() {
        for address in Precompiles.addresses(.osaka) where address != Address(low: 9) {
            #expect(Precompiles.run(address, input: [], gas: 14, fork: .osaka) == .failure)
        }
    }
}
