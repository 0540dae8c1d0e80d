import EVM
import EthereumFixtures
import Precompiles
import Primitives
import TestKit
import Testing

/// Code that tries to cost more than its gas pays for, and code that is no code.
struct HostileCodeTests {
    private func run(_ code: [UInt8], gas: UInt64 = 30_000_000) throws -> Outcome {
        try CodeRun(code: code, input: [], gas: gas, fork: .osaka).run()
    }

    @Test func memoryBeyondAnyGasIsOutOfGas() throws {
        // MSTORE at 2^256 - 1, at 2^64, at 2^40.
        for offset in [UInt256.max, UInt256(limbs: 0, 1, 0, 0), UInt256(1 << 40)] {
            let code: [UInt8] = [0x60, 0x01, 0x7f] + Hash(offset).bytes + [0x52]
            #expect(try run(code, gas: 1 << 62).fault == .outOfGas)
        }
    }

    @Test func memoryIsPaidForBeforeItExists() throws {
        // MSTORE at 100 MB costs far more than a block has.
        #expect(try run([0x60, 0x01, 0x63, 0x06, 0x00, 0x00, 0x00, 0x52]).fault == .outOfGas)
    }

    @Test func callsInTheirOwnCodeStopAtTheirGas() throws {
        // Calls itself with all gas until a 64th of nothing is left, then returns.
        let code: [UInt8] = [0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x5a, 0xf1, 0x00]
        let outcome = try run(code, gas: 1 << 50)
        #expect(outcome.succeeded)
    }

    @Test func endlessLoopsEnd() throws {
        let outcome = try run([0x5b, 0x5f, 0x56])
        #expect(outcome.fault == .outOfGas && outcome.gasLeft == 0)
    }

    @Test func stacksKeepTheirBounds() throws {
        #expect(try run([0x01]).fault == .stackUnderflow)
        #expect(try run([UInt8](repeating: 0x5f, count: 1_024)).succeeded)
        #expect(try run([UInt8](repeating: 0x5f, count: 1_025)).fault == .stackOverflow)
        #expect(try run([UInt8](repeating: 0x5f, count: 1_024) + [0x80]).fault == .stackOverflow)
    }

    @Test func jumpsIntoPushDataAreRefused() throws {
        // PUSH1 3 JUMP, then a PUSH whose data is a JUMPDEST byte.
        #expect(try run([0x60, 0x04, 0x56, 0x60, 0x5b]).fault == .invalidJump)
        #expect(try run([0x7f] + Hash(UInt256.max).bytes + [0x56]).fault == .invalidJump)
    }

    @Test func codeMayEndInsideAPush() throws {
        for length in 1...32 { #expect(try run([UInt8(0x5f + length)]).succeeded) }
    }

    @Test func randomBytesNeverDoMoreThanTheirGas() throws {
        var random = SeededGenerator(seed: 0x51)
        for _ in 0..<20_000 {
            let outcome = try run(random.bytes(0...200), gas: 100_000)
            #expect(outcome.gasLeft <= 100_000)
        }
    }
}
