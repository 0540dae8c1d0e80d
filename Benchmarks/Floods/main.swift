@preconcurrency import Foundation
import Primitives

// `make bench-floods`: what one stranger can do to a validator of a network of real processes.
// `make bench-floods BENCH=votes` tries one kind.

setvbuf(stdout, nil, _IOLBF, 0)
let chosen = CommandLine.arguments.dropFirst().filter { !$0.isEmpty }
let unknown = chosen.filter { Flood(rawValue: $0) == nil }
guard unknown.isEmpty else {
    let names = Flood.allCases.map(\.rawValue).joined(separator: ", ")
    print("no such flood: \(unknown.joined(separator: ", ")); there are \(names)")
    exit(2)
}
let seconds = ProcessInfo.processInfo.environment["QUSTREAM_FLOOD_SECONDS"].flatMap { Int($0) } ?? 15
let floods = Flood.allCases.filter { chosen.isEmpty || chosen.contains($0.rawValue) }

let network = try FloodedNetwork()
defer { network.stop() }
let payments = try await network.warmUp()
let cores = ProcessInfo.processInfo.activeProcessorCount
print("load average \(FloodedNetwork.load()), \(cores) cores, \(seconds) s each; delays in ms; \(Payments.perSecond) transfers a second are sent\n")
print("| Flood | Written a second | Sessions | Votes | p50 | p99 | Transfers final a second | Resident, MiB | Behind |")
print("|---|---|---|---|---|---|---|---|---|")
for flood in [nil] + floods + [nil] { try await network.measure(flood, payments, seconds: seconds) }
print("\nload average \(FloodedNetwork.load())")
