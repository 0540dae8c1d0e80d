import ChainTypes
import Cryptography
import Primitives
import WorldState

// What is chosen at the end of an epoch.
extension Staking {
    /// Chooses the validators of the epoch after the next one, and says who earns in the next.
    static func endEpoch(_ facts: BlockFacts, _ hook: inout HookState) throws(NativeFailure) -> ValidatorSet {
        let chosen = try hook.attempt(.choice, chooseValidators) ?? []
        let next = facts.epoch.next.validators.map(\.address).sorted()
        for validator in try validators.all(&hook) {
            try hook.attempt(.activity) { (hook) throws(NativeFailure) in
                try beginEpoch(validator, isMember: isMember(validator, of: next), &hook)
            }
        }
        try hook.attempt(.nodes, chooseNodes)
        if let set = ValidatorSet(chosen) { return set }
        // A chain without validators could not go on: then those of the next epoch stay.
        let staying = try hook.attempt(.choice) { (hook) throws(NativeFailure) in try withPresentKeys(facts.epoch.next, &hook) }
        return staying ?? facts.epoch.next
    }

    /// A set with the keys that its members have now: those that they have replaced may be on no machine any more, and nobody would
    /// answer for what they sign.
    private static func withPresentKeys(_ set: ValidatorSet, _ hook: inout HookState) throws(NativeFailure) -> ValidatorSet {
        var members: [Validator] = []
        for var member in set.validators {
            if try validator(member.address).flag(.isCreated, &hook) {
                let keys = try keys(member.address, &hook)
                (member.consensusKey, member.nodeKey, member.endpoint) = (keys.consensusKey, keys.nodeKey, keys.endpoint)
            }
            members.append(member)
        }
        return ValidatorSet(members) ?? set
    }

    /// Lets a validator earn in the next epoch or not, as it is in its set or not.
    private static func beginEpoch(_ validator: Address, isMember: Bool, _ hook: inout HookState) throws(NativeFailure) {
        let isJailed = try self.validator(validator).flag(.isJailed, &hook)
        if isMember, !isJailed { try Distribution.activate(validator, &hook) } else { try Distribution.deactivate(validator, &hook) }
        if !isMember { try forgetEmpty(validator, &hook) }
    }

    private struct Candidate {
        let address: Address
        let place: Int
        let tokens: UInt256
    }

    /// The largest by stake of those that are not jailed and have the minimum of their own, in the order of their registration.
    private static func chooseValidators(_ hook: inout HookState) throws(NativeFailure) -> [Validator] {
        let minimum = try Parameters.get(.minimumSelfStake, &hook)
        var candidates: [Candidate] = []
        for (place, validator) in try validators.all(&hook).enumerated() {
            let record = self.validator(validator)
            guard !(try record.flag(.isJailed, &hook)) else { continue }
            let own = try hook.attempt(.choice) { (hook) throws(NativeFailure) in try balance(validator, validator, &hook) }
            guard let own, own >= minimum else { continue }
            candidates.append(Candidate(address: validator, place: place, tokens: try record.get(.tokens, &hook)))
        }
        candidates.sort { $0.tokens == $1.tokens ? $0.address < $1.address : $0.tokens > $1.tokens }
        let count = try Parameters.number(.maximumValidators, &hook)
        var chosen: [Validator] = []
        for candidate in candidates.prefix(Int(clamping: count)).sorted(by: { $0.place < $1.place }) {
            let keys = try keys(candidate.address, &hook)
            let power = try candidate.tokens.divided(by: QST.one).quotient.asUInt64 ?? .max
            chosen.append(
                Validator(
                    address: candidate.address, power: min(max(power, 1), (1 << 52) &- 1), consensusKey: keys.consensusKey,
                    nodeKey: keys.nodeKey, endpoint: keys.endpoint, moniker: try description(candidate.address, &hook).moniker))
        }
        return chosen
    }

    /// Takes a validator without any stake off the list once the close of a period has nothing to do with it any more: turns
    /// that it took along would be counted in the period in which it comes back.
    private static func forgetEmpty(_ validator: Address, _ hook: inout HookState) throws(NativeFailure) {
        guard try self.validator(validator).get(.shares, &hook).isZero else { return }
        for field in [ValidatorReward.accrued, .delivered, .missed] {
            guard try Distribution.validator(validator).get(field, &hook).isZero else { return }
        }
        try validators.remove(validator, &hook)
    }

    private struct NodeCandidate {
        let node: EncryptionNode
        let place: Int
        let stake: UInt256
    }

