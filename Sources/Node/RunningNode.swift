import Logging

/// A node of any kind that runs in this process.
public struct RunningNode: Sendable {
    private let stopper: @Sendable () async -> Void

    public static func start(_ home: NodeHome, logger: Logger) async throws -> RunningNode {
        switch home.configuration.kind {
        case .validator, .full:
            let node = try await ChainNode.start(home, logger: logger)
            return RunningNode { await node.stop() }
        case .encryption: throw NodeFailure.notAnEncryptionNode
        }
    }

    public func stop() async { await stopper() }
}
