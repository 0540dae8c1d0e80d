import NIOCore

/// How long a call may take, from its arrival on.
struct ReadTime: Sendable {
    /// Milliseconds that only rise.
    static let systemClock: @Sendable () -> UInt64 = { NIODeadline.now().uptimeNanoseconds / 1_000_000 }

    private let clock: @Sendable () -> UInt64
    private let endMilliseconds: UInt64

    init(clock: @escaping @Sendable () -> UInt64, maximumMilliseconds: UInt64) {
        self.clock = clock
        endMilliseconds = clock() + maximumMilliseconds
    }

    /// No end: for what is bounded otherwise.
    static let unbounded = ReadTime(clock: { 0 }, maximumMilliseconds: 0)

    var isUp: Bool { clock() > endMilliseconds }

    func check() throws(RPCFailure) {
        guard !isUp else { throw .timedOut }
    }
}
