import ChainTypes
import Cryptography
import Primitives
import RPCServer
import StakingTools

/// Reads a genesis document and the files that it names.
public struct GenesisReader {
    public static let maximumBytes = 256 << 20
    /// As many as a chain spec holds.
    static let maximumAllocations = 1 << 20

    private let file: (String) -> [UInt8]?
    private var faults = Faults()
    private var document = GenesisDocument()
    /// The place of the entry that takes what the others leave of the supply.
    private var rest: (place: String, isVesting: Bool, index: Int)?

    private static let known = [
        "name", "chainId", "time", "supply", "operationsAccount", "parameters", "validators", "encryptionNodes", "allocations",
        "allocationFiles",
    ]
    private static let operatorMembers = [
        "address", "kind", "moniker", "endpoint", "nodeKey", "nodeProof", "consensusKey", "consensusProof",
    ]
    private static let stakeMembers = ["file", "stake", "commission", "maximumCommission", "maximumDailyChange"]

    /// - Parameters:
    ///   - bytes: JSON.
    ///   - file: the bytes of a file that the document names, nil where it cannot be read; it bounds what it returns.
    /// - Throws: everything that could not be read. Whether the values can stand together is another question: `faults`.
    public static func read(_ bytes: [UInt8], file: @escaping (String) -> [UInt8]?) throws(Faults) -> GenesisDocument {
        var reader = GenesisReader(file: file)
        reader.read(bytes)
        guard reader.faults.isEmpty else { throw reader.faults }
        return reader.document
    }

    private init(file: @escaping (String) -> [UInt8]?) { self.file = file }

    private mutating func read(_ bytes: [UInt8]) {
        guard bytes.count <= Self.maximumBytes else { return faults.add("the document is larger than \(Self.maximumBytes >> 20) MiB") }
        guard let value = json(bytes, "the document"), let members = Members(value, "the document", known: Self.known, &faults) else { return }
        document.name = members.required("name", &faults) ?? ""
        if members["chainId"] == nil { faults.add("the document lacks chainId") }
        document.chainID = members.value("chainId", members.scalar("chainId", &faults), "a whole number", &faults) { UInt64($0) } ?? 0
        if members["time"] == nil { faults.add("the document lacks time") }
        document.timeMilliseconds = members.value(
            "time", members.scalar("time", &faults), "such as 2026-12-01T12:00:00Z", &faults) { GenesisText.time($0) } ?? 0
        document.supply = amount("supply", members)
        document.operationsAccount = address("operationsAccount", members)
        readParameters(members)
        for (index, item) in members.items("validators", &faults).enumerated() { readValidator(item, "validators[\(index)]") }
        for (index, item) in members.items("encryptionNodes", &faults).enumerated() { readNode(item, "encryptionNodes[\(index)]") }
        if let allocations = members["allocations"] { readAllocations(allocations, "allocations") }
        for item in members.items("allocationFiles", &faults) { readAllocationFile(item) }
        settleRest()
    }

    private mutating func json(_ bytes: [UInt8], _ place: String) -> JSONValue? {
        do { return try JSONValue(parsing: bytes) } catch {
            faults.add("\(place) is not JSON: \(error)")
            return nil
        }
    }

    private mutating func readParameters(_ members: Members) {
        guard let value = members["parameters"] else { return }
        let known = ChainParameterName.allCases.map(\.rawValue) + Parameter.allCases.map(\.name)
        guard let parameters = Members(value, "parameters", known: known, &faults) else { return }
        for name in known {
            guard let text = parameters.scalar(name, &faults) else { continue }
            if let fault = document.set(parameter: name, to: text) { faults.add(fault) }
        }
    }
}

// MARK: - Values

extension GenesisReader {
    private mutating func address(_ name: String, _ members: Members) -> Address? {
        members.value(name, members.text(name, &faults), "an address, 0x and 40 hexadecimal digits (with capitals only as EIP-55 has them)", &faults) { Address(typed: $0) }
    }

