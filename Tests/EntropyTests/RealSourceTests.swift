import Entropy
import Testing

@Suite struct RealSourceTests {
    /// χ² of byte counts: for uniform bytes 255 ± 22.6, and over 420 with a probability below 10^-9.
    private func chiSquared(_ bytes: [UInt8]) -> Double {
        var counts = [Double](repeating: 0, count: 256)
        for byte in bytes { counts[Int(byte)] += 1 }
        let expected = Double(bytes.count) / 256
        return counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
    }

    /// Share of one bits, as standard deviations from a half.
    private func bitBias(_ bytes: [UInt8]) -> Double {
        let (ones, bits) = (bytes.reduce(0) { $0 + $1.nonzeroBitCount }, Double(8 * bytes.count))
        return abs(Double(ones) - bits / 2) / (bits.squareRoot() / 2)
    }

    private func accept(_ source: any EntropySource) throws {
        let pool = try EntropyPool([source])
        let (first, second) = (try pool.draw(count: 1 << 16), try pool.draw(count: 1 << 16))
        for sample in [first, second, zip(first, second).map { $0 ^ $1 }] {
            #expect(chiSquared(sample) < 420)
            #expect(bitBias(sample) < 6.5)
        }
    }

    @Test func kernelIsStatisticallyAcceptable() throws { try accept(KernelSource()) }

    @Test(.enabled(if: ProcessorSource.isPresent, "this processor has no RDSEED"))
    func processorIsStatisticallyAcceptable() throws { try accept(ProcessorSource()) }

    @Test func systemPoolUsesTheProcessorWherePresent() throws {
        let pool = try EntropyPool.system()
        #expect(pool.health.map(\.name) == (ProcessorSource.isPresent ? ["kernel", "rdseed"] : ["kernel"]))
        #expect(try chiSquared(pool.draw(count: 1 << 16)) < 420)
    }

    @Test func characterDeviceIsRead() throws { try accept(DeviceSource(path: "/dev/urandom")) }

    @Test func configuredDeviceThatCannotBeOpenedIsAnError() {
        #expect(throws: EntropyError.unavailable(source: "/dev/no-such-generator", reason: "No such file or directory")) {
            try EntropyPool.system(devices: ["/dev/no-such-generator"])
        }
    }

    @Test func fileIsNoDevice() {
        #expect(throws: EntropyError.unavailable(source: #filePath, reason: "not a character device")) { try DeviceSource(path: #filePath) }
    }

    @Test func deviceThatGivesZerosOrNothingFails() {
        #expect(throws: EntropyError.repetition(source: "/dev/zero")) { try EntropyPool.system(devices: ["/dev/zero"]) }
        #expect(throws: EntropyError.unavailable(source: "/dev/null", reason: "end of file")) { try EntropyPool.system(devices: ["/dev/null"]) }
    }
}
