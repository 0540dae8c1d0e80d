import Foundation
import RPCClient

/// A devnet of the release binary in a temporary folder, on ports of its own.
final class DevnetProcess {
    struct Failure: Error, CustomStringConvertible { let description: String }

    static let portBase = 19_000
    static let rpcURL = "http://127.0.0.1:\(portBase + 198)"
    /// Beside the package of the benchmarks.
    static let binary = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".build/release/qustream")

    let home = FileManager.default.temporaryDirectory.appending(path: "qustream-bench-\(UUID().uuidString.prefix(8))")
    var wallet: URL { home.appending(path: "wallet") }
    let rpc = RPCClient(url: DevnetProcess.rpcURL)
    private let process = Process()

    init() throws {
        process.executableURL = Self.binary
        process.arguments = [
            "devnet", "--home", home.path, "--port-base", "\(Self.portBase)", "--rpc-port", "\(Self.portBase + 198)",
            "--explorer-port", "\(Self.portBase + 197)",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var said = Data()
        while !String(decoding: said, as: UTF8.self).contains("devnet ready") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Failure(description: "the devnet ended before it was ready") }
            said += more
        }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: home)
    }
}

/// Starts a devnet for a body, and stops it whatever happens.
func withDevnet(_ body: (DevnetProcess) async throws -> Void) async throws {
    let devnet = try DevnetProcess()
    defer { devnet.stop() }
    try await body(devnet)
}

/// Runs a program; returns its standard output and the seconds that it took.
@discardableResult
func runProgram(_ path: String, _ arguments: [String], input: FileHandle = .nullDevice) throws -> (output: String, seconds: Double) {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["QUSTREAM_PASSWORD": ""], uniquingKeysWith: { $1 })
    let output = Pipe()
    (process.standardInput, process.standardOutput, process.standardError) = (input, output, FileHandle.nullDevice)
    let start = ContinuousClock.now
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    guard process.terminationStatus == 0 else {
        throw DevnetProcess.Failure(description: "\(path) \(arguments.first ?? "") ended with \(process.terminationStatus)")
    }
    return (text, seconds)
}
