import ChainTypes
import Primitives

extension RPCParameters {
    /// The call at position 0, with the state overrides at 2 and the block overrides at 3.
    func call() throws -> CallRequest {
        var request = try CallRequest(required(0))
        if let accounts = optional(2) { try request.overrides.readAccounts(accounts) }
        if let block = optional(3) { try request.overrides.readBlock(block) }
        return request
    }
}

extension JSONValue {
    /// The member as a reader reads it; nil where there is none, or null.
    fileprivate func field<Value>(_ name: String, _ read: (JSONValue, String) throws -> Value) throws -> Value? {
        guard let member = self[name], member != .null else { return nil }
        return try read(member, name)
    }

    fileprivate func members(_ name: String) throws(RPCFailure) -> [Member] {
        guard case .object(let members) = self else { throw .invalidParameters("invalid \(name): expected an object") }
        return members
    }
}

extension CallRequest {
    init(_ value: JSONValue) throws {
        _ = try value.members("argument 0")
        let (input, data) = (try value.field("input", Field.data), try value.field("data", Field.data))
        if let input, let data, input != data {
            throw RPCFailure.invalidParameters(
                "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass transaction call data")
        }
        for name in ["blobVersionedHashes", "blobs", "authorizationList"] where value[name]?.asArray?.isEmpty == false {
            throw RPCFailure.invalidParameters("\(name): this chain has no such transactions")
        }
        // Nobody checks the nonce of a call, but a malformed one is a mistake.
        _ = try value.field("nonce", Field.number)
        let price = try value.field("gasPrice", Field.quantity)
        let (fee, tip) = (try value.field("maxFeePerGas", Field.quantity), try value.field("maxPriorityFeePerGas", Field.quantity))
        guard price == nil || (fee == nil && tip == nil) else {
            throw RPCFailure.invalidParameters("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")
        }
        self.init(
            from: try value.field("from", Field.address) ?? .zero, to: try value.field("to", Field.address),
            gas: try value.field("gas", Field.number), gasPrice: price ?? fee ?? .zero,
            priorityFee: price == nil ? tip ?? .zero : nil, value: try value.field("value", Field.quantity) ?? .zero,
            data: input ?? data ?? [], accessList: try value.field("accessList", Field.accessList) ?? [])
    }
}

extension CallOverrides {
    static let maximumAccounts = 1024
    static let maximumSlots = 16_384

    /// `{address: {balance, nonce, code, state, stateDiff}}`, as geth takes it.
    mutating func readAccounts(_ value: JSONValue) throws {
        let members = try value.members("state overrides")
        guard members.count <= Self.maximumAccounts else {
            throw RPCFailure.invalidParameters("too many state overrides (at most \(Self.maximumAccounts) accounts)")
        }
        for member in members {
            accounts[try Field.address(.string(member.name), "state override")] = try Account(member.value, member.name)
        }
        guard accounts.values.reduce(0, { $0 + ($1.slots?.count ?? 0) }) <= Self.maximumSlots else {
            throw RPCFailure.invalidParameters("too many state overrides (at most \(Self.maximumSlots) slots)")
        }
    }

    /// `{number, time, gasLimit, feeRecipient, prevRandao, baseFeePerGas, blobBaseFee}`, as geth takes it.
    mutating func readBlock(_ value: JSONValue) throws {
        _ = try value.members("block overrides")
        for name in ["beaconRoot", "withdrawals"] where value[name] != nil {
            throw RPCFailure.invalidParameters("block override \"\(name)\" is not supported for this RPC method")
        }
        number = try value.field("number", Field.number)
        timestamp = try value.field("time", Field.number)
        gasLimit = try value.field("gasLimit", Field.number)
        feeRecipient = try value.field("feeRecipient", Field.address)
        prevRandao = try value.field("prevRandao", Field.hash)
        baseFee = try value.field("baseFeePerGas", Field.quantity)
        blobBaseFee = try value.field("blobBaseFee", Field.quantity)
    }
}

extension CallOverrides.Account {
    fileprivate init(_ value: JSONValue, _ name: String) throws {
        _ = try value.members("state override of \(name.prefix(42))")
        self.init(
            nonce: try value.field("nonce", Field.number), balance: try value.field("balance", Field.quantity),
            code: try value.field("code", Field.data))
        if let moved = value["movePrecompileToAddress"], moved != .null {
            throw RPCFailure.invalidParameters("movePrecompileToAddress is not supported")
        }
        let (all, some) = (try value.field("state", Self.slots), try value.field("stateDiff", Self.slots))
        guard all == nil || some == nil else {
            throw RPCFailure.invalidParameters("account \(name.prefix(42)) has both 'state' and 'stateDiff'")
        }
        (slots, replacesStorage) = (all ?? some, all != nil)
    }

    private static func slots(_ value: JSONValue, _ name: String) throws -> [Hash: UInt256] {
        var slots: [Hash: UInt256] = [:]
        for member in try value.members(name) {
            let new: Hash = try Field.hash(member.value, name)
            slots[try Field.storageKey(.string(member.name))] = new.number
        }
        return slots
    }
}
