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
try await network.warmUp()
let cores = ProcessInfo.processInfo.activeProcessorCount
print("load average \(FloodedNetwork.load()), \(cores) cores, \(seconds) s each; delays in ms\n")
print("| Flood | Written a second | Sessions | Votes | p50 | p99 | Transfers a second | Resident, MiB | Behind |")
print("|---|---|---|---|---|---|---|---|---|")
try await network.measure(nil, seconds: seconds)
for flood in floods { try await network.measure(flood, seconds: seconds) }
try await network.measure(nil, seconds: seconds)
print("\nload average \(FloodedNetwork.load())")
