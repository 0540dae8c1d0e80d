import Cryptography
import TestKit
import Testing

/// Every implementation of the permutation against the plain model.
@Suite struct PermutationTests {
    static let paths = KeccakPermutation.Path.allCases.filter(\.isSupported)

    @Test func permutationOfZeroIsThePublishedState() {
        // Keccak team, KeccakF-1600-IntermediateValues: the first lane after one permutation of zeros.
        #expect(PlainKeccak.permute(.init(repeating: 0, count: 25))[0] == 0xf125_8f79_40e1_dde7)
    }

    @Test func scalarEqualsThePlainModel() {
        var numbers = SeededGenerator(seed: 1)
        for _ in 0..<50 {
            var state = numbers.words(25)
            let expected = PlainKeccak.permute(state)
            state.withUnsafeMutableBufferPointer { KeccakPermutation.permute($0.baseAddress!) }
            #expect(state == expected)
        }
    }

    @Test(arguments: paths) func manyStatesEqualThePlainModel(path: KeccakPermutation.Path) {
        var numbers = SeededGenerator(seed: 2)
        for count in 0...21 {
            // One state more than is permuted, to see that it stays as it was.
            var states = numbers.words(25 * (count + 1))
            let expected = (0..<count).flatMap { PlainKeccak.permute(Array(states[25 * $0..<25 * $0 + 25])) } + states.suffix(25)
            states.withUnsafeMutableBufferPointer { KeccakPermutation.permuteMany($0.baseAddress!, count: count, path: path) }
            #expect(states == expected, "\(count) states")
        }
    }

    @Test(arguments: paths) func keystreamIsTheFirst72BytesOfEachPermutation(path: KeccakPermutation.Path) {
        var numbers = SeededGenerator(seed: 3)
        for blocks in 0...21 {
            let (key, input) = (numbers.words(16), numbers.words(8))
            let first = numbers.next() & ~0xffff_ffff | 0xffff_ffff - UInt64(blocks) / 2 &- 11
            var expected: [UInt8] = []
            for index in 0..<blocks {
                let state = PlainKeccak.permute(key + input + [first + UInt64(index)])
                for lane in state.prefix(9) { expected.append(contentsOf: withUnsafeBytes(of: lane.littleEndian, Array.init)) }
            }
            // Written at an odd address, with guards around it.
            var output = [UInt8](repeating: 0xaa, count: 72 * blocks + 2)
            output.withUnsafeMutableBytes {
                KeccakPermutation.keystream(
                    key: key, input: input, firstBlock: first, blocks: blocks, into: $0.baseAddress! + 1, path: path)
            }
            #expect(output == [0xaa] + expected + [0xaa], "\(blocks) blocks")
        }
    }
}
