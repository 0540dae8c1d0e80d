/// `eth_subscribe` over connections that carry notifications.
enum SubscriptionMethods {
    static let table: [String: RPCMethod] = [
        "eth_subscribe": .wait { context, parameters in
            guard let session = context.session else { throw noNotifications }
            let kind = try Field.text(parameters.required(0), "argument 0")
            guard kind == "newHeads" else {
                throw RPCFailure(
                    code: -32601, message: "no \"\(kind.prefix(32))\" subscription in eth namespace", reason: "unknownSubscription")
            }
            return .string(try session.subscribeToHeads())
        },
        "eth_unsubscribe": .wait { context, parameters in
            guard let session = context.session else { throw noNotifications }
            guard session.unsubscribe(try Field.text(parameters.required(0), "argument 0")) else {
                throw RPCFailure(message: "subscription not found", reason: "subscriptionNotFound")
            }
            return true
        },
    ]

    private static let noNotifications = RPCFailure(
        code: -32601, message: "notifications not supported over HTTP: use WebSocket", reason: "notificationsUnsupported")
}
