@preconcurrency import Foundation

// `make bench-chain` runs all of these, `make bench-chain BENCH=parallel` one.

let benchmarks: [(name: String, run: () async throws -> Void)] = [
    ("parallel", { try benchmarkParallelExecution() }),
    ("import", { try benchmarkImport() }),
    ("state", { try benchmarkStateSize() }),
    ("economy", { try benchmarkEconomy() }),
    ("gas", { try benchmarkGas() }),
    ("mempool", { try benchmarkMempool() }),
    ("rpc", benchmarkRPC),
]

setvbuf(stdout, nil, _IOLBF, 0)
let chosen = CommandLine.arguments.dropFirst().filter { !$0.isEmpty }
let unknown = chosen.filter { name in !benchmarks.contains { $0.name == name } }
guard unknown.isEmpty else {
    print("no such benchmark: \(unknown.joined(separator: ", ")); there are \(benchmarks.map(\.name).joined(separator: ", "))")
    exit(2)
}
// What else the machine does decides what the figures are worth.
func load() -> String { String((try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.prefix(14) ?? "unknown") }
print("load average \(load()), \(ProcessInfo.processInfo.activeProcessorCount) cores")
for benchmark in benchmarks where chosen.isEmpty || chosen.contains(benchmark.name) {
    print("\n# \(benchmark.name)")
    try await benchmark.run()
    print("(load average \(load()))")
}
