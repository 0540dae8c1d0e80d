import ChainTypes
import Foundation
import Primitives
import RPCServer
import TestKit

/// A request and its answer as execution-apis publishes them (`evm/rpc-compat` among the vectors).
struct PublishedExchange: CustomStringConvertible, Sendable {
    static let folder = "evm/rpc-compat"

    /// `eth_getLogs/topic-exact-match.io`.
    let path: String
    let request: JSONValue
    let answer: JSONValue

    var method: String { request["method"]?.asString ?? "" }
    var description: String { path }

    init(_ path: String) throws {
        self.path = path
        guard let root = Vectors.root else { throw CocoaError(.fileNoSuchFile) }
        let text = try String(contentsOf: root.appending(path: Self.folder).appending(path: path), encoding: .utf8)
        func line(_ mark: String) throws -> JSONValue {
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(mark) }) else {
                throw CocoaError(.fileReadCorruptFile)
            }
            return try JSONValue(parsing: Array(line.utf8.dropFirst(mark.utf8.count)))
        }
        (request, answer) = (try line(">> "), try line("<< "))
    }

    /// Every file, as `folder/name.io`.
    static func paths() throws -> [String] {
        let marker = folder + "/"
        return try Vectors.files(under: folder, extension: "io").compactMap { file in
            file.path.range(of: marker).map { String(file.path[$0.upperBound...]) }
        }
    }

    /// The folders: one for each method.
    static func folders() throws -> [String] { Array(Set(try paths().map { String($0.prefix { $0 != "/" }) })).sorted() }
}

// MARK: - The same question to another chain

extension PublishedExchange {
    /// The request with names of the fixture's things in place of the published chain's. What is not found there, or
    /// refused, is asked for as it is.
    func translated(for chain: FixtureChain) -> JSONValue {
        let parameters = request["params"]?.asArray ?? []
        guard let result = answer["result"], result != .null else { return question(parameters.map(revertingAlike)) }
        let words = parameters.enumerated().map { index, value in translate(value, index, result, chain) }
        return question(words)
    }

    private func question(_ parameters: [JSONValue]) -> JSONValue {
        ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .array(parameters)]
    }

    /// The fixture's contract reverts with what follows a first byte of one.
    private func revertingAlike(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value, answer["error"]?["code"] == 3, let data = answer["error"]?["data"]?.asString else {
            return value
        }
        return .object(members.map { $0.name == "input" ? .init("input", .string("0x01" + data.dropFirst(2))) : $0 })
    }

    private func translate(_ value: JSONValue, _ index: Int, _ result: JSONValue, _ chain: FixtureChain) -> JSONValue {
        switch value {
        case .string(let text): return .string(translate(text, index, result, chain))
        case .object(let members):
            guard method != "eth_getStorageValues" else { return value }
            return .object(members.map { .init($0.name, Self.translate($0.value, named: $0.name, chain)) })
        default: return value
        }
    }

    private func translate(_ text: String, _ index: Int, _ result: JSONValue, _ chain: FixtureChain) -> String {
        let isTransaction = ["eth_getTransactionByHash", "eth_getTransactionReceipt", "debug_getRawTransaction"].contains(method)
        // The first of the fixture's transactions creates a contract, the second calls one.
        if isTransaction { return chain.signed[result["to"] == .null ? 0 : 1].hash.hex }
        let isStorageKey = method == "eth_getStorageAt" && index == 1
        switch text.utf8.count {
        case 42: return FixtureChain.alice.hex
        case 66 where !isStorageKey: return chain.blocks[1].sealed.blockHash.hex
        default: break
        }
        let isIndex = method.hasSuffix("AndIndex") && index == 1
        let isCount = method == "eth_feeHistory" && index == 0
        let isNumber = text.hasPrefix("0x") && text != "0x0" && !isStorageKey && !isIndex && !isCount
        return isNumber ? "0x1" : text
    }

    private static func translate(_ value: JSONValue, named name: String, _ chain: FixtureChain) -> JSONValue {
        switch (name, value) {
        case ("blockHash", _): .data(chain.blocks[1].sealed.blockHash)
        case ("fromBlock", _), ("toBlock", _): "0x1"
        case ("topics", .array(let items)): .array(items.map { translate($0, named: "topic", chain) })
        case ("topic", .array(let items)): .array(items.map { translate($0, named: "topic", chain) })
        case ("topic", .string): .data(FixtureChain.topic)
        case ("address", _), ("to", _): .data(FixtureChain.bob)
        case ("from", _): .data(FixtureChain.alice)
        default: value
        }
    }
}
