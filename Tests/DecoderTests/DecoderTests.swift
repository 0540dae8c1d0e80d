import DecoderKit
import Foundation
import Testing

/// No input from outside stops a decoder, or means two things. Longer campaigns: `make fuzz SECONDS=60 SEED=1`.
@Suite(.serialized) struct DecoderTests {
    static let environment = ProcessInfo.processInfo.environment
    static let seed = environment["QUSTREAM_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    /// Of all decoders together.
    static let seconds = environment["QUSTREAM_FUZZ_SECONDS"].flatMap { Int($0) }
    /// Replays one decoder: with the same seed it gets the same inputs.
    static let only = environment["QUSTREAM_FUZZ_ONLY"]

    /// Inputs in an ordinary test run. A sheet of words searches for the wrong word, and files are written.
    private static func inputs(_ name: String) -> Int {
        if name == "sheet" { return 30 }
        return name.hasPrefix("file:") ? 300 : 3000
    }

    @Test func changedInputsNeitherStopADecoderNorMeanTwoThings() throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "qustream-decoders-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let decoders = try Decoders.all(scratch: scratch).filter { Self.only == nil || Self.only == $0.name }
        #expect(!decoders.isEmpty)
        var inputs = 0
        for decoder in decoders {
            // The last line before a trap names the decoder and the seed.
            print("decoder \(decoder.name), seed \(Self.seed):", terminator: " ")
            fflush(nil)
            let share = Self.seconds.map { Duration.seconds($0) / decoders.count }
            do {
                let totals = try Campaign.run(decoder, size: share.map { .time($0) } ?? .inputs(Self.inputs(decoder.name)), seed: Self.seed)
                inputs += totals.inputs
                print(totals)
            } catch {
                print("broken")
                Issue.record("\(error)")
            }
        }
        print("decoders: \(inputs) inputs into \(decoders.count) decoders, seed \(Self.seed)")
    }
}
