import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A WebSocket client for one connection.
public struct WebSocketClient {
    public struct Refused: Error {}
    public typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    private var inbound: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator
    public let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>

    /// Connects, runs the body and closes. Throws `Refused` when the server does not upgrade.
    public static func run(port: Int, path: String = "/", headers: [(String, String)] = [], _ body: @Sendable (inout WebSocketClient) async throws -> Void)
        async throws
    {
        let upgraded = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOTypedWebSocketClientUpgrader<Frames?>(maxFrameSize: 1 << 20) { channel, _ in
                        channel.eventLoop.makeCompletedFuture { try Frames(wrappingChannelSynchronously: channel) }
                    }
                    var fields = HTTPHeaders([("host", "127.0.0.1:\(port)"), ("content-length", "0")])
                    for (name, value) in headers { fields.replaceOrAdd(name: name, value: value) }
                    let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: fields)
                    let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Frames?>(
                        upgradeRequestHead: head, upgraders: [upgrader]
                    ) { channel in channel.eventLoop.makeSucceededFuture(nil) }
                    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: .init(upgradeConfiguration: upgrade))
                }
            }
        guard let frames = try await upgraded.get() else { throw Refused() }
        try await frames.executeThenClose { inbound, outbound in
            var client = WebSocketClient(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            try await body(&client)
        }
    }

    public func send(_ text: String, opcode: WebSocketOpcode = .text, fin: Bool = true) async throws {
        try await outbound.write(WebSocketFrame(fin: fin, opcode: opcode, maskKey: .init([1, 2, 3, 4]), data: ByteBuffer(string: text)))
    }

    init(inbound: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator, outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>) {
        (self.inbound, self.outbound) = (inbound, outbound)
    }

    /// The next frame; nil once the server has closed.
    public mutating func next() async throws -> WebSocketFrame? {
        try await inbound.next()
    }

    /// The next text, past pings; nil once the server has closed.
    public mutating func text() async throws -> String? {
        while let frame = try await next() {
            if frame.opcode == .text { return String(buffer: frame.data) }
            if frame.opcode == .connectionClose { return nil }
        }
        return nil
    }
}
