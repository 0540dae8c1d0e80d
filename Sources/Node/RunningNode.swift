import Logging
import RPCServer

/// A node of any kind that runs in this process.
public struct RunningNode: Sendable {
    /// The finalised chain; nil in an encryption node.
    public let reader: (any ChainReader)?
    private let stopper: @Sendable () async -> Void

    public static func start(_ home: NodeHome, logger: Logger) async throws -> RunningNode {
        switch home.configuration.kind {
        case .validator, .full:
            let node = try await ChainNode.start(home, logger: logger)
            return RunningNode(reader: node.reader) { await node.stop() }
        case .encryption: throw NodeFailure.notAnEncryptionNode
        }
    }

    public func stop() async { await stopper() }
}
