import Foundation
import Testing

/// A seed that finds a fault is worth nothing unless it finds it again, in another process on another day.
@Suite struct SeedTests {
    @Test(arguments: [["--validators", "4", "--runs", "3"], ["--validators", "5", "--changing"]])
    func aSeedRepeatsASimulatedChainToTheByteInAnotherProcess(options: [String]) throws {
        let seed = "\(UInt32.random(in: 0...UInt32.max))"
        print("simulate --seed \(seed) \(options.joined(separator: " "))")
        let (first, second) = (try simulate(seed, options), try simulate(seed, options))
        #expect(first.contains("final blocks 0x") && first == second)
    }

    private func simulate(_ seed: String, _ options: [String]) throws -> String {
        let (process, output) = (Process(), Pipe())
        process.executableURL = LocalNetwork.binary
        process.arguments = ["simulate", "--seed", seed] + options
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}
