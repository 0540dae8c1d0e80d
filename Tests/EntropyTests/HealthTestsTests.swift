import Entropy
import Testing

@Suite struct HealthTestsTests {
    @Test func sixEqualBytesInARowFailAndFivePass() {
        var tests = HealthTests()
        #expect(tests.take([7, 7, 7, 7, 7, 8, 8, 8, 8, 8]) == nil)
        #expect(tests.take([8]) == .repetition)
    }

    @Test func runIsSeenAcrossReads() {
        var tests = HealthTests()
        #expect(tests.take([9, 9, 9]) == nil)
        #expect(tests.take([9, 9, 9]) == .repetition)
    }

    /// 512 bytes with the value 0 in `count` places, the first of them at the start, never twice in a row.
    private func window(withZeros count: Int) -> [UInt8] {
        (0..<512).map { $0 % 8 == 0 && $0 / 8 < count ? 0 : UInt8(1 + $0 % 200) }
    }

    @Test func twentyTwoOf512FailAnd21Pass() {
        var tests = HealthTests()
        #expect(tests.take(window(withZeros: 21)) == nil)
        #expect(tests.take(window(withZeros: 22)) == .proportion)
    }

    @Test func windowsDoNotAddUp() {
        var tests = HealthTests()
        for _ in 0..<100 { #expect(tests.take(window(withZeros: 21)) == nil) }
    }

    @Test func cutoffsFollowFromAlphaAndEntropy() {
        let alpha = 1.0 / Double(1 << 30)
        #expect(HealthTests.assessedBitsPerByte == 7)
        #expect(HealthTests.repetitionCutoff == 1 + (30 + 6) / 7)
        // Binomial(512, 2^-7), term by term from the one before.
        let p = 1.0 / 128
        var terms = [(0..<512).reduce(1.0) { product, _ in product * (1 - p) }]
        for k in 0..<512 { terms.append(terms[k] * Double(512 - k) / Double(k + 1) * p / (1 - p)) }
        // The smallest k with P(X > k) <= alpha, plus one.
        let quantile = (0...512).first { k in terms[(k + 1)...].reversed().reduce(0, +) <= alpha }
        #expect(HealthTests.proportionCutoff == 1 + (quantile ?? 0))
    }
}
