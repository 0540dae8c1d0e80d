import Foundation

/// What a devnet is made of and where it listens; kept in its folder, which shows that the folder is a devnet's.
struct DevnetShape: Codable, Hashable {
    var validators = 4
    var operatorNodes = 3
    var communityNodes = 5
    /// First of the nodes' ports.
    var portBase = 26600
    var rpcPort = 8545
    var explorerPort = 8080
    var epochSeconds: UInt64 = 60

    static let fileName = "devnet.json"

    /// The shape of the devnet in a folder; nil where there is none.
    static func of(_ home: URL) throws -> DevnetShape? {
        let file = home.appending(path: fileName)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        guard let shape = try? JSONDecoder().decode(DevnetShape.self, from: Data(contentsOf: file)), shape.fault == nil else {
            throw Refusal("\(file.path) is malformed: --fresh begins a new chain")
        }
        return shape
    }

    func save(in home: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try (encoder.encode(self) + [0x0a]).write(to: home.appending(path: Self.fileName), options: .atomic)
    }

    /// Ports of validators, encryption nodes and what they tell of themselves, from `portBase` on: so many between one kind and the next.
    static let portsOfAKind = 200

    /// Why there is no such devnet; nil where there is.
    var fault: String? {
        guard (1...100).contains(validators) else { return "a devnet has 1 to 100 validators, not \(validators)" }
        let classes = (operatorNodes, communityNodes)
        guard classes == (0, 0) || classes.0 > 0 && classes.1 > 0 else {
            return "an encryption network has nodes of both classes, or there is none: \(operatorNodes) operator and \(communityNodes) community nodes"
        }
        guard max(operatorNodes, communityNodes) <= 128, operatorNodes + communityNodes < Self.portsOfAKind else {
            return "a devnet has at most 128 encryption nodes of a class and \(Self.portsOfAKind - 1) of both"
        }
        guard (4...3600).contains(epochSeconds) else { return "an epoch lasts 4 to 3600 seconds, not \(epochSeconds)" }
        let highest = 65_535 - 4 * Self.portsOfAKind
        guard (1...highest).contains(portBase) else { return "the first port is 1 to \(highest), not \(portBase)" }
        for port in [rpcPort, explorerPort] where !(1...65_535).contains(port) { return "a port is 1 to 65535, not \(port)" }
        return nil
    }
}
