import ArgumentParser
import Foundation
import Node

/// `qustream devnet`: a local network, each node its own process.
struct Devnet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a local network in the foreground, one process per node.",
        discussion: "Example: qustream devnet --home .devnet\nCtrl-C stops all nodes; the same command resumes.")

    @Option(help: "Where the network lives.") var home = ".devnet"
    @Option(help: "Validators; default: \(standard.validators).") var validators: Int?
    @Option(help: "Operator-run encryption nodes; default: \(standard.operatorNodes).") var operatorNodes: Int?
    @Option(help: "Community-run encryption nodes; default: \(standard.communityNodes).") var communityNodes: Int?
    @Option(help: "First of the ports of nodes; default: \(standard.portBase).") var portBase: Int?
    @Option(help: "Port of the RPC node; default: \(standard.rpcPort).") var rpcPort: Int?
    @Option(help: "Port of the explorer; default: \(standard.explorerPort).") var explorerPort: Int?
    @Option(help: "Seconds of an epoch, 4 to 3600; reward periods, unbonding, votes and suspensions follow. Default: \(standard.epochSeconds).")
    var epochSeconds: UInt64?
    @Flag(help: "Let the RPC node of a new chain add the economy up after final blocks, and stop where it is wrong.") var checkInvariants = false
    @Flag(help: "Delete the devnet that is there and begin a new chain.") var fresh = false

    private static let standard = DevnetShape()

    func validate() throws {
        if let fault = wanted(beside: Self.standard).fault { throw ValidationError(fault) }
    }

    /// What was asked for, and the rest as it is.
    private func wanted(beside shape: DevnetShape) -> DevnetShape {
        DevnetShape(
            validators: validators ?? shape.validators, operatorNodes: operatorNodes ?? shape.operatorNodes,
            communityNodes: communityNodes ?? shape.communityNodes, portBase: portBase ?? shape.portBase, rpcPort: rpcPort ?? shape.rpcPort,
            explorerPort: explorerPort ?? shape.explorerPort, epochSeconds: epochSeconds ?? shape.epochSeconds)
    }

    /// Makes the devnet where there is none; one that exists can listen elsewhere for users, and stays as it is otherwise.
    private func prepare() throws -> DevnetPlan {
        let folder = URL(filePath: home)
        let present = fresh ? nil : try DevnetShape.of(folder)
        let wanted = wanted(beside: present ?? Self.standard)
        if let fault = wanted.fault { throw Refusal(fault) }
        let plan = DevnetPlan(home: folder, shape: wanted, checksInvariants: checkInvariants)
        guard let present else {
            try clear(folder)
            // Whole or not at all, whenever this process is stopped.
            let part = URL(filePath: home + ".part")
            try clear(part)
            try DevnetPlan(home: part, shape: wanted, checksInvariants: checkInvariants).create()
            try FileManager.default.moveItem(at: part, to: folder)
            return plan
        }
        var same = present
        (same.rpcPort, same.explorerPort) = (wanted.rpcPort, wanted.explorerPort)
        guard same == wanted else { throw Refusal("the devnet in \(home) was made with other options: leave them out, or begin a new chain with --fresh") }
        if present != wanted { try plan.move() }
        return plan
    }

    /// Makes room for a new chain. Nothing is deleted but a devnet and what is empty.
    private func clear(_ folder: URL) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else { throw Refusal("\(folder.path) is a file: name another folder with --home") }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        guard files.isEmpty || files.contains(DevnetShape.fileName) else {
            throw Refusal("\(folder.path) holds other things than a devnet: name another folder with --home, or empty it yourself")
        }
        try FileManager.default.removeItem(at: folder)
    }

    func run() async throws {
        let plan = try refusing { try prepare() }
        let (rpcPort, explorerPort) = (plan.shape.rpcPort, plan.shape.explorerPort)
        let signals = StopSignals()
        let supervisor = DevnetSupervisor(plan: plan)
        try refusing { try supervisor.startAll() }
        defer { supervisor.stopAll() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await supervisor.waitUntilReady()
                try say("devnet ready: RPC http://127.0.0.1:\(rpcPort), explorer http://127.0.0.1:\(explorerPort)")
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
