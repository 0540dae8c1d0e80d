import ChainTypes
import Cryptography
import Execution
import Primitives

/// What was found about a genesis or a home.
public struct Findings: Hashable, Sendable {
    /// Why it should not be started.
    public var faults = Faults()
    /// What its makers should know.
    public var notes: [String] = []

    mutating func require(_ condition: Bool, _ sentence: @autoclosure () -> String) {
        if !condition { faults.add(sentence()) }
    }
}

extension GenesisDocument {
    /// Everything that cannot stand, and what is worth knowing.
    /// - Parameter now: milliseconds since 1970, to judge the time of genesis by; nil for a chain that may run already.
    public func findings(now: UInt64?) -> Findings {
        var findings = Findings()
        checkChain(now, &findings)
        checkParameters(&findings)
        checkCommittees(&findings)
        checkValidators(&findings)
        checkEncryptionNodes(&findings)
        checkUniqueness(&findings)
        checkAmounts(&findings)
        checkPower(&findings)
        if findings.faults.isEmpty { checkBuild(&findings) }
        return findings
    }

    /// Wallets for Ethereum compute with larger ones in floating point.
    private static let maximumChainID: UInt64 = 4_503_599_627_370_476
    private static let (hour, day): (UInt64, UInt64) = (3_600_000, 86_400_000)

    private func checkChain(_ now: UInt64?, _ findings: inout Findings) {
        findings.require(!name.isEmpty && name.utf8.count <= 64, "the name must have 1 to 64 bytes")
        findings.require((1...Self.maximumChainID).contains(chainID), "the chain id must be from 1 to \(Self.maximumChainID)")
        if let operationsAccount, let fault = Self.fault(operationsAccount) { findings.faults.add("operationsAccount \(fault)") }
        if operationsAccount == nil { findings.notes.append("no account for operations: its part of the revenue waits") }
        // A century from 1970 on each side of what times are added to stays far from 64 bits.
        guard timeMilliseconds <= 100 * 365 * Self.day else { return findings.faults.add("the time is too far in the future") }
        guard let now else { return }
        let time = GenesisText.time(timeMilliseconds)
        if timeMilliseconds + Self.hour < now {
            findings.faults.add("the time \(time) is more than an hour in the past: the first block would pay the emission since then")
        } else if timeMilliseconds > now + 90 * Self.day {
            findings.faults.add("the time \(time) is more than 90 days in the future")
        } else if timeMilliseconds < now {
            findings.notes.append("the time \(time) is in the past: blocks begin as soon as the nodes run")
        }
    }

    private func checkParameters(_ findings: inout Findings) {
        for parameter in Parameter.allCases where !parameter.bounds.contains(economy[parameter]) {
            findings.faults.add(Self.outside(parameter.name, economy[parameter], parameter.bounds, parameter.unit))
        }
        let isInside = Parameter.allCases.allSatisfy { $0.bounds.contains(economy[$0]) }
        if isInside, let fault = economy.fault { findings.faults.add("parameters: \(fault)") }
        for parameter in ChainParameterName.allCases {
            let value = parameter.value(in: parameters)
            guard !parameter.bounds.contains(value) else { continue }
            findings.faults.add(Self.outside(parameter.rawValue, value, parameter.bounds, parameter.unit))
        }
    }

    private static func outside(_ name: String, _ value: UInt256, _ bounds: ClosedRange<UInt256>, _ unit: Parameter.Unit) -> String {
        let (low, high) = (GenesisText.parameter(bounds.lowerBound, unit), GenesisText.parameter(bounds.upperBound, unit))
        return "parameters: \(name) is \(GenesisText.parameter(value, unit)); it must be from \(low) to \(high)"
    }

    private func checkCommittees(_ findings: inout Findings) {
        let classes: [(NodeClass, UInt64, UInt64)] = [
            (.operator, parameters.operatorThreshold, parameters.operatorCommittee),
            (.community, parameters.communityThreshold, parameters.communityCommittee),
        ]
        for (nodeClass, threshold, committee) in classes {
            findings.require(threshold <= committee, "parameters: \(nodeClass)Threshold \(threshold) is more than \(nodeClass)Committee \(committee)")
            let count = count(of: nodeClass)
            guard !encryptionNodes.isEmpty else { continue }
            findings.require(
                committee <= UInt64(count), "there are \(count) \(nodeClass) nodes, fewer than \(nodeClass)Committee \(committee)")
        }
        let (seats, overflow) = parameters.operatorCommittee.addingReportingOverflow(parameters.communityCommittee)
        findings.require(
            !overflow && parameters.fragmentThreshold <= seats,
            "parameters: fragmentThreshold \(parameters.fragmentThreshold) is more than both committees together")
        if encryptionNodes.isEmpty { findings.notes.append("no encryption nodes: the chain runs, but it keeps no keys or vaults") }
    }
}

