/// A request with its whole body.
public struct WebRequest: Sendable {
    public var method: String
    /// Without the query.
    public var path: String
    public var contentType: String?
    /// The page that sent it, which the gate has let through.
    public var origin: String?
    public var body: [UInt8]

    /// Whether the body is announced as JSON. Web forms cannot send this type, so no page can post it unasked.
    public var isJSON: Bool { contentType?.prefix { $0 != ";" && $0 != " " }.lowercased() == "application/json" }
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

    public static let notJSON = WebReply.text("invalid content type, only application/json is supported\n", status: 415)

    public static func text(_ text: String, status: Int = 200) -> WebReply {
        WebReply(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }
}

/// What a server serves. Replies are made off the event loops.
public protocol WebRoutes: Sendable {
    func reply(to request: WebRequest) async -> WebReply
    /// Answers the messages of WebSockets; nil where there are none.
    var webSockets: (any WebSocketMessages)? { get }
    /// Whether WebSockets may be opened at this path; `/` unless said otherwise.
    func hasWebSocket(at path: String) -> Bool
}

extension WebRoutes {
    public func hasWebSocket(at path: String) -> Bool { path == "/" }
}

/// Answers the messages of WebSocket connections.
public protocol WebSocketMessages: Sendable {
    /// - Parameters:
    ///   - notify: sends a text; false when the connection is closed or has too many texts unsent.
    ///   - close: ends the connection.
    func open(notify: @escaping @Sendable ([UInt8]) -> Bool, close: @escaping @Sendable () -> Void) -> any WebSocketSession
}

/// One WebSocket connection's state.
public protocol WebSocketSession: Sendable {
    /// The answer to a message, if it has one.
    func answer(_ text: [UInt8]) async -> [UInt8]?
    /// The last answer is on its way: notifications that were caused by it may follow.
    func answered()
    func close()
}
