import ArgumentParser
import Explorer
import Foundation
import Logging
import Node
import RPCServer

/// `qustream node`: one node, from its home.
struct Node: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one node from its home.",
        discussion: "Example: qustream node validator --home .devnet/validator-1")

    @Argument(help: "validator, encryption or full; must be what the home's node.toml says.")
    var kind: String

    @Option(help: "The node's home: node.toml, keys, data.")
    var home: String

    @Flag(help: "Add the whole economy up after final blocks and stop where it does not add up; check_invariants in node.toml.")
    var checkInvariants = false

    func run() async throws {
        guard let wanted = NodeConfiguration.Kind(rawValue: kind) else { throw ValidationError("\(kind) is not validator, encryption or full") }
        var home = try refusing { try NodeHome(URL(filePath: self.home)) }
        if checkInvariants { home.configuration.checkInvariants = true }
        guard home.configuration.kind == wanted else { throw Refusal("the home \(self.home) is a \(home.configuration.kind.rawValue) node's") }
        let lock = try refusing { try HomeLock(home.directory) }
        let file = try RotatingFile(path: home.directory.appending(path: "node.log").path)
        var logger = Logger(label: home.configuration.moniker) { JSONLog(label: $0, file: file) }
        logger.logLevel = Logger.Level(rawValue: home.configuration.logLevel) ?? .info

        let signals = StopSignals()
        let node: RunningNode
        let explorer: Task<Void, any Error>?
        do {
            node = try await refusing { [home, logger] in try await RunningNode.start(home, logger: logger) }
            explorer = try self.explorer(home, node, logger)
        } catch {
            StopNote(reason: "\(error)", height: nil).leave(in: home.directory)
            lock.end()
            throw error
        }
        StopNote.remove(from: home.directory)
        let reason = await Self.end(signals, node)
        let height = try? node.reader?.headNumber()
        let last = reason.map { StopNote(reason: $0, height: height) }
        last?.leave(in: home.directory)
        logger.info("stopping")
        explorer?.cancel()
        await node.stop()
        lock.end()
        // On a full disk the file that went made room.
        last?.leave(in: home.directory)
        // Not `exit`: sessions that end meanwhile may still hold the store, and closing it while the process takes itself
        // apart aborts. What was committed is on disk or in the kernel.
        if let reason { note(reason) }
        _exit(reason == nil ? 0 : 1)
    }

    /// Waits until the node is told to stop, or cannot go on; the reason then.
    private static func end(_ signals: StopSignals, _ node: RunningNode) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask {
                await signals.wait()
                return nil
            }
            group.addTask { await node.halts.first { _ in true } }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}

extension Node {
    /// Starts the explorer where the configuration asks for it.
    private func explorer(_ home: NodeHome, _ node: RunningNode, _ logger: Logger) throws -> Task<Void, any Error>? {
        guard let listen = ListenAddress(home.configuration.explorerListen), let reader = node.reader else { return nil }
        let source = ExplorerSource(chainName: try home.genesis().name, reader: reader)
        let server = ExplorerServer(
            host: listen.host, port: listen.port, gate: HostGate(hosts: home.configuration.rpcHosts), source: source, logger: logger)
        return Task { try await server.run() }
    }
}

/// SIGINT and SIGTERM as something to wait for.
final class StopSignals: Sendable {
    private let stream: AsyncStream<Int32>
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
    }

    func wait() async {
        for await _ in stream { return }
    }
}
