import Foundation
import Primitives
import RPCClient

/// A devnet of real processes in a temporary folder, on ports of its own.
///
/// A network takes ports from its base up to 204 above it, with encryption nodes up to 700; suites run at once.
/// The ports lie below those that the system gives to outgoing connections, which would be in the way now and then.
final class LocalNetwork: @unchecked Sendable {
    static let binary: URL = {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return repository.appending(path: ".build/release/qustream")
    }()
    static let startTimeoutMilliseconds: Int32 = 120_000

    let home: URL
    let portBase: Int
    private let arguments: [String]
    private var supervisor: Process?
    private var restarted: [Process] = []

    init(_ name: String, portBase: Int, operators: Int = 0, community: Int = 0, epochSeconds: Int? = nil) throws {
        home = FileManager.default.temporaryDirectory.appending(path: "qustream-\(name)-\(UUID().uuidString.prefix(8))")
        self.portBase = portBase
        arguments = [
            "devnet", "--home", home.path, "--port-base", "\(portBase)", "--rpc-port", "\(portBase + 198)",
            "--explorer-port", "\(portBase + 197)", "--operator-nodes", "\(operators)", "--community-nodes", "\(community)",
        ] + (epochSeconds.map { ["--epoch-seconds", "\($0)"] } ?? [])
        do { try start() } catch {
            stop()
            try? FileManager.default.removeItem(at: home)
            throw error
        }
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: home)
    }

    /// Starts all processes and returns once the network says that it is ready; a node that ends before is an error that
    /// says which and why.
    func start() throws {
        let errors = home.appendingPathExtension("errors")
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: errors) }
        let (process, output) = try begin(errors: try FileHandle(forWritingTo: errors))
        var said = Data()
        while !String(decoding: said, as: UTF8.self).contains("devnet ready") {
            var ready = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            let more = poll(&ready, 1, Self.startTimeoutMilliseconds) > 0 ? output.fileHandleForReading.availableData : Data()
            guard !more.isEmpty else {
                process.terminate()
                process.waitUntilExit()
                let reason = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
                throw CommandFailure(what: "devnet", exitCode: process.terminationStatus, output: "not ready: \(reason)")
            }
            said += more
        }
    }

    /// Starts all processes.
    /// - Returns: the supervisor, and where it says that the network is ready.
    @discardableResult
    func begin(errors: FileHandle = .nullDevice) throws -> (supervisor: Process, output: Pipe) {
        let (process, output) = (Process(), Pipe())
        process.executableURL = Self.binary
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        supervisor = process
        return (process, output)
    }

    func stop() {
        for process in restarted + [supervisor].compactMap(\.self) where process.isRunning {
            process.terminate()
            process.waitUntilExit()
        }
        (supervisor, restarted) = (nil, [])
    }

    static let validators = (1...4).map { "validator-\($0)" }

    /// The RPC client of validator 1, 2, …
    func validator(_ number: Int) -> RPCClient { RPCClient(url: "http://127.0.0.1:\(portBase + 199 + number)", timeoutMilliseconds: 3000) }
    var rpc: RPCClient { RPCClient(url: "http://127.0.0.1:\(portBase + 198)") }
    /// Everyone who has the chain.
    var chainNodes: [RPCClient] { (1...4).map(validator) + [rpc] }

    /// Kills nodes' processes at once, as a power cut would.
    func kill(_ names: String...) throws { try kill(names) }

    func kill(_ names: [String]) throws {
        let processes = try names.map { name in
            let text = try String(contentsOf: home.appending(path: "\(name)/node.pid"), encoding: .utf8)
            guard let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw CommandFailure(what: "kill \(name)", exitCode: -1, output: text)
            }
            return pid
        }
        for pid in processes { Foundation.kill(pid, SIGKILL) }
        for pid in processes { try waitUntilGone(pid) }
    }

    /// Returns once the kernel has taken the process down, and its locks with it: the first thread may be gone while others
    /// still hold the files.
    private func waitUntilGone(_ pid: pid_t) throws {
        for _ in 0..<2000 {
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return }
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count) ?? 0
            if stat.contains(") Z ") || stat.contains(") X "), threads <= 1 { return }
            poll(nil, 0, 5)
        }
        throw CommandFailure(what: "kill \(pid)", exitCode: -1, output: "it is still there")
    }

    /// Kills every chain node and the supervisor.
    func killAll() throws {
        try kill(Self.validators + ["rpc-1"])
        if let supervisor {
            Foundation.kill(supervisor.processIdentifier, SIGKILL)
            supervisor.waitUntilExit()
        }
        supervisor = nil
    }

    /// Starts a killed node again.
    /// - Parameters:
    ///   - environment: is added to this process's own.
    ///   - limits: a line for the shell that goes before the node's start.
    func restart(_ name: String, kind: String, environment: [String: String] = [:], limits: String = "") throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", limits + "\nexec \"$@\"", "sh", Self.binary.path, "node", kind, "--home", home.appending(path: name).path]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardError = FileHandle.nullDevice
        try process.run()
        restarted.append(process)
    }

    struct CommandFailure: Error, CustomStringConvertible {
        let what: String
        let exitCode: Int32
        let output: String
        var description: String { "\(what) (\(exitCode)): \(output)" }
    }

    /// Runs a qustream command against the network; returns its standard output.
    @discardableResult
    func run(_ command: String..., wallet: URL? = nil, input: String = "") throws -> String {
        try execute(command, wallet: wallet, input: input).output
    }

    /// Runs a command; returns what it wrote to standard error.
    func runReporting(_ command: String...) throws -> String { try execute(command, wallet: nil, input: "").errors }

    /// Runs a command that prints JSON.
    func runForJSON(_ command: String...) throws -> [String: Any] {
        let text = try execute(command + ["--json"], wallet: nil, input: "").output
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// Runs a command that prints an array as JSON.
    func runForArray(_ command: String...) throws -> [[String: Any]] {
        let text = try execute(command + ["--json"], wallet: nil, input: "").output
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] ?? []
    }

    private func execute(_ command: [String], wallet: URL?, input: String) throws -> (output: String, errors: String) {
        let process = Process()
        process.executableURL = Self.binary
        let folder = wallet ?? home.appending(path: "wallet")
        process.environment = ProcessInfo.processInfo.environment.merging(["QUSTREAM_PASSWORD": ""], uniquingKeysWith: { $1 })
        process.arguments = command + ["--rpc", "http://127.0.0.1:\(portBase + 198)", "--wallet", folder.path]
        let (output, errors, feed) = (Pipe(), Pipe(), Pipe())
        (process.standardOutput, process.standardError, process.standardInput) = (output, errors, feed)
        try process.run()
        try feed.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try feed.fileHandleForWriting.close()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        let trouble = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CommandFailure(what: command.joined(separator: " "), exitCode: process.terminationStatus, output: trouble)
        }
        return (text, trouble)
    }

    /// Returns once a restarted encryption node answers; `index` counts operators first, from 0.
    func waitForEncryptionNode(_ name: String, index: Int) throws {
        let health = "http://127.0.0.1:\(portBase + 600 + index)/health"
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["curl", "--silent", "--output", "/dev/null", "--retry", "100", "--retry-delay", "0", "--retry-max-time", "20", "--retry-connrefused", health]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CommandFailure(what: name, exitCode: -1, output: "does not answer") }
    }
}