    private mutating func amount(_ name: String, _ members: Members) -> UInt256? {
        members.value(name, members.text(name, &faults), "an amount of QST such as \"1000.5\"", &faults) { QST.parse($0) }
    }

    private mutating func fraction(_ name: String, _ members: Members) -> UInt256? {
        members.value(name, members.scalar(name, &faults), "a percentage such as \"10%\"", &faults) { ParameterText.parse($0, as: .fraction) }
    }

    private mutating func key(_ name: String, _ members: Members) -> [UInt8]? {
        members.value(name, members.required(name, &faults), "an ML-DSA-65 public key in hexadecimal", &faults) { text in
            Hex.decode(text).flatMap { $0.count == SignatureSuite.mldsa65.publicKeyBytes ? $0 : nil }
        }
    }
}

// MARK: - Nodes

extension GenesisReader {
    /// An entry with the members of the operator's file that it names.
    private mutating func entry(_ item: JSONValue, _ place: String, kind: String, _ more: [String]) -> Members? {
        let known = Self.operatorMembers + Self.stakeMembers + more
        guard var members = Members(item, place, known: known, &faults) else { return nil }
        if let path = members.text("file", &faults) {
            guard let bytes = file(path) else {
                faults.add("\(place): the file \(Members.short(path)) cannot be read")
                return nil
            }
            guard let value = json(bytes, "\(place): \(path)"),
                let named = Members(value, "\(place): \(path)", known: Self.operatorMembers, &faults)
            else { return nil }
            members = members.over(named)
        }
        if let written = members.text("kind", &faults), written != kind {
            faults.add("\(place) is of kind \(Members.short(written)), not \(kind)")
        }
        return members
    }

    private mutating func stake(_ address: Address?, _ members: Members) -> GenesisStake? {
        let (amount, rate) = (amount("stake", members), fraction("commission", members))
        let (maximum, change) = (fraction("maximumCommission", members), fraction("maximumDailyChange", members))
        guard members["stake"] != nil else {
            if rate != nil || maximum != nil || change != nil { faults.add("\(members.place) has a commission, but no stake") }
            return nil
        }
        var stake = GenesisStake(address: address ?? .zero, amount: amount ?? .zero)
        if let rate { stake.commission = rate }
        if let maximum { stake.maximumCommission = maximum }
        if let change { stake.maximumDailyChange = change }
        return stake
    }

    private mutating func readValidator(_ item: JSONValue, _ place: String) {
        guard let members = entry(item, place, kind: "validator", ["power"]) else { return }
        let account = required("address", members)
        let stake = stake(account, members)
        let power = members.value("power", members.scalar("power", &faults), "a whole number", &faults) { UInt64($0) }
        let worth = (stake?.amount ?? document.economy[.minimumSelfStake]) / QST.one
        let node = Validator(
            address: account ?? .zero, power: power ?? worth.asUInt64 ?? .max, consensusKey: key("consensusKey", members) ?? [],
            nodeKey: key("nodeKey", members) ?? [], endpoint: members.required("endpoint", &faults) ?? "",
            moniker: members.required("moniker", &faults) ?? "")
        document.validators.append(Staked(node, stake: stake))
    }

    private mutating func readNode(_ item: JSONValue, _ place: String) {
        guard let members = entry(item, place, kind: "encryption", ["class", "capacityGiB"]) else { return }
        let account = required("address", members)
        let stake = stake(account, members)
        let nodeClass = members.value("class", members.required("class", &faults), "operator or community", &faults) { text in
            NodeClass.allCases.first { "\($0)" == text }
        }
        let capacity = members.value("capacityGiB", members.scalar("capacityGiB", &faults), "a whole number", &faults) { UInt64($0) }
        let node = EncryptionNode(
            address: account ?? .zero, nodeClass: nodeClass ?? .community, nodeKey: key("nodeKey", members) ?? [],
            endpoint: members.required("endpoint", &faults) ?? "", capacityGiB: capacity ?? 10,
            moniker: members.required("moniker", &faults) ?? "")
        document.encryptionNodes.append(Staked(node, stake: stake))
    }

