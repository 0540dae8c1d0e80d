import Foundation

/// A published request of `eth_simulateV1` with its answer. It pretends the accounts that it needs, so the results hold on
/// any chain; numbers and times of blocks are moved to where ours stands.
struct SimulationExchange {
    private static let movesPrecompiles = "moves precompiles, which is refused here"
    private static let seesTheChain = "returns the chain's id, proposer, block hashes or gas limit"
    private static let publishedHead: (number: Int, timestamp: Int) = (54, 540)

    /// Files whose results are another chain's, and why.
    static let exceptions = [
        "add-more-non-defined-BlockStateCalls-than-fit-but-now-with-fit": seesTheChain,
        "blobs": "has blobs",
        "block-override-reflected-in-contract-simple": "its blocks follow each other by twelve seconds",
        "override-all-in-BlockStateCalls": "its blocks follow each other by twelve seconds",
        "blockhash-simple": seesTheChain, "blockhash-start-before-head": seesTheChain, "contract-calls-itself": seesTheChain,
        "fee-recipient-receiving-funds": seesTheChain, "overwrite-existing-contract": seesTheChain, "override-block-num": seesTheChain,
        "self-destructive-contract-produces-logs": "sends to an account that exists there",
        "overflow-nonce-validation": "answers -32603 there, which is for a node's own faults here",
        "move-ecrecover-and-call-old-and-new": movesPrecompiles, "move-ecrecover-twice-and-call": movesPrecompiles,
        "move-to-address-itself-reference-38022": movesPrecompiles, "move-two-accounts-to-same-38023": movesPrecompiles,
        "move-two-non-precompiles-accounts-to-same": movesPrecompiles, "override-ecrecover": movesPrecompiles,
        "use-as-many-features-as-possible": movesPrecompiles,
    ]

    let name: String
    let answer: [String: Any]
    private let request: [String: Any]

    init(_ file: URL) throws {
        name = file.deletingPathExtension().lastPathComponent.replacing("ethSimulate-", with: "")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        func object(_ mark: String) throws -> [String: Any] {
            let line = lines.first { $0.hasPrefix(mark) }?.dropFirst(mark.count) ?? ""
            return try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        }
        (request, answer) = (try object(">> "), try object("<< "))
    }

    /// The parameters for a chain whose head is at these quantities.
    func parameters(number: String?, timestamp: String?) throws -> String {
        let (height, time) = (Self.int(number), Self.int(timestamp))
        let given = request["params"] as? [Any] ?? []
        var options = given.first as? [String: Any] ?? [:]
        options["blockStateCalls"] = (options["blockStateCalls"] as? [[String: Any]])?.map { block in
            var block = block
            if var overrides = block["blockOverrides"] as? [String: Any] {
                if let number = overrides["number"] as? String {
                    overrides["number"] = Self.hex(Self.int(number) - Self.publishedHead.number + height)
                }
                if let given = overrides["time"] as? String {
                    overrides["time"] = Self.hex(Self.int(given) - Self.publishedHead.timestamp + time)
                }
                block["blockOverrides"] = overrides
            }
            return block
        }
        var base = Self.hex(height)
        if let named = given.dropFirst().first as? String, named.hasPrefix("0x") {
            // One that is not there yet is not there here either.
            let distance = Self.int(named) - Self.publishedHead.number
            base = Self.hex(height + (distance > 0 ? distance + 10_000 : distance))
        }
        return String(decoding: try JSONSerialization.data(withJSONObject: [options, base]), as: UTF8.self)
    }

    private static func int(_ quantity: String?) -> Int { quantity.flatMap { Int($0.dropFirst(2), radix: 16) } ?? 0 }
    private static func hex(_ value: Int) -> String { "0x" + String(max(0, value), radix: 16) }

    /// What must be the same: the error's code, or each call's data, gas, status, fault and events.
    static func summary(_ answer: [String: Any]) -> [String] {
        if let error = answer["error"] as? [String: Any] { return ["error \(error["code"] ?? "")"] }
        let blocks = answer["result"] as? [[String: Any]] ?? []
        return blocks.flatMap { block -> [String] in
            let calls = block["calls"] as? [[String: Any]] ?? []
            return ["block of \(calls.count), \(block["gasUsed"] ?? "")"] + calls.map(line)
        }
    }

    private static func line(_ call: [String: Any]) -> String {
        let error = call["error"] as? [String: Any]
        let logs = (call["logs"] as? [[String: Any]] ?? []).map { log in
            "\(log["address"] ?? "") \((log["topics"] as? [String] ?? []).joined(separator: ",")) \(log["data"] ?? "") \(log["logIndex"] ?? "")"
        }
        let fields = ["returnData", "gasUsed", "maxUsedGas", "status"].map { "\(call[$0] ?? "none")" }
        return (fields + ["\(error?["code"] ?? "")", "\(error?["message"] ?? "")"] + logs).joined(separator: " | ")
    }
}
