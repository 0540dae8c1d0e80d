import Foundation
import TestKit
import Testing

/// A process that commits numbered batches is killed again and again, always at another moment of a commit.
struct CrashTests {
    @Test func killedWriterLosesNothingItReportedAndTearsNothing() throws {
        try withScratch { path in
            var random = SeededGenerator(seed: 11)
            var reported: UInt64 = 0
            for _ in 0..<10 {
                reported = try max(reported, CrashWriter.runAndKill(path, afterLines: Int.random(in: 1...150, using: &random)).last)
                let verdict = try CrashWriter.check(path)
                guard case .whole(let found) = verdict else {
                    Issue.record("\(verdict)")
                    return
                }
                #expect(found >= reported, "batch \(reported) was reported, the last one there is \(found)")
            }
            #expect(reported > 0)
        }
    }
}