    private mutating func required(_ name: String, _ members: Members) -> Address? {
        if members[name] == nil { faults.add("\(members.place) lacks \(name)") }
        return address(name, members)
    }
}

// MARK: - Allocations

extension GenesisReader {
    private static let allocationMembers = ["address", "amount", "lock", "vesting", "label"]

    /// A list of entries, or an object from addresses to amounts.
    private mutating func readAllocations(_ value: JSONValue, _ place: String) {
        switch value {
        case .array(let items):
            for (index, item) in items.enumerated() {
                guard let members = Members(item, "\(place)[\(index)]", known: Self.allocationMembers, &faults) else { continue }
                add(members)
            }
        case .object(let entries):
            for entry in entries {
                let pair: JSONValue = .object([.init("address", .string(entry.name)), .init("amount", entry.value)])
                guard let members = Members(pair, "\(place)", known: Self.allocationMembers, &faults) else { continue }
                add(members)
            }
        default: faults.add("\(place) must be a list, or an object from addresses to amounts")
        }
    }

    private mutating func readAllocationFile(_ item: JSONValue) {
        guard case .string(let path) = item else { return faults.add("allocationFiles must be a list of paths") }
        guard let bytes = file(path) else { return faults.add("the file \(Members.short(path)) cannot be read") }
        if path.hasSuffix(".json") {
            if let value = json(bytes, path) { readAllocations(value, path) }
        } else {
            readTable(bytes, path)
        }
    }

    /// Lines of `address,amount` or `address,amount,lock,vesting`; a first line that begins with `address` names the columns.
    private mutating func readTable(_ bytes: [UInt8], _ path: String) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return faults.add("\(path) is not text") }
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let cells = raw.split(separator: ",", omittingEmptySubsequences: false).map { cell in
                String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            if cells == [""] || raw.hasPrefix("#") || index == 0 && cells[0] == "address" { continue }
            let place = "\(path) line \(index + 1)"
            guard cells.count == 2 || cells.count == 4 else {
                faults.add("\(place) must be address,amount or address,amount,lock,vesting")
                continue
            }
            let named = zip(Self.allocationMembers, cells).map { JSONValue.Member($0, .string($1)) }
            if let members = Members(.object(named), place, known: Self.allocationMembers, &faults) { add(members) }
        }
    }

    private mutating func add(_ members: Members) {
        guard document.allocations.count + document.vesting.count < Self.maximumAllocations else {
            return faults.add("\(members.place): a genesis has at most \(Self.maximumAllocations) allocations")
        }
        let account = required("address", members) ?? .zero
        let isRest = members["amount"] == .string("rest")
        if members["amount"] == nil { faults.add("\(members.place) lacks amount") }
        let wei = isRest ? .zero : amount("amount", members) ?? .zero
        let example = "a time such as \"365d\""
        let lock = members.value("lock", members.scalar("lock", &faults), example, &faults) { GenesisText.duration($0) }
        let vesting = members.value("vesting", members.scalar("vesting", &faults), example, &faults) { GenesisText.duration($0) }
        let isVesting = members["lock"] != nil || members["vesting"] != nil
        if isRest {
            if rest != nil { faults.add("\(members.place): only one allocation can be the rest") }
            rest = (members.place, isVesting, isVesting ? document.vesting.count : document.allocations.count)
        }
        if isVesting {
            document.vesting.append(
                VestingAllocation(beneficiary: account, amount: wei, lockMilliseconds: lock ?? 0, vestingMilliseconds: vesting ?? 0))
        } else {
            document.allocations.append(Allocation(address: account, balance: wei))
        }
    }

    private mutating func settleRest() {
        guard let rest else { return }
        guard let supply = document.supply else { return faults.add("\(rest.place) is the rest of the supply, but no supply is given") }
        guard let sum = document.totals?.all, let left = supply.checkedSubtract(sum) else {
            return faults.add("\(rest.place) is the rest of the supply, but everything else is more than the supply")
        }
        if rest.isVesting { document.vesting[rest.index].amount = left } else { document.allocations[rest.index].balance = left }
    }
}
