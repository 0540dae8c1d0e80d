import CJumps
import Primitives
import TestKit
import Testing
import WorldState

/// Jumps may land on a JUMPDEST that is no immediate data of a PUSH, and nowhere else.
@Suite struct JumpDestinationTests {
    /// The Yellow Paper's definition (section 9.4.3), instruction by instruction.
    private static func destinations(_ code: [UInt8]) -> Set<Int> {
        var found: Set<Int> = []
        var offset = 0
        while offset < code.count {
            switch code[offset] {
            case 0x5b: found.insert(offset)
            case 0x60...0x7f: offset += Int(code[offset]) - 0x5f
            default: break
            }
            offset += 1
        }
        return found
    }

    private static func check(_ code: [UInt8]) {
        let expected = destinations(code)
        // Beyond the end as well: the marks of a code end within a word. They live as long as the code.
        let marked = withExtendedLifetime(Code(code, hash: .zero)) { prepared in
            Set((0..<code.count + 130).filter { prepared.jumps.contains(UInt256(UInt64($0))) })
        }
        #expect(marked == expected, "\(code)")

        var scalar = [UInt64](repeating: .max, count: code.count / 64 + 1)
        cjumps_mark_scalar(code, code.count, &scalar)
        #expect(Set((0..<scalar.count * 64).filter { scalar[$0 / 64] >> UInt64($0 % 64) & 1 != 0 }) == expected, "\(code)")
    }

    @Test func randomCodesHaveTheDestinationsOfTheDefinition() {
        var random = SeededGenerator(seed: 0x5b)
        // What makes a code hard is how dense its pushes are, and how long.
        let opcodes: [[UInt8]] = [
            Array(0...255), [0x5b], [0x60], [0x5b, 0x60], [0x60, 0x61], [0x5b, 0x7f], [0x5b, 0x5b, 0x5b, 0x6f, 0x70], Array(0x5a...0x80),
        ]
        for _ in 0..<500 {
            for choice in opcodes {
                let count = Int.random(in: 0...300, using: &random)
                Self.check((0..<count).map { _ in choice[Int.random(in: choice.indices, using: &random)] })
            }
        }
    }

    /// Each PUSH at each place around the ends of the blocks and words in which they are looked for.
    @Test func pushesReachAcrossBlocks() {
        for opcode in UInt8(0x5f)...0x80 {
            for offset in 0...130 {
                var code = [UInt8](repeating: 0x5b, count: 200)
                code[offset] = opcode
                Self.check(code)
                Self.check(Array(code[...offset]))
            }
        }
    }
}
