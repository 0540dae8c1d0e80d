import ArgumentParser
import Foundation
import Node

/// `qustream devnet`: a local network, each node its own process.
struct Devnet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a local network in the foreground, one process per node.",
        discussion: "Example: qustream devnet --home .devnet\nCtrl-C stops all nodes; the same command resumes.")

    @Option(help: "Where the network lives.") var home = ".devnet"
    @Option(help: "Validators.") var validators = 4
    @Option(help: "Operator-run encryption nodes.") var operatorNodes = 3
    @Option(help: "Community-run encryption nodes.") var communityNodes = 5
    @Option(help: "First of the ports of nodes.") var portBase = 26600
    @Option(help: "Port of the RPC node.") var rpcPort = 8545
    @Option(help: "Port of the explorer.") var explorerPort = 8080
    @Option(help: "Seconds of an epoch, 4 to 3600; reward periods, unbonding, votes and suspensions follow.") var epochSeconds: UInt64 = 60
    @Flag(help: "Let the RPC node of a new chain add the economy up after final blocks, and stop where it is wrong.") var checkInvariants = false
    @Flag(help: "Delete what is there and begin a new chain.") var fresh = false

    func validate() throws {
        guard (4...3600).contains(epochSeconds) else { throw ValidationError("an epoch lasts 4 to 3600 seconds") }
    }

    func run() async throws {
        let plan = DevnetPlan(
            home: URL(filePath: home), validators: validators, operatorNodes: operatorNodes, communityNodes: communityNodes,
            portBase: portBase, rpcPort: rpcPort, explorerPort: explorerPort, epochSeconds: epochSeconds,
            checksInvariants: checkInvariants)
        try refusing {
            if fresh { try? FileManager.default.removeItem(at: plan.home) }
            if !plan.exists { try plan.create() }
        }
        let signals = StopSignals()
        let supervisor = DevnetSupervisor(plan: plan)
        try refusing { try supervisor.startAll() }
        defer { supervisor.stopAll() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await supervisor.waitUntilReady()
                print("devnet ready: RPC http://127.0.0.1:\(rpcPort), explorer http://127.0.0.1:\(explorerPort)")
                fflush(nil)
                return false
            }
            group.addTask {
                await signals.wait()
                return true
            }
            defer { group.cancelAll() }
            while let isStopped = try await group.next(), !isStopped {}
        }
        note("stopping")
    }
}
