import Cryptography
import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOPosix
import Networking

/// Mutual post-quantum TLS handshakes per second: both ends in this process, eight at a time.
func benchmarkHandshakes() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: ProcessInfo.processInfo.activeProcessorCount)
    let (here, there) = (try NodeIdentity(seed: bytes(32)), try NodeIdentity(seed: bytes(33).suffix(32)))
    var limits = SessionLimits.service
    // All come from one address.
    limits.handshakesPerSecondPerAddress = 1_000_000
    let server = try await SecureServer.start(
        host: "127.0.0.1", port: 0, identity: there, group: group, limits: limits
    ) { _, bytes in bytes }
    let client = try SecureClient(identity: here, group: group)
    let address = PeerAddress(name: there.name, host: "127.0.0.1", port: server.port)
    var best = 0.0
    for _ in 0..<3 {
        let start = ContinuousClock.now
        let count = try await withThrowingTaskGroup(of: Int.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask {
                    var count = 0
                    while ContinuousClock.now - start < .seconds(1) {
                        let session = try await client.connect(to: address)
                        count += 1
                        session.close()
                    }
                    return count
                }
            }
            return try await tasks.reduce(0, +)
        }
        best = max(best, Double(count) / ((ContinuousClock.now - start) / .seconds(1)))
    }
    print("mutual ML-DSA-65 TLS 1.3 sessions, both ends on this machine: \(rounded(best))/s")
    await server.stop()
    try await group.shutdownGracefully()
}
