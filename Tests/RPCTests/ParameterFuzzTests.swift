import ChainTypes
import Foundation
import Primitives
import RPCServer
import TestKit
import Testing

/// Random parameters for every method: whatever comes, the answer is a result or a typed error.
@Suite(.timeLimit(.minutes(5))) struct ParameterFuzzTests {
    private static func setting(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }
    static let seed = setting("QUSTREAM_FUZZ_SEED") ?? 1
    static let rounds = Int(setting("QUSTREAM_RPC_ROUNDS") ?? 3)
    /// JSON-RPC's own codes, geth's, EIP-1193's; -32603 is not among them.
    static let codes: Set<JSONValue> = [-32600, -32601, -32602, -32000, -32002, -32003, -32005, -38020, -38021, -38026, 3, 4200]

    @Test func anyParametersGetAResultOrATypedError() async throws {
        print("parameters: seed \(Self.seed), \(100 * Self.rounds) calls to each method")
        try await Harness.run(configure: { $0.web.maximumBodyBytes = 8 << 20 }) { node async throws in
            var (results, errors) = (0, 0)
            for (index, method) in RPCMethodTable.names.enumerated() {
                var maker = ParameterMaker(random: SeededGenerator(seed: Self.seed &* 1000 &+ UInt64(index)))
                for _ in 0..<Self.rounds {
                    let calls = (0..<100).map { id -> JSONValue in
                        ["jsonrpc": "2.0", "id": .integer(Int64(id)), "method": .string(method), "params": maker.parameters()]
                    }
                    let reply = try await node.post(JSONValue.array(calls).bytes)
                    let answers = try #require(try JSONValue(parsing: reply.body).asArray)
                    #expect(answers.count == 100)
                    for (call, answer) in zip(calls, answers) {
                        if let error = answer["error"] {
                            errors += 1
                            #expect(Self.codes.contains(error["code"] ?? .null), "seed \(Self.seed): \(text(call)) answers \(text(answer))")
                            #expect(error["message"]?.asString?.isEmpty == false && error["data"] != nil)
                        } else {
                            results += 1
                            #expect(answer["result"] != nil, "seed \(Self.seed): \(text(call))")
                        }
                    }
                }
            }
            // Both happen, or the makers have gone astray.
            #expect(results > 1000 && errors > 1000, "\(results) results, \(errors) errors")
        }
    }

    private func text(_ value: JSONValue) -> String { String(String(decoding: value.bytes, as: UTF8.self).prefix(600)) }
}

/// Makes parameters, some of them meaningful.
struct ParameterMaker {
    var random: SeededGenerator

    private static let chain = FixtureChain()
    private static let plausible: [JSONValue] = {
        let (alice, bob) = (JSONValue.data(FixtureChain.alice), JSONValue.data(FixtureChain.bob))
        let block = JSONValue.data(chain.blocks[1].sealed.blockHash)
        let call: JSONValue = ["from": alice, "to": bob, "gas": "0x5208", "value": "0x1", "input": "0x0102"]
        let filter: JSONValue = ["fromBlock": "0x0", "toBlock": "latest", "address": bob, "topics": [.null, [.data(FixtureChain.topic)]]]
        return [
            alice, bob, block, .data(chain.signed[0].hash), .data(chain.signed[1].networkForm), "latest", "pending", "earliest",
            "finalized", "safe",
            "0x0", "0x1", "0x2", "0x3", "0xffffffffffffffff", "0x", .bool(true), .bool(false), call, filter, ["blockHash": block],
            ["blockHash": block, "requireCanonical": true], ["blockNumber": "0x1"], [0, 50, 100], ["0x0", .data(FixtureChain.topic)],
            .object([.init(FixtureChain.bob.hex, ["balance": "0x1", "stateDiff": ["0x0": .data(FixtureChain.topic)]])]),
            ["blockStateCalls": [["calls": [call], "blockOverrides": ["number": "0x4"]], .object([])], "validation": true],
            .object([.init(FixtureChain.bob.hex, ["0x0"])]), ["number": "0x9", "time": "0x1", "baseFeePerGas": "0x1"], "newHeads", "logs",
        ]
    }()
    private static let names = [
        "from", "to", "gas", "gasPrice", "maxFeePerGas", "value", "data", "input", "accessList", "address", "storageKeys", "topics",
        "fromBlock",
        "toBlock", "blockHash", "blockNumber", "requireCanonical", "balance", "nonce", "code", "state", "stateDiff", "number", "time",
        "blockStateCalls", "calls",
        "blockOverrides", "stateOverrides",
    ]

    /// Mostly a list of up to five, at times no list at all.
    mutating func parameters() -> JSONValue {
        if chance(20) { return value(depth: 0) }
        return .array((0..<Int.random(in: 0...5, using: &random)).map { _ in parameter() })
    }

    private mutating func parameter() -> JSONValue {
        guard chance(2), let known = Self.plausible.randomElement(using: &random) else { return value(depth: 0) }
        return chance(3) ? damaged(known) : known
    }

    /// With a probability of one in `count`.
    private mutating func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    private mutating func damaged(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): return .string(damaged(text))
        case .array(let items):
            return .array(items.map { chance(2) ? damaged($0) : $0 } + (chance(3) ? [self.value(depth: 1)] : []))
        case .object(let members):
            var members = members.map { JSONValue.Member(chance(8) ? damaged($0.name) : $0.name, chance(2) ? damaged($0.value) : $0.value) }
            if chance(2), let name = Self.names.randomElement(using: &random) { members.append(.init(name, self.value(depth: 1))) }
            return .object(members)
        default: return self.value(depth: 1)
        }
    }

    private mutating func damaged(_ text: String) -> String {
        var bytes = Array(text.utf8.prefix(4096))
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.append(UInt8.random(in: 0x20...0x7e, using: &random))
        case 1: if !bytes.isEmpty { bytes.removeLast() }
        case 2: if let index = bytes.indices.randomElement(using: &random) { bytes[index] = UInt8.random(in: 0x20...0x7e, using: &random) }
        default: bytes += bytes
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth < 3 ? 9 : 7), using: &random) {
        case 0: .null
        case 1: .bool(chance(2))
        case 2: .integer(chance(2) ? Int64.random(in: .min ... .max, using: &random) : Int64.random(in: -2...2, using: &random))
        case 3: .number(Double.random(in: -1e300...1e300, using: &random))
        case 4: .string(Hex.encode(random.bytes(0...70)))
        case 5: .string("0x" + String(random.next() >> UInt64.random(in: 0..<64, using: &random), radix: 16))
        case 6: .string(String(decoding: random.bytes(0...12), as: UTF8.self))
        case 7: .array((0..<Int.random(in: 0...4, using: &random)).map { _ in chance(2) ? parameter() : value(depth: depth + 1) })
        default: object(depth: depth)
        }
    }

    private mutating func object(depth: Int) -> JSONValue {
        .object(
            (0..<Int.random(in: 0...5, using: &random)).map { _ in
                .init(Self.names.randomElement(using: &random) ?? "", chance(2) ? parameter() : value(depth: depth + 1))
            })
    }
}
