import ChainTypes
import Cryptography
import Primitives
import RPCServer
import Synchronization
import Wallet

/// A node that takes transactions by the chain's rules for keys and nonces and has each in a block at once, unless told otherwise.
final class FakeNode: WebRoutes, Sendable {
    struct State {
        var nonces: [Address: UInt64] = [:]
        var commitments: [Address: Hash] = [:]
        var taken: [SignedTransaction] = []
        var balance = QST.one * 1000
        /// The whole answer to `eth_estimateGas`, but for its frame.
        var estimate: (name: String, value: JSONValue) = ("result", "0x5208")
        var refusal: String?
        var tip = FakeNode.tip
        /// Called with each method before it is answered.
        var onCall: (@Sendable (String) -> Void)?
        /// Taken transactions stay in the mempool.
        var isStalled = false
        /// Texts that came in, as they came.
        var texts: [String] = []
        var sockets: [@Sendable ([UInt8]) -> Bool] = []
    }

    static let genesis = Keccak256.hash([1])
    static let baseFee = QST.gwei
    static let tip = QST.gwei * 2
    /// What no JSON writer would give.
    static let oddAnswer = #"{ "id" : 1 ,"result":{"b":1.50,"a":"\u0041"}, "jsonrpc":"2.0" }"#
    static let oddBatch = "[ \(oddAnswer) ,\n  {\"error\":{\"code\":-1},\"id\":2} ]"
    static let note = #"{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0xab","result":{"number":"0x7"}}}"#

    let state = Mutex(State())

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
    var taken: [SignedTransaction] { state.withLock(\.taken) }
    var texts: [String] { state.withLock(\.texts) }

    var webSockets: (any WebSocketMessages)? { self }

    func reply(to request: WebRequest) async -> WebReply {
        guard request.method == "POST", request.isJSON else { return .text("no\n", status: 400) }
        return WebReply(contentType: "application/json", body: answer(request.body))
    }

    func answer(_ text: [UInt8]) -> [UInt8] {
        change { $0.texts.append(String(decoding: text, as: UTF8.self)) }
        guard let request = try? JSONValue(parsing: text) else { return Array("broken".utf8) }
        if case .array(let calls) = request {
            if calls.contains(where: { $0["method"] == "odd" }) { return Array(Self.oddBatch.utf8) }
            return JSONValue.array(calls.compactMap(answer)).bytes
        }
        if request["method"] == "odd" { return Array(Self.oddAnswer.utf8) }
        return answer(request)?.bytes ?? []
    }

    private func answer(_ call: JSONValue) -> JSONValue? {
        guard let id = call["id"] else { return nil }
        let (name, value) = outcome(call["method"]?.asString ?? "", call["params"]?.asArray ?? [])
        return .object([.init("jsonrpc", "2.0"), .init("id", id), .init(name, value)])
    }

