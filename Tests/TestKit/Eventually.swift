/// Something that a test waited for did not come.
public struct NeverHappened: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
}

/// Lets other tasks run until something holds; gives up after a minute, so that a fault is a failure and not a hang.
public func eventually(
    _ what: String = "the condition", isolation: isolated (any Actor)? = #isolation, _ holds: () throws -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(60)
    while try !holds() {
        guard ContinuousClock.now < end else { throw NeverHappened(description: "\(what) did not come about within a minute") }
        await Task.yield()
    }
}
