import Foundation
import NIOConcurrencyHelpers
import Primitives

/// Starts a local network's processes, waits for them, and stops them.
final class DevnetSupervisor: Sendable {
    private let plan: DevnetPlan
    private let processes = NIOLockedValueBox<[String: Process]>([:])
    private let stopping = NIOLockedValueBox(false)
    /// Nodes that ended by themselves, with how.
    private let ended = NIOLockedValueBox<[String: String]>([:])

    init(plan: DevnetPlan) { self.plan = plan }

    func startAll() throws {
        for member in plan.members { try start(member) }
    }

    private func start(_ member: DevnetPlan.Member) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["node", member.kind.rawValue, "--home", plan.directory(member).path]
        process.standardOutput = FileHandle.nullDevice
        process.terminationHandler = { [stopping, ended] process in
            guard !stopping.withLockedValue({ $0 }) else { return }
            let how = "\(process.terminationReason == .exit ? "exit" : "signal") \(process.terminationStatus)"
            note("\(member.name) ended (\(how))")
            ended.withLockedValue { $0[member.name] = how }
        }
        try process.run()
        processes.withLockedValue { $0[member.name] = process }
    }

    /// Returns once every node answers and has seen two blocks become final since its start.
    /// - Throws: `Refusal` when a node ends before that.
    func waitUntilReady() async throws {
        for member in plan.members {
            while try await !isReady(member) { try await Task.sleep(for: .milliseconds(100)) }
        }
    }

    private func isReady(_ member: DevnetPlan.Member) async throws -> Bool {
        try Task.checkCancellation()
        if let (name, how) = ended.withLockedValue({ $0.min { $0.key < $1.key } }) {
            throw Refusal("\(name) ended at the start (\(how)): see \(plan.home.appending(path: name).appending(path: "node.log").path)")
        }
        guard let port = member.rpcPort, let url = URL(string: "http://127.0.0.1:\(port)/health") else { return true }
        guard let answer = await HealthProbe.read(url) else { return false }
        return member.kind == .encryption || (answer["finalizedSinceStart"] as? Int ?? 0) >= 2
    }

    /// SIGTERM to all, SIGKILL to what is left after ten seconds.
    func stopAll() {
        stopping.withLockedValue { $0 = true }
        let running = processes.withLockedValue { Array($0.values) }
        for process in running where process.isRunning { process.terminate() }
        let deadline = Date().addingTimeInterval(10)
        while running.contains(where: \.isRunning), Date() < deadline { usleep(20_000) }
        for process in running where process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
}

/// Reads a node's `/health`; nil where it is not ready.
enum HealthProbe {
    static func read(_ url: URL) async -> [String: Any]? {
        guard let body = await LocalHTTP.get(url) else { return nil }
        return try? JSONSerialization.jsonObject(with: body) as? [String: Any]
    }
}