// MARK: - Nodes

extension GenesisDocument {
    private func place(_ list: String, _ index: Int, _ moniker: String) -> String {
        moniker.isEmpty ? "\(list)[\(index)]" : "\(list)[\(index)] \(Members.short(moniker))"
    }

    private func checkValidators(_ findings: inout Findings) {
        let maximum = min(UInt256(UInt64(ValidatorSet.maximumCount)), economy[.maximumValidators])
        findings.require(!validators.isEmpty, "there are no validators")
        findings.require(
            UInt256(UInt64(validators.count)) <= maximum, "there are \(validators.count) validators; the maximum is \(maximum)")
        if (1...3).contains(validators.count) {
            findings.notes.append("with \(validators.count) validators the chain stops when one fails; four stand the loss of one")
        }
        for (index, member) in validators.enumerated() {
            let (node, place) = (member.node, place("validators", index, member.node.moniker))
            check(place, node.address, node.moniker, node.endpoint, wei(member), &findings)
            findings.require(Self.isKey(node.consensusKey), "\(place): the consensus key is not of ML-DSA-65")
            findings.require(Self.isKey(node.nodeKey), "\(place): the node key is not of ML-DSA-65")
            findings.require(node.power > 0 && node.power < 1 << 52, "\(place): a power of \(node.power) is out of bounds")
            guard let stake = member.stake else { continue }
            findings.require(
                stake.amount / QST.one == UInt256(node.power),
                "\(place): the power \(node.power) is not the stake of \(QST.format(stake.amount)) QST in whole QST")
            findings.require(
                stake.maximumCommission <= QST.one && stake.commission <= stake.maximumCommission
                    && stake.maximumDailyChange <= stake.maximumCommission,
                "\(place): the commission and its daily change must be at most maximumCommission, and that at most 100%")
        }
    }

    private func checkEncryptionNodes(_ findings: inout Findings) {
        let limits: [(NodeClass, Parameter)] = [(.operator, .maximumOperatorNodes), (.community, .maximumCommunityNodes)]
        for (nodeClass, parameter) in limits {
            let count = count(of: nodeClass)
            findings.require(
                UInt256(UInt64(count)) <= economy[parameter],
                "there are \(count) \(nodeClass) nodes; \(parameter.name) is \(economy[parameter])")
        }
        for (index, member) in encryptionNodes.enumerated() {
            let (node, place) = (member.node, place("encryptionNodes", index, member.node.moniker))
            check(place, node.address, node.moniker, node.endpoint, wei(member), &findings)
            findings.require(Self.isKey(node.nodeKey), "\(place): the node key is not of ML-DSA-65")
            findings.require((1...1 << 40).contains(node.capacityGiB), "\(place): a capacity of \(node.capacityGiB) GiB is out of bounds")
        }
    }

    private static func isKey(_ key: [UInt8]) -> Bool { key.count == SignatureSuite.mldsa65.publicKeyBytes }

    private func check(
        _ place: String, _ address: Address, _ moniker: String, _ endpoint: String, _ wei: UInt256, _ findings: inout Findings
    ) {
        if let fault = Self.fault(address) { findings.faults.add("\(place): the address \(fault)") }
        findings.require(moniker.utf8.count <= 128, "\(place): the moniker must have at most 128 bytes")
        if let fault = GivenText.fault(ofName: moniker) { findings.faults.add("\(place): the moniker \(fault)") }
        if let fault = NodeEndpoint.fault(endpoint) { findings.faults.add("\(place): \(fault)") }
        findings.require(
            wei >= economy[.minimumSelfStake],
            "\(place): a stake of \(QST.format(wei)) QST is below minimumSelfStake, \(QST.format(economy[.minimumSelfStake])) QST")
    }

    /// What is wrong with an account's address.
    static func fault(_ address: Address) -> String? {
        if address == .zero { return "is zero" }
        return address < Address(low: 1 << 16) ? "\(address.hex) belongs to the system" : nil
    }

