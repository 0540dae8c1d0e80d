import Foundation
import RPCClient
import Testing

/// Each sentence that the doctor can say is reached by real processes in the trouble that it is about.
@Suite struct DoctorCoverageTests {
    /// The test in this folder that makes the trouble. A new fault does not compile without one.
    private static func test(of fault: Diagnosis.Fault) -> String {
        switch fault {
        case .noAnswer, .tooLittlePower, .silentValidator: "aChainThatStandsStillIsToldByHealthAndDoctorUntilItGoesOn"
        case .behind: "aNodeThatLagsIsNotReadyUntilItHasCaughtUp"
        case .stopped: "aNodeThatCannotWriteLeavesItsReason"
        case .diverged: "aNodeWhoseStateDivergedStopsAndIsMendedAsTheDoctorSays"
        case .clock, .validatorClock, .clockSet: "clocksThatDifferAreNamed"
        case .banned, .ignored: "peersThatAreKeptAwayAreNamedWithTheReason"
        case .nobodyAnswers, .noPeers, .nothingFinalYet, .unheardValidator, .encryptionNode: "nodesThatAreLeftAloneSaySo"
        case .noVotes, .unknownVotes, .notInSet: "aDevnetOnAStandingChainIsNotReadyAndTheDoctorSaysWhoDoesNotVote"
        case .missedTurns, .suspended: "aValidatorThatMissesItsTurnsIsSuspended"
        case .stuck: "aNodeWhoseDiskHangsIsStuckUntilItGoesOn"
        case .cutOff: "validatorsThatCannotReachEachOtherAreNamed"
        case .noAgreement: "validatorsThatAgreeOnNoBlockAreToldToLookForRefusedOnes"
        case .allSuspended: "allValidatorsAreSuspendedOneAfterTheOther"
        }
    }

    @Test func everyFaultIsSaidInItsTestAndStandsInTheDocument() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let text = try ["HealthTests", "DoctorTests"].map {
            try String(contentsOf: folder.appending(path: "\($0).swift"), encoding: .utf8)
        }.joined()
        let document = folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/operate/doctor.md")
        let rows = try String(contentsOf: document, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| ") }
        for fault in Diagnosis.Fault.allCases {
            let name = Self.test(of: fault)
            let body = text.split(separator: "func \(name)(").dropFirst().first?.split(separator: "@Test").first ?? ""
            #expect(body.contains("says(.\(fault),"), "\(name) does not wait for \(fault)")
            #expect(rows.contains { $0.contains("`\(fault)`") && $0.contains(name) }, "\(fault) with \(name) is not in the document")
        }
    }
}
