import Entropy
import Testing

@Suite struct EntropyPoolTests {
    @Test func stuckSourceFailsItsStartUpTest() {
        #expect(throws: EntropyError.repetition(source: "stuck")) { try EntropyPool([ScriptedSource("stuck") { _ in 0xaa }]) }
    }

    @Test func biasedSourceFailsItsStartUpTest() {
        let biased = ScriptedSource("biased") { $0 % 16 == 0 ? 0 : ScriptedSource.healthyByte($0) | 1 }
        #expect(throws: EntropyError.proportion(source: "biased")) { try EntropyPool([KernelSource(), biased]) }
    }

    @Test func sourceThatBreaksLaterIsStoppedAndNotSubstituted() throws {
        let breaking = ScriptedSource("breaking") { $0 < 2000 ? ScriptedSource.healthyByte($0) : 0 }
        let pool = try EntropyPool([KernelSource(), breaking])
        #expect(try pool.draw(count: 900).count == 900)
        #expect(pool.health.map(\.isHealthy) == [true, true])
        #expect(throws: EntropyError.repetition(source: "breaking")) { try pool.draw(count: 900) }
        #expect(throws: EntropyError.stopped(source: "breaking")) { try pool.draw(count: 1) }
        #expect(pool.health.map(\.fault) == [nil, .repetition(source: "breaking")])
        #expect(pool.assessedPhysicalBits(inBytes: 900) == 0)
        #expect(throws: EntropyError.repetition(source: "breaking")) { try pool.restart(source: "breaking") }
        #expect(throws: EntropyError.stopped(source: "breaking")) { try pool.draw(count: 1) }
    }

    @Test func restartedSourceServesAgain() throws {
        let recovering = ScriptedSource("recovering") { (1100..<1200).contains($0) ? 0 : ScriptedSource.healthyByte($0) }
        let pool = try EntropyPool([recovering])
        #expect(throws: EntropyError.repetition(source: "recovering")) { try pool.draw(count: 300) }
        try pool.restart(source: "recovering")
        #expect(try pool.draw(count: 32).count == 32)
        #expect(throws: EntropyError.self) { try pool.restart(source: "other") }
    }

    @Test func readFaultStopsTheSource() throws {
        let failing = ScriptedSource("failing") { (position) throws(EntropyError) in
            guard position < 1100 else { throw .starved(source: "failing") }
            return ScriptedSource.healthyByte(position)
        }
        let pool = try EntropyPool([failing])
        #expect(throws: EntropyError.starved(source: "failing")) { try pool.draw(count: 100) }
        #expect(throws: EntropyError.stopped(source: "failing")) { try pool.draw(count: 1) }
    }

    @Test func drawIsTheExclusiveOrOfTheSources() throws {
        let pool = try EntropyPool([
            ScriptedSource("a") { ScriptedSource.healthyByte($0) },
            ScriptedSource("b") { ScriptedSource.healthyByte($0) ^ 0x5a },
        ])
        #expect(try pool.draw(count: 100) == [UInt8](repeating: 0x5a, count: 100))
    }

    @Test func sourceTwiceIsRefusedSinceItWouldCancelItselfOut() {
        #expect(throws: EntropyError.duplicate(source: "kernel")) { try EntropyPool([KernelSource(), KernelSource()]) }
        #expect(throws: EntropyError.noSources) { try EntropyPool([]) }
    }

    @Test func drawIsBounded() throws {
        let pool = try EntropyPool([KernelSource()])
        #expect(try pool.draw(count: 0).isEmpty)
        #expect(throws: EntropyError.tooMuch(maximumBytes: 1 << 20)) { try pool.draw(count: 1 << 20 + 1) }
        #expect(throws: EntropyError.self) { try pool.draw(count: -1) }
    }

    @Test func kernelCountsForItsSeedOnly() throws {
        let kernel = try #require(EntropyPool([KernelSource()]).health.first)
        #expect(kernel.kind == .kernel)
        #expect(kernel.assessedBits(inBytes: 8) == 56)
        #expect(kernel.assessedBits(inBytes: 1 << 18) == 256)
    }

    @Test func physicalSourceCountsByTheByte() throws {
        let pool = try EntropyPool([KernelSource(), ScriptedSource { ScriptedSource.healthyByte($0) }])
        #expect(pool.assessedPhysicalBits(inBytes: 1 << 18) == 7 * Double(1 << 18))
    }

    @Test func recordNamesEverySourceAndCountsThePhysicalOne() throws {
        let pool = try EntropyPool([KernelSource(), ScriptedSource("physical", byte: ScriptedSource.healthyByte)])
        let draw = try pool.recordedDraw(count: 300)
        #expect(draw.bytes.count == 300 && draw.sources.sources == ["kernel", "physical"])
        #expect(draw.sources.physicalBits == UInt64(pool.assessedPhysicalBits(inBytes: 300)) && draw.sources.physicalBits > 0)
        #expect(try EntropyPool([KernelSource()]).recordedDraw(count: 300).sources.physicalBits == 0)
    }
}
