/// A request with its whole body.
public struct WebRequest: Sendable {
    public var method: String
    /// Without the query.
    public var path: String
    public var contentType: String?
    public var body: [UInt8]
}

/// A reply with its whole body.
public struct WebReply: Hashable, Sendable {
    public var status: Int
    public var contentType: String
    public var body: [UInt8]

    public init(status: Int = 200, contentType: String, body: [UInt8]) {
        (self.status, self.contentType, self.body) = (status, contentType, body)
    }

    public static func json(_ value: JSONValue, status: Int = 200) -> WebReply {
        WebReply(status: status, contentType: "application/json", body: value.bytes)
    }

    public static func text(_ text: String, status: Int = 200) -> WebReply {
        WebReply(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }
}

/// What a server serves. Replies are made off the event loops.
public protocol WebRoutes: Sendable {
    func reply(to request: WebRequest) async -> WebReply
    /// Whether `/` speaks WebSocket; then `session` answers its messages.
    var webSockets: (any WebSocketMessages)? { get }
}

/// Answers the messages of WebSocket connections.
public protocol WebSocketMessages: Sendable {
    /// - Parameter notify: sends a text; false when the connection is closed or has too many texts unsent.
    func open(notify: @escaping @Sendable ([UInt8]) -> Bool) -> any WebSocketSession
}

/// One WebSocket connection's state.
public protocol WebSocketSession: Sendable {
    /// The answer to a message, if it has one.
    func answer(_ text: [UInt8]) async -> [UInt8]?
    /// The last answer is on its way: notifications that were caused by it may follow.
    func answered()
    func close()
}
