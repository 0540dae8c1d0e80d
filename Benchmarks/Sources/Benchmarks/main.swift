@preconcurrency import Foundation

// `make bench` runs all of these, `make bench BENCH=devnet` one.

let benchmarks: [(name: String, run: () async throws -> Void)] = [
    ("cryptography", { try benchmarkVaultCryptography() }),
    ("handshakes", benchmarkHandshakes),
    ("storage", { try benchmarkStorage() }),
    ("devnet", benchmarkDevnet),
    ("vault", benchmarkVault),
]

// Each line as it comes, into pipes as well.
setvbuf(stdout, nil, _IOLBF, 0)
let chosen = CommandLine.arguments.dropFirst().filter { !$0.isEmpty }
let unknown = chosen.filter { name in !benchmarks.contains { $0.name == name } }
guard unknown.isEmpty else {
    print("no such benchmark: \(unknown.joined(separator: ", ")); there are \(benchmarks.map(\.name).joined(separator: ", "))")
    exit(2)
}
// What else the machine does decides what the figures are worth.
print("load average \((try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.prefix(14) ?? "unknown"), "
    + "ML-DSA-65 checks on all cores \(rounded(verificationsPerSecond()))/s")
for benchmark in benchmarks where chosen.isEmpty || chosen.contains(benchmark.name) {
    print("\(chosen.count == 1 ? "" : "\n")# \(benchmark.name)")
    try await benchmark.run()
}
