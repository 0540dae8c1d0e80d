import Primitives
import RPCServer

/// Compares two answers by shape: the same members, the same JSON types, the same forms of hexadecimal (quantity or
/// data, and the length of data where it is fixed), and null in the same places.
struct Shape {
    /// Members that the other may lack: those of blobs and of delegations, and the root of receipts before Byzantium.
    static let notHere: Set<String> = [
        "blobVersionedHashes", "maxFeePerBlobGas", "blobGasPrice", "authorizationList", "root", "retentionBlocks",
        "BEACON_ROOTS_ADDRESS", "CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS", "DEPOSIT_CONTRACT_ADDRESS",
        "WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS",
    ]
    /// Members of a receipt that has to do with blobs; blocks have one of the same name.
    static let notInReceipts: Set<String> = ["blobGasUsed"]
    /// This chain's own members (docs/rpc.md).
    static let ours: Set<String> = [
        "envelopeHash", "epoch", "view", "timeMilliseconds", "bodyHash", "sender", "nextKeyCommitment", "suite", "lastValidBlock",
        "witnessHash", "revertReason", "status",
    ]
    /// What younger transactions and blocks have, when the published one is older.
    static let younger: Set<String> = [
        "accessList", "maxFeePerGas", "maxPriorityFeePerGas", "chainId", "yParity", "baseFeePerGas", "withdrawals", "withdrawalsRoot",
        "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot", "requestsHash", "reward",
    ]
    /// Data of any length.
    static let variable: Set<String> = ["input", "data", "extraData", "accountProof", "proof", "code"]
    /// Objects whose members are names that each chain chooses.
    static let named: Set<String> = ["precompiles", "systemContracts", "pending", "queued"]

    private(set) var differences: [String] = []

    static func differences(theirs: JSONValue, ours: JSONValue, name: String = "result") -> [String] {
        var shape = Shape()
        shape.compare(theirs, ours, name, "")
        return shape.differences
    }

    private mutating func compare(_ theirs: JSONValue, _ ours: JSONValue, _ name: String, _ path: String) {
        let path = path + "/" + name
        switch (theirs, ours) {
        case (.null, .null), (.bool, .bool), (.integer, .integer), (.number, .number), (.integer, .number), (.number, .integer): break
        case (.string(let a), .string(let b)): compare(a, b, name, path)
        case (.array(let a), .array(let b)): if let a = a.first, let b = b.first { compare(a, b, name, path) }
        case (.object(let a), .object(let b)): compare(a, b, name, path)
        default: differences.append("\(path): \(Self.kind(theirs)) there, \(Self.kind(ours)) here")
        }
    }

    private mutating func compare(_ theirs: [JSONValue.Member], _ ours: [JSONValue.Member], _ name: String, _ path: String) {
        let mine = Dictionary(ours.map { ($0.name, $0.value) }) { first, _ in first }
        let isReceipt = mine["cumulativeGasUsed"] != nil
        for member in theirs {
            if let value = mine[member.name] {
                compare(member.value, value, member.name, path)
            } else if !Self.notHere.contains(member.name), !(isReceipt && Self.notInReceipts.contains(member.name)) {
                differences.append("\(path)/\(member.name) is missing")
            }
        }
        guard !Self.named.contains(name) else { return }
        let known = Set(theirs.map(\.name)).union(Self.ours).union(Self.younger)
        for member in ours where !known.contains(member.name) { differences.append("\(path)/\(member.name) is not published") }
    }

    private mutating func compare(_ theirs: String, _ ours: String, _ name: String, _ path: String) {
        let (a, b) = (Self.forms(theirs, name), Self.forms(ours, name))
        guard a.isDisjoint(with: b) else { return }
        differences.append("\(path): \(theirs.prefix(70)) there, \(ours.prefix(70)) here")
    }

    private enum Form: Hashable {
        case quantity, data, fixed(Int), text
    }

    private static func forms(_ text: String, _ name: String) -> Set<Form> {
        guard text.hasPrefix("0x"), let bytes = Hex.decode(text.count.isMultiple(of: 2) ? text : "0x0" + text.dropFirst(2)) else {
            return [.text]
        }
        let isWhole = text.count.isMultiple(of: 2)
        if variable.contains(name) { return isWhole ? [.data] : [] }
        // A hash may begin with any digit; a signature's numbers may be as long as one.
        let isNumber = ["v", "r", "s"].contains(name)
        if [20, 32, 256].contains(bytes.count), isWhole, !isNumber { return [.fixed(bytes.count)] }
        var forms: Set<Form> = isWhole ? [.data] : []
        if Hex.decodeQuantity(text) != nil { forms.insert(.quantity) }
        return forms
    }

    private static func kind(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
