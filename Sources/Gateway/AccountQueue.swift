import RPCServer

/// Lets one task after another work with an account, in the order of their arrival.
actor AccountQueue {
    private let maximum: Int
    private var waiting = 0
    private var last: Task<Void, Never>?

    init(maximum: Int = 256) { self.maximum = maximum }

    /// Runs the work when all before it is done. Work that has begun is not cut short when its client goes away.
    func run<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        guard waiting < maximum else { throw GatewayError.failure(.busy) }
        waiting += 1
        defer { waiting -= 1 }
        let before = last
        let task = Task {
            await before?.value
            return try await work()
        }
        last = Task { _ = await task.result }
        return try await task.value
    }
}
