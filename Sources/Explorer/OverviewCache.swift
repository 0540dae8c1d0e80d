import Foundation

/// The overview as JSON, made anew at most every half second however many pages ask.
actor OverviewCache {
    private let source: any OverviewSource
    private let lifetime: Duration
    private var fresh: (json: [UInt8], until: ContinuousClock.Instant)?
    private var loading: Task<[UInt8], any Error>?

    init(_ source: any OverviewSource, lifetime: Duration = .milliseconds(500)) {
        (self.source, self.lifetime) = (source, lifetime)
    }

    func json() async throws -> [UInt8] {
        if let fresh, ContinuousClock.now < fresh.until { return fresh.json }
        if let loading { return try await loading.value }
        let task = Task { [source] in
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return Array(try encoder.encode(await source.overview()))
        }
        loading = task
        defer { loading = nil }
        let json = try await task.value
        fresh = (json, ContinuousClock.now + lifetime)
        return json
    }
}
