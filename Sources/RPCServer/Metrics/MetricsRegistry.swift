import NIOConcurrencyHelpers

/// A process's measures, written in the Prometheus text format (version 0.0.4).
///
/// Asking again for the same name and labels gives the same measure. All of it may be used from any thread.
public final class MetricsRegistry: Sendable {
    public typealias Labels = KeyValuePairs<String, String>

    enum Kind: String { case counter, gauge, histogram }

    struct Family {
        var kind: Kind
        var help: String
        /// By written labels.
        var measures: [String: any Measure] = [:]
    }

    private let families = NIOLockedValueBox<[String: Family]>([:])

    public init() {}

    /// A number that only grows.
    public func counter(_ name: String, help: String, labels: Labels = [:]) -> Counter {
        measure(name, .counter, help, labels) { Counter() }
    }

    /// A number that goes up and down.
    public func gauge(_ name: String, help: String, labels: Labels = [:]) -> Gauge {
        measure(name, .gauge, help, labels) { Gauge() }
    }

    /// A distribution over buckets with these upper bounds.
    public func histogram(_ name: String, help: String, labels: Labels = [:], buckets: [Double] = Histogram.secondsBuckets) -> Histogram {
        measure(name, .histogram, help, labels) { Histogram(buckets: buckets) }
    }

    /// Everything, sorted by name.
    public var text: String {
        let families = families.withLockedValue { $0 }
        return families.sorted { $0.key < $1.key }.map { name, family in
            let samples = family.measures.sorted { $0.key < $1.key }.map { labels, measure in measure.samples(name, labels) }
            return "# HELP \(name) \(Self.escaped(family.help))\n# TYPE \(name) \(family.kind.rawValue)\n" + samples.joined()
        }.joined()
    }

    private func measure<Value: Measure>(_ name: String, _ kind: Kind, _ help: String, _ labels: Labels, _ make: () -> Value) -> Value {
        let key = Self.written(labels)
        return families.withLockedValue { families in
            var family = families[name] ?? Family(kind: kind, help: help)
            precondition(family.kind == kind, "the measure \(name) has another kind already")
            if let existing = family.measures[key] as? Value { return existing }
            let value = make()
            family.measures[key] = value
            families[name] = family
            return value
        }
    }

    private static func written(_ labels: Labels) -> String {
        labels.map { "\($0)=\"\(escaped($1, quotes: true))\"" }.joined(separator: ",")
    }

    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.append(character)
            }
        }
        return result
    }
}

protocol Measure: Sendable {
    /// The lines of this measure.
    func samples(_ name: String, _ labels: String) -> String
}

extension MetricsRegistry {
    /// The reply to `GET /metrics`.
    public var reply: WebReply { WebReply(contentType: "text/plain; version=0.0.4; charset=utf-8", body: Array(text.utf8)) }
}

/// Serves `/metrics` (and a bare `/health`) for processes without RPC.
public struct MetricsRoutes: WebRoutes {
    let metrics: MetricsRegistry

    public init(_ metrics: MetricsRegistry) { self.metrics = metrics }

    public var webSockets: (any WebSocketMessages)? { nil }

    public func reply(to request: WebRequest) async -> WebReply {
        switch (request.method, request.path) {
        case ("GET", "/metrics"): metrics.reply
        case ("GET", "/health"): .json(["status": "ok"])
        default: .text("not found\n", status: 404)
        }
    }
}
