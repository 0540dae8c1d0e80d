import NIOCore
import NIOPosix
import Node

/// Whether something listens at `host:port` endpoints.
enum EndpointProbe {
    /// Asks all at once; half a second for each at most.
    static func listening(_ endpoints: [String]) async -> [Bool] {
        await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, endpoint) in endpoints.enumerated() {
                group.addTask { (index, await listens(endpoint)) }
            }
            return await group.reduce(into: [Bool](repeating: false, count: endpoints.count)) { $0[$1.0] = $1.1 }
        }
    }

    private static func listens(_ endpoint: String) async -> Bool {
        guard let address = ListenAddress(endpoint) else { return false }
        let connecting = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.milliseconds(500))
            .connect(host: address.host, port: address.port)
        guard let channel = try? await connecting.get() else { return false }
        try? await channel.close()
        return true
    }
}
