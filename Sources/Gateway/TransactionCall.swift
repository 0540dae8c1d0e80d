import ChainTypes
import Primitives
import RPCServer
import Wallet

/// The argument of `eth_sendTransaction`, read.
struct TransactionCall {
    let from: Address
    let request: TransactionRequest
    let nonce: UInt64?
    let chainID: UInt64?
    let maximumFee: UInt256?
    let priorityFee: UInt256?

    init(_ value: JSONValue) throws(RPCFailure) {
        guard value.isObject else { throw .invalidParameters("invalid argument 0: expected an object") }
        func field<Value>(_ name: String, _ read: (JSONValue, String) throws(RPCFailure) -> Value) throws(RPCFailure) -> Value? {
            guard let member = value[name], member != .null else { return nil }
            return try read(member, name)
        }
        try Self.checkType(field("type", Field.number), value)
        guard let from = try field("from", Field.address) else { throw .invalidParameters("missing from: which account is to send") }
        let (input, data) = (try field("input", Field.data), try field("data", Field.data))
        if let input, let data, input != data {
            throw .invalidParameters("both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass transaction call data")
        }
        let to = try field("to", Self.recipient) ?? nil
        guard to != nil || !(input ?? data ?? []).isEmpty else { throw .invalidParameters("contract creation without any data provided") }
        let price = try field("gasPrice", Field.quantity)
        let (maximum, priority) = (try field("maxFeePerGas", Field.quantity), try field("maxPriorityFeePerGas", Field.quantity))
        guard price == nil || (maximum == nil && priority == nil) else {
            throw .invalidParameters("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")
        }
        self.from = from
        nonce = try field("nonce", Field.number)
        chainID = try field("chainId", Field.number)
        (maximumFee, priorityFee) = (maximum ?? price, priority ?? price)
        request = TransactionRequest(
            to: to, value: try field("value", Field.quantity) ?? .zero, data: input ?? data ?? [],
            accessList: try field("accessList", Field.accessList) ?? [], gasLimit: try field("gas", Field.number),
            lastValidBlock: try field("lastValidBlock", Field.number) ?? 0)
    }

    /// Some tools write `"0x"` for nobody.
    private static func recipient(_ value: JSONValue, _ name: String) throws(RPCFailure) -> Address? {
        if value == "0x" { return nil }
        return try Field.address(value, name)
    }

    /// Ethereum's types 0 to 2 say nothing that our one type does not; blobs and delegations it cannot say.
    private static func checkType(_ type: UInt64?, _ value: JSONValue) throws(RPCFailure) {
        let isKnown = type.map { $0 <= 2 || $0 == UInt64(UnsignedTransaction.type) } ?? true
        let foreign = ["blobVersionedHashes", "blobs", "maxFeePerBlobGas", "authorizationList"].first { name in
            value[name].map { $0 != .null && $0 != [] } ?? false
        }
        guard isKnown, foreign == nil else {
            throw RPCFailure(message: "transaction type not supported: no blobs and no delegations here", reason: "unsupportedType")
        }
    }

    /// The call that the node estimates.
    var estimateObject: JSONValue {
        var members: [JSONValue.Member] = [
            .init("from", .data(from)), .init("value", .quantity(request.value)), .init("input", .data(request.data)),
        ]
        if let to = request.to { members.append(.init("to", .data(to))) }
        if !request.accessList.isEmpty {
            let list = request.accessList.map { entry -> JSONValue in
                ["address": .data(entry.address), "storageKeys": .array(entry.slots.map { .data($0) })]
            }
            members.append(.init("accessList", .array(list)))
        }
        return .object(members)
    }
}