    private func outcome(_ method: String, _ parameters: [JSONValue]) -> (String, JSONValue) {
        state.withLock(\.onCall)?(method)
        return state.withLock { state in
            switch method {
            case "eth_chainId": ("result", .quantity(ChainIdentity.devnetID))
            case "eth_blockNumber": ("result", "0x9")
            case "typed": ("result", [["type": "0x51"], ["note": #""type":"0x51""#], ["type": "0x51"]])
            case "eth_getBalance": ("result", .quantity(state.balance))
            case "eth_maxPriorityFeePerGas": ("result", .quantity(state.tip))
            case "eth_feeHistory":
                ("result", ["oldestBlock": "0x9", "baseFeePerGas": [.quantity(Self.baseFee), .quantity(Self.baseFee)], "gasUsedRatio": [0]])
            case "eth_estimateGas": state.estimate
            case "qs_getFinality": ("result", Self.firstBlock)
            case "qs_getAccountKey": ("result", state.key(parameters.first?.asString.flatMap { Address(hex: $0) } ?? .zero))
            case "eth_getTransactionReceipt": ("result", state.receipt(parameters.first ?? .null))
            case "eth_sendRawTransaction": state.admit(Hex.decode(parameters.first?.asString ?? "") ?? [])
            case "eth_subscribe": ("result", "0xab")
            case "eth_unsubscribe": ("result", true)
            default: ("error", ["code": -32601, "message": .string("the method \(method) does not exist/is not available")])
            }
        }
    }

    private static let firstBlock: JSONValue = [
        "number": "0x0", "blockHash": .data(genesis), "envelopeHash": .data(genesis), "epoch": "0x0", "view": "0x0",
        "timeMilliseconds": "0x0", "finalitySeconds": nil, "signers": "0x4", "validators": "0x4",
    ]
}

extension FakeNode.State {
    func key(_ address: Address) -> JSONValue {
        ["suite": "0x1", "commitment": .data(isStalled ? nil : commitments[address]), "uses": .quantity(isStalled ? 0 : nonces[address] ?? 0)]
    }

    func receipt(_ hash: JSONValue) -> JSONValue {
        guard !isStalled, let found = taken.first(where: { .data($0.hash) == hash }) else { return .null }
        return [
            "transactionHash": hash, "blockNumber": "0x9", "blockHash": .data(FakeNode.genesis), "status": "0x1",
            "gasUsed": .quantity(found.body.gasLimit), "effectiveGasPrice": "0x1", "contractAddress": nil, "logs": [],
        ]
    }

    /// Checks what only the right key, signing the right nonce, can have made.
    mutating func admit(_ bytes: [UInt8]) -> (String, JSONValue) {
        func refused(_ reason: String) -> (String, JSONValue) {
            ("error", ["code": -32000, "message": .string("the node says \(reason)"), "data": ["reason": .string(reason)]])
        }
        if let refusal { return refused(refusal) }
        guard let signed = try? SignedTransaction(networkForm: bytes) else { return refused("malformed") }
        let (body, witness) = (signed.body, signed.witness)
        if taken.contains(where: { $0.hash == signed.hash }) { return refused("alreadyKnown") }
        guard MLDSA.verify(
            suite: body.suite, publicKey: witness.publicKey, message: body.signingPayload,
            context: UnsignedTransaction.signingContext(genesis: FakeNode.genesis), signature: witness.signature)
        else { return refused("invalidSignature") }
        let commitment = KeyCommitment.of(suite: body.suite, publicKey: witness.publicKey)
        if let old = taken.last(where: { $0.body.sender == body.sender && $0.body.nonce == body.nonce }) {
            guard isStalled, old.body.nextKeyCommitment == body.nextKeyCommitment else { return refused("nonceTooLow") }
        } else {
            guard body.nonce == nonces[body.sender] ?? 0 else { return refused("nonceTooHigh") }
            guard commitments[body.sender].map({ $0 == commitment }) ?? (Address(firstCommitment: commitment) == body.sender) else {
                return refused("wrongKey")
            }
            nonces[body.sender] = body.nonce + 1
            commitments[body.sender] = body.nextKeyCommitment
        }
        taken.append(signed)
        return ("result", .data(signed.hash))
    }
}

extension FakeNode: WebSocketMessages {
    func open(notify: @escaping @Sendable ([UInt8]) -> Bool, close: @escaping @Sendable () -> Void) -> any WebSocketSession {
        change { $0.sockets.append(notify) }
        return Session(node: self, notify: notify)
    }

    /// Tells of news too early: before the subscription's id.
    private struct Session: WebSocketSession {
        let node: FakeNode
        let notify: @Sendable ([UInt8]) -> Bool

        func answer(_ text: [UInt8]) async -> [UInt8]? {
            if String(decoding: text, as: UTF8.self).contains("eth_subscribe") { _ = notify(Array(FakeNode.note.utf8)) }
            let answer = node.answer(text)
            return answer.isEmpty ? nil : answer
        }

        func answered() {}
        func close() {}
    }
}
