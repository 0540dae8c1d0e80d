import RPCServer

/// `POST /<token>` is JSON-RPC, and a WebSocket there as well. Nothing else is there, as far as strangers can tell.
struct GatewayRoutes: WebRoutes, WebSocketMessages {
    let token: GatewayToken
    let dispatcher: GatewayDispatcher
    /// How long the node may take over a subscription.
    let subscriptionMilliseconds: Int64

    var webSockets: (any WebSocketMessages)? { self }
    func hasWebSocket(at path: String) -> Bool { token.opens(path) }

    func open(notify: @escaping @Sendable ([UInt8]) -> Bool, close: @escaping @Sendable () -> Void) -> any WebSocketSession {
        GatewaySocket(dispatcher: dispatcher, milliseconds: subscriptionMilliseconds, notify: notify, close: close)
    }

    func reply(to request: WebRequest) async -> WebReply {
        guard token.opens(request.path) else { return .text("not found\n", status: 404) }
        switch request.method {
        case "POST": return await call(request)
        // The reply itself allows nothing; the server adds what a listed origin may do, and only there.
        case "OPTIONS": return request.origin == nil ? .text("method not allowed\n", status: 405) : .text("", status: 200)
        default: return .text("method not allowed\n", status: 405)
        }
    }

    private func call(_ request: WebRequest) async -> WebReply {
        guard request.isJSON else { return .notJSON }
        let answer = await dispatcher.answer(request.body, forward: HTTPForwarding(node: dispatcher.node))
        return WebReply(contentType: "application/json", body: answer ?? [])
    }
}
