import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Accepts sessions within limits on their number.
struct Listener: Sendable {
    /// Open connections in all and by remote address.
    final class Census: Sendable {
        private let counts = NIOLockedValueBox((total: 0, addresses: [String: Int]()))

        /// Whether one more connection from an address is within the limits; if so it counts.
        func admit(_ address: String, limits: SessionLimits) -> Bool {
            counts.withLockedValue { counts in
                guard counts.total < limits.maximumConnections,
                    counts.addresses[address, default: 0] < limits.maximumConnectionsPerAddress
                else { return false }
                counts.total += 1
                counts.addresses[address, default: 0] += 1
                return true
            }
        }

        func release(_ address: String) {
            counts.withLockedValue { counts in
                counts.total -= 1
                let left = counts.addresses[address, default: 1] - 1
                counts.addresses[address] = left == 0 ? nil : left
            }
        }
    }

    static func bind(
        host: String, port: Int, group: any EventLoopGroup, tls: SessionTLS, limits: SessionLimits, events: SessionEvents
    ) async throws -> any Channel {
        let census = Census()
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                let address = channel.remoteAddress?.ipAddress ?? "?"
                guard census.admit(address, limits: limits) else { return channel.close() }
                channel.closeFuture.whenComplete { _ in census.release(address) }
                return channel.eventLoop.makeCompletedFuture {
                    try SessionPipeline.configure(channel, tls: tls, expecting: nil, limits: limits, events: events)
                }
            }
            .bind(host: host, port: port).get()
    }
}