    /// Makes the list of encryption nodes anew if anything has changed: of each class the largest by stake, up to the
    /// class's maximum, in the order of their registration.
    private static func chooseNodes(_ hook: inout HookState) throws(NativeFailure) {
        guard !(try hook.load(nodeListChangedSlot, of: address)).isZero else { return }
        try hook.store(nodeListChangedSlot, .zero, of: address)
        let all = try nodes.all(&hook)
        let candidates = try nodeCandidates(all, &hook)
        var chosen: [NodeCandidate] = []
        for (nodeClass, parameter) in [(NodeClass.operator, Parameter.maximumOperatorNodes), (.community, .maximumCommunityNodes)] {
            let largest = candidates.filter { $0.node.nodeClass == nodeClass }.sorted {
                $0.stake == $1.stake ? $0.place < $1.place : $0.stake > $1.stake
            }
            let room = Int(clamping: try Parameters.number(parameter, &hook))
            chosen += nodeClass == .community && largest.count > room ? try settledFirst(largest, &hook).prefix(room) : largest.prefix(room)
        }
        chosen.sort { $0.place < $1.place }
        let active = chosen.map(\.node.address).sorted()
        for node in all {
            if isMember(node, of: active) {
                try Distribution.activateNode(node, &hook)
            } else {
                try Distribution.deactivateNode(node, &hook)
            }
        }
        try NodeRegistry.record(chosen.map(\.node), &hook)
    }

    /// Where a class is full, newcomers stand behind all others until the time of their admission has passed: nobody loses a place
    /// at short notice.
    private static func settledFirst(_ largest: [NodeCandidate], _ hook: inout HookState) throws(NativeFailure) -> [NodeCandidate] {
        let delay = try Parameters.seconds(.communityAdmissionMilliseconds, &hook)
        var (settled, new): ([NodeCandidate], [NodeCandidate]) = ([], [])
        for candidate in largest {
            let isNew = try node(candidate.node.address).number(.registeredAt, &hook).later(by: delay) > hook.seconds
            if isNew { new.append(candidate) } else { settled.append(candidate) }
        }
        // They are looked at again at the next end of an epoch.
        if !new.isEmpty { try hook.store(nodeListChangedSlot, .one, of: address) }
        return settled + new
    }

    /// Nodes with the minimum at stake that are not jailed. What nodes say of themselves is taken from the list before, where
    /// nobody has said anything new: a record of its own costs more to read than all the rest of a node.
    private static func nodeCandidates(_ all: [Address], _ hook: inout HookState) throws(NativeFailure) -> [NodeCandidate] {
        var known: [EncryptionNode] = []
        if try hook.load(nodeRecordsChangedSlot, of: address).isZero {
            known = try NodeRegistry.nodes(&hook).sorted { $0.address < $1.address }
        } else {
            try hook.store(nodeRecordsChangedSlot, .zero, of: address)
        }
        let addresses = known.map(\.address)
        let minimum = try Parameters.get(.minimumSelfStake, &hook)
        var candidates: [NodeCandidate] = []
        for (place, address) in all.enumerated() {
            let record = node(address)
            guard !(try record.flag(.isJailed, &hook)) else { continue }
            let stake = try record.get(.stake, &hook)
            guard stake >= minimum else { continue }
            let index = firstIndex(of: address, in: addresses)
            let isKnown = index < addresses.count && addresses[index] == address
            let about = isKnown ? known[index] : try encryptionNode(address, &hook)
            candidates.append(NodeCandidate(node: about, place: place, stake: stake))
        }
        return candidates
    }

    /// Whether a sorted list has an address.
    private static func isMember(_ address: Address, of sorted: [Address]) -> Bool {
        let index = firstIndex(of: address, in: sorted)
        return index < sorted.count && sorted[index] == address
    }

    /// Where an address stands in a sorted list, or would stand.
    private static func firstIndex(of address: Address, in sorted: [Address]) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low &+ high) / 2
            if sorted[middle] < address { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
}

extension NodeRegistry {
    /// The key of the blob that holds the RLP list of the nodes.
    public static let listKey = StorageLayout.slot(2)

    /// Writes the list of nodes: its hash, count and RLP. A list that stays as it was, because only stakes have changed, is
    /// not hashed again: that takes as long as all the rest of the choice.
    static func record(_ nodes: [EncryptionNode], _ state: inout some ContractState) throws(NativeFailure) {
        var writer = RLPWriter()
        writer.append(list: nodes)
        guard try writer.bytes != state.loadBlob(listKey, of: address) else { return }
        try state.store(setHashSlot, Keccak256.hash(writer.bytes).number, of: address)
        try state.store(countSlot, UInt256(UInt64(nodes.count)), of: address)
        try state.storeBlob(listKey, writer.bytes, of: address)
    }

    /// The nodes on record.
    public static func nodes(in state: inout WorldState) throws(StateError) -> [EncryptionNode] {
        try HookState.run(seconds: 0, height: 0, in: &state) { (hook) throws(NativeFailure) in try nodes(&hook) }
    }

    static func nodes(_ state: inout some ContractState) throws(NativeFailure) -> [EncryptionNode] {
        var reader = RLPReader(try state.loadBlob(listKey, of: address))
        do { return try reader.readList(of: EncryptionNode.self, maximum: 8192) } catch {
            throw .state(StateError("the list of encryption nodes is malformed"))
        }
    }
}
