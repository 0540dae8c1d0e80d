import RPCServer
import Testing

@Suite struct MetricsTests {
    @Test func measuresAreWrittenAsPrometheusReadsThem() {
        let registry = MetricsRegistry()
        registry.counter("a_total", help: "Things\nthat happened.").increment(by: 3)
        registry.gauge("b", help: "Level.", labels: ["peer": "x\"y\\z", "kind": "1"]).set(1.5)
        registry.gauge("b", help: "Level.").set(7)
        let histogram = registry.histogram("c_seconds", help: "Time.", buckets: [1, 0.5])
        for value in [0.25, 0.5, 0.75, 9, .nan] { histogram.observe(value) }
        #expect(
            registry.text == """
                # HELP a_total Things\\nthat happened.
                # TYPE a_total counter
                a_total 3
                # HELP b Level.
                # TYPE b gauge
                b 7
                b{peer="x\\"y\\\\z",kind="1"} 1.5
                # HELP c_seconds Time.
                # TYPE c_seconds histogram
                c_seconds_bucket{le="0.5"} 2
                c_seconds_bucket{le="1"} 3
                c_seconds_bucket{le="+Inf"} 4
                c_seconds_sum 10.5
                c_seconds_count 4

                """)
    }

    @Test func oneNameIsOneMeasure() {
        let registry = MetricsRegistry()
        registry.counter("a_total", help: "").increment()
        registry.counter("a_total", help: "").increment()
        #expect(registry.counter("a_total", help: "").current == 2)
    }

    @Test func callsAreCounted() async throws {
        let registry = MetricsRegistry()
        try await Harness.run(metrics: registry) { node async throws in
            _ = try await node.result("eth_chainId")
            _ = try await node.failure("eth_nothing")
            let reply = try await node.get("/metrics")
            let text = String(decoding: reply.body, as: UTF8.self)
            #expect(text.contains("\nqustream_rpc_requests_total 2\n") && text.contains("\nqustream_rpc_errors_total 1\n"))
        }
    }
}