    /// An account, a key, a name or a place stands for one node only.
    private func checkUniqueness(_ findings: inout Findings) {
        var owners: [String: String] = [:]
        func claim(_ what: String, _ value: String, _ place: String) {
            guard !value.isEmpty else { return }
            guard let first = owners["\(what) \(value)"] else { return owners["\(what) \(value)"] = place }
            findings.faults.add("\(place) has the same \(what) as \(first)")
        }
        func claim(_ address: Address, _ moniker: String, _ endpoint: String, keys: [[UInt8]], _ place: String) {
            claim("address", address.hex, place)
            claim("moniker", moniker, place)
            claim("endpoint", endpoint.lowercased(), place)
            for key in keys { claim("key", Keccak256.hash(key).hex, place) }
        }
        for (index, member) in validators.enumerated() {
            let node = member.node
            claim(
                node.address, node.moniker, node.endpoint, keys: [node.consensusKey, node.nodeKey],
                place("validators", index, node.moniker))
        }
        for (index, member) in encryptionNodes.enumerated() {
            let node = member.node
            claim(node.address, node.moniker, node.endpoint, keys: [node.nodeKey], place("encryptionNodes", index, node.moniker))
        }
    }
}

// MARK: - Amounts

extension GenesisDocument {
    private func checkAmounts(_ findings: inout Findings) {
        var seen: Set<Address> = []
        for allocation in allocations {
            if let fault = Self.fault(allocation.address) { findings.faults.add("allocations: the address \(fault)") }
            findings.require(!allocation.balance.isZero, "allocations: \(allocation.address.hex) gets nothing")
            findings.require(seen.insert(allocation.address).inserted, "allocations: \(allocation.address.hex) is there twice")
        }
        for allocation in vesting {
            let place = "allocations: \(allocation.beneficiary.hex)"
            if let fault = Self.fault(allocation.beneficiary) { findings.faults.add("allocations: the address \(fault)") }
            findings.require(!allocation.amount.isZero, "\(place) gets nothing")
            let longest = 100 * 365 * Self.day
            findings.require(
                allocation.lockMilliseconds <= longest && allocation.vestingMilliseconds <= longest,
                "\(place): lock and vesting must be at most 100 years")
        }
        guard let sum = totals?.all, sum < .one << 94 else { return findings.faults.add("the amounts add up to more than a chain can hold") }
        guard let supply, supply != sum else { return }
        let difference = supply > sum ? "\(QST.format(supply - sum)) QST are missing" : "\(QST.format(sum - supply)) QST are too many"
        findings.faults.add("everything adds up to \(QST.format(sum)) QST, the supply is \(QST.format(supply)) QST: \(difference)")
    }

    private func checkPower(_ findings: inout Findings) {
        let powers = validators.map(\.node.power)
        guard let total = GenesisTotals.sum(powers.map { UInt256($0) }), validators.count > 3 else { return }
        for (index, power) in powers.enumerated() where UInt256(power) * 3 >= total {
            let place = place("validators", index, validators[index].node.moniker)
            findings.notes.append("\(place) has a third of the power or more: without it the chain stops")
        }
    }

    /// What no rule above knows of.
    private func checkBuild(_ findings: inout Findings) {
        guard let spec else { return findings.faults.add("no set of validators can be made of these") }
        do { _ = try Genesis.build(spec) } catch { findings.faults.add("the genesis block cannot be built: \(error)") }
        // What a node reads from the file is what was written.
        findings.require((try? ChainSpec(rlp: spec.rlp)) == spec, "the genesis file would not read back")
    }
}

/// Where others reach a node.
enum NodeEndpoint {
    static func fault(_ endpoint: String) -> String? {
        let form = "the endpoint \(Members.short(endpoint)) must be host:port"
        guard endpoint.utf8.count <= 256, let colon = endpoint.lastIndex(of: ":"), colon != endpoint.startIndex else { return form }
        let host = endpoint[..<colon]
        guard let port = UInt16(endpoint[endpoint.index(after: colon)...]), port > 0 else { return form }
        guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x2f && $0 != 0x40 }) else { return form }
        if host == "0.0.0.0" || host == "[::]" || host == "::" { return "nobody can reach the endpoint \(Members.short(endpoint))" }
        return nil
    }
}
