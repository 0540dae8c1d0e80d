/// `eth_subscribe` over connections that carry notifications.
enum SubscriptionMethods {
    static let table: [String: RPCMethod] = [
        "eth_subscribe": .wait { context, parameters in
            guard let session = context.session else { throw noNotifications }
            return .string(try session.subscribe(try await subscription(parameters, session.feed, context)))
        },
        "eth_unsubscribe": .wait { context, parameters in
            guard let session = context.session else { throw noNotifications }
            guard session.unsubscribe(try Field.text(parameters.required(0), "argument 0")) else {
                throw RPCFailure(message: "subscription not found", reason: "subscriptionNotFound")
            }
            return true
        },
    ]

    private static func subscription(_ parameters: RPCParameters, _ feed: any HeadFeed, _ context: RPCContext) async throws -> Subscription
    {
        let kind = try Field.text(parameters.required(0), "argument 0")
        switch kind {
        case "newHeads": return .heads(feed.newHeads())
        case "logs":
            // The stream begins before the position is taken, so that no block falls between them.
            let (heads, reader) = (feed.newHeads(), context.reader)
            // Thousands of alternatives are hashed for a filter: no work for the threads that everybody's answers come over.
            let (filter, head) = try await context.pool.run(.long) {
                (try LogFilter(parameters.optional(1) ?? .object([])), try reader.headNumber())
            }
            return .logs(filter, heads, from: head + 1)
        case "newPendingTransactions": return .transactions(feed.pendingTransactions(), full: try parameters.flag(1))
        case "syncing": return .syncing(feed.newHeads())
        default:
            throw RPCFailure(
                code: -32601, message: "no \"\(kind.prefix(32))\" subscription in eth namespace", reason: "unknownSubscription")
        }
    }

    private static let noNotifications = RPCFailure(
        code: -32601, message: "notifications not supported over HTTP: use WebSocket", reason: "notificationsUnsupported")
}
