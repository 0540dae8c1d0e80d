import RPCServer

/// `POST /<token>` is JSON-RPC. Nothing else is there, as far as strangers can tell.
struct GatewayRoutes: WebRoutes {
    let token: GatewayToken
    let dispatcher: GatewayDispatcher

    var webSockets: (any WebSocketMessages)? { nil }
    func hasWebSocket(at path: String) -> Bool { token.opens(path) }

    func reply(to request: WebRequest) async -> WebReply {
        guard token.opens(request.path) else { return .text("not found\n", status: 404) }
        switch request.method {
        case "POST": return await call(request)
        // The gate has let a listed origin through, or there is none: then the reply allows nothing.
        case "OPTIONS": return WebReply(status: 200, contentType: "text/plain", body: [])
        default: return .text("method not allowed\n", status: 405)
        }
    }

    private func call(_ request: WebRequest) async -> WebReply {
        guard request.isJSON else { return .notJSON }
        let answer = await dispatcher.answer(request.body, forward: HTTPForwarding(node: dispatcher.node))
        return WebReply(contentType: "application/json", body: answer ?? [])
    }
}
