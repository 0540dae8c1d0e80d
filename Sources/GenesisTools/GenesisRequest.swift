import ChainTypes
import Cryptography
import Primitives
import RPCServer

/// What a new document is asked to hold.
public struct GenesisRequest {
    public var template: GenesisTemplate
    public var name: String
    public var chainID: UInt64
    /// nil: now.
    public var time: String?
    /// Paths of operator files.
    public var validators, operatorNodes, communityNodes: [String]
    /// QST of each node; nil: the minimum.
    public var stake: String?
    public var allocations, parts, parameters: [(String, String)]

    public init(
        template: GenesisTemplate, name: String, chainID: UInt64, time: String? = nil, validators: [String] = [],
        operatorNodes: [String] = [], communityNodes: [String] = [], stake: String? = nil, allocations: [(String, String)] = [],
        parts: [(String, String)] = [], parameters: [(String, String)] = []
    ) {
        (self.template, self.name, self.chainID, self.time) = (template, name, chainID, time)
        (self.validators, self.operatorNodes, self.communityNodes) = (validators, operatorNodes, communityNodes)
        (self.stake, self.allocations, self.parts, self.parameters) = (stake, allocations, parts, parameters)
    }

    /// The document; whether it can stand is for `findings` to say.
    /// - Parameter now: milliseconds since 1970.
    public func document(now: UInt64, file: @escaping (String) -> [UInt8]?) throws(Faults) -> GenesisDocument {
        var (faults, document) = (Faults(), template.document(name: name, chainID: chainID, timeMilliseconds: now))
        if template == .devnet, !operatorNodes.isEmpty || !communityNodes.isEmpty {
            document.fitCommittees(operators: operatorNodes.count, community: communityNodes.count)
        }
        if let time {
            if let read = GenesisText.time(time) { document.timeMilliseconds = read } else { faults.add("\(time) is not a time such as 2026-12-01T12:00:00Z") }
        }
        for (name, value) in parameters {
            if let fault = document.set(parameter: name, to: value) { faults.add(fault) }
        }
        do { try document.add(nodes: self, file: file) } catch { for sentence in error.sentences { faults.add(sentence) } }
        var accounts: [String: Address] = [:]
        for (name, text) in parts {
            guard GenesisTemplate.parts.contains(where: { $0.name == name }) else { faults.add("there is no part \(name) of the supply"); continue }
            guard let address = address(text, &faults) else { continue }
            accounts[name] = address
        }
        for (text, amount) in allocations {
            guard let address = address(text, &faults) else { continue }
            guard let wei = QST.parse(amount) else { faults.add("\(amount) is not an amount of QST"); continue }
            document.allocations.append(Allocation(address: address, balance: wei))
        }
        if template == .mainnet || !parts.isEmpty, let fault = document.split(accounts) { faults.add(fault) }
        guard faults.isEmpty else { throw faults }
        return document
    }

    private func address(_ text: String, _ faults: inout Faults) -> Address? {
        do {
            if let address = try Address.typed(text) { return address }
            faults.add("\(text) is not an address")
        } catch { faults.add("\(error)") }
        return nil
    }
}

extension GenesisDocument {
    /// Committees of all nodes, with more than half of each class as its threshold.
    mutating func fitCommittees(operators: Int, community: Int) {
        (parameters.operatorCommittee, parameters.communityCommittee) = (UInt64(operators), UInt64(community))
        (parameters.operatorThreshold, parameters.communityThreshold) = (UInt64(operators / 2 + 1), UInt64(community / 2 + 1))
        parameters.fragmentThreshold = UInt64(max(1, (operators + community) * 5 / 8))
    }

    /// Reads nodes through the same reader as a document that names their files.
    fileprivate mutating func add(nodes request: GenesisRequest, file: @escaping (String) -> [UInt8]?) throws(Faults) {
        let stake = JSONValue.string(request.stake ?? QST.format(economy[.minimumSelfStake]))
        func entry(_ path: String, _ nodeClass: NodeClass?) -> JSONValue {
            let common: [JSONValue.Member] = [.init("file", .string(path)), .init("stake", stake)]
            return .object(common + (nodeClass.map { [.init("class", .string("\($0)"))] } ?? []))
        }
        let nodes = request.operatorNodes.map { entry($0, .operator) } + request.communityNodes.map { entry($0, .community) }
        let wrapped: JSONValue = .object([
            .init("name", .string(name)), .init("chainId", .string("\(chainID)")), .init("time", .string("0")),
            .init("validators", .array(request.validators.map { entry($0, nil) })), .init("encryptionNodes", .array(nodes)),
        ])
        let read = try GenesisReader.read(wrapped.bytes, file: file)
        (validators, encryptionNodes) = (read.validators, read.encryptionNodes)
    }
}
