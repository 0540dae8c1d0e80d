import Logging
import RPCServer

/// A node of any kind that runs in this process.
public struct RunningNode: Sendable {
    /// The finalised chain; nil in an encryption node.
    public let reader: (any ChainReader)?
    /// Why the node cannot go on, should that happen; ask once.
    public let halts: AsyncStream<String>
    private let stopper: @Sendable () async -> Void

    public static func start(_ home: NodeHome, logger: Logger) async throws -> RunningNode {
        switch home.configuration.kind {
        case .validator, .full:
            let node = try await ChainNode.start(home, logger: logger)
            return RunningNode(reader: node.reader, halts: node.halts) { await node.stop() }
        case .encryption:
            let node = try await EncryptionNodeHost.start(home, logger: logger)
            return RunningNode(reader: nil, halts: node.halts) { await node.stop() }
        }
    }

    public func stop() async { await stopper() }
}
