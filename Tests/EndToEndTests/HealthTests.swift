import Foundation
import Primitives
import RPCClient
import TestKit
import Testing

/// What operators are told, by real processes in real trouble.
@Suite(.serialized) struct HealthTests {
    @Test func aChainThatStandsStillIsToldByHealthAndDoctorUntilItGoesOn() async throws {
        let network = try LocalNetwork("health", portBase: 27_200)
        #expect(try network.doctor() == (0, ""))
        #expect(try network.health().status == 200)

        try network.kill("validator-1", "validator-2")
        try await eventually("503 of a chain that stands still") {
            let health = try network.health()
            return health.status == 503 && health.body.contains("no block has become final for")
        }
        #expect(try network.health("/health/live").status == 200)
        let (code, said) = try network.doctor()
        #expect(code == 1)
        #expect(said.contains("The chain stands still since"), "\(said)")
        // What it waits for elsewhere says nothing of a clock.
        #expect(!said.contains("clock"), "\(said)")
        #expect(said.contains("with 400000 of 800000 power answer"), "\(said)")
        #expect(said.contains("start validator-1, validator-2"), "\(said)")
        #expect(said.contains("validator-1 does not answer at http://127.0.0.1:\(network.portBase + 200)"), "\(said)")
        #expect(try network.run("status").contains("no block has become final for"))

        for name in ["validator-1", "validator-2"] { try network.restart(name, kind: "validator") }
        try await eventually("a doctor that has nothing to say") { try network.doctor().code == 0 }
        #expect(try network.health().status == 200)
    }

    @Test func aFrozenValidatorIsToldToBeSilentAndBehindUntilItGoesOn() async throws {
        let network = try LocalNetwork("frozen", portBase: 27_600)
        try network.signal(SIGSTOP, "validator-4")
        try await eventually("a validator that is behind") {
            let said = try network.doctor().said
            return said.contains("validator-4 does not answer at") && said.contains("blocks behind: it catches up")
        }
        #expect(try network.health().status == 200)
        try network.signal(SIGCONT, "validator-4")
        try await eventually("a doctor that has nothing to say") { try network.doctor().code == 0 }
    }

    @Test func aNodeThatEndedByItselfHasLeftItsReasonForTheDoctor() async throws {
        let network = try LocalNetwork("ended", portBase: 28_000)
        try network.kill("rpc-1")
        let genesis = network.home.appending(path: "rpc-1/genesis.rlp")
        let sound = try Data(contentsOf: genesis)
        try Data("not a genesis".utf8).write(to: genesis)
        try network.restart("rpc-1", kind: "full")
        try await eventually("the reason") { try network.doctor().said.contains("rpc-1 has stopped:") }
        #expect(try network.doctor().said.contains("genesis.rlp is malformed: mend that and start it again."))

        try sound.write(to: genesis)
        try network.restart("rpc-1", kind: "full")
        try await eventually("a doctor that has nothing to say") { try network.doctor().code == 0 }
        #expect(!FileManager.default.fileExists(atPath: network.home.appending(path: "rpc-1/node.stopped").path))
    }
}

extension LocalNetwork {
    /// What the doctor says of this network, with its exit code.
    fileprivate func doctor() throws -> (code: Int32, said: String) {
        let (process, errors) = (Process(), Pipe())
        process.executableURL = Self.binary
        process.arguments = ["doctor", "--rpc", "http://127.0.0.1:\(portBase + 198)", "--home", home.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let said = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said)
    }

    /// What a node answers to a monitor.
    fileprivate func health(_ path: String = "/health") throws -> (status: Int, body: String) {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        let url = "http://127.0.0.1:\(portBase + 198)\(path)"
        process.arguments = ["curl", "--silent", "--max-time", "3", "--write-out", "\n%{http_code}", url]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        let lines = text.split(separator: "\n").map(String.init)
        return (lines.last.flatMap { Int($0) } ?? 0, lines.dropLast().joined(separator: "\n"))
    }

    fileprivate func signal(_ number: Int32, _ name: String) throws {
        let text = try String(contentsOf: home.appending(path: "\(name)/node.pid"), encoding: .utf8)
        let pid = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        Foundation.kill(pid, number)
    }
}
