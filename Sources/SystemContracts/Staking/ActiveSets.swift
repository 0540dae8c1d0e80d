import ChainTypes
import Primitives
import WorldState

// What is chosen at the end of an epoch.
extension Staking {
    /// Chooses the validators of the epoch after the next one, and says who earns in the next.
    static func endEpoch(_ facts: BlockFacts, _ hook: inout HookState) throws(NativeFailure) -> ValidatorSet {
        let chosen = try chooseValidators(&hook)
        let next = facts.epoch.next.validators.map(\.address).sorted()
        for validator in try validators.all(&hook) {
            let isNext = isMember(validator, of: next)
            let jailed = try self.validator(validator).flag(.isJailed, &hook)
            if isNext, !jailed { try Distribution.activate(validator, &hook) } else { try Distribution.deactivate(validator, &hook) }
            if !isNext { try forgetEmpty(validator, &hook) }
        }
        try chooseNodes(&hook)
        // A chain without validators could not go on: then those of the next epoch stay.
        return ValidatorSet(chosen) ?? facts.epoch.next
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
            guard !(try record.flag(.isJailed, &hook)), try balance(validator, validator, &hook) >= minimum else { continue }
            candidates.append(Candidate(address: validator, place: place, tokens: try record.get(.tokens, &hook)))
        }
        candidates.sort { $0.tokens == $1.tokens ? $0.address < $1.address : $0.tokens > $1.tokens }
        let count = try Parameters.number(.maximumValidators, &hook)
        var chosen: [Validator] = []
        for candidate in candidates.prefix(Int(count)).sorted(by: { $0.place < $1.place }) {
            let keys = try keys(candidate.address, &hook)
            let power = (candidate.tokens / QST.one).asUInt64 ?? .max
            chosen.append(
                Validator(
                    address: candidate.address, power: min(max(power, 1), (1 << 52) - 1), consensusKey: keys.consensusKey,
                    nodeKey: keys.nodeKey, endpoint: keys.endpoint, moniker: try description(candidate.address, &hook).moniker))
        }
        return chosen
    }

    /// Takes a validator without any stake off the list once it has nothing to be paid.
    private static func forgetEmpty(_ validator: Address, _ hook: inout HookState) throws(NativeFailure) {
        let reward = Distribution.validator(validator)
        guard try self.validator(validator).get(.shares, &hook).isZero, try reward.get(.accrued, &hook).isZero else { return }
        try validators.remove(validator, &hook)
    }

    /// Makes the list of encryption nodes anew if anything has changed: of each class the largest by stake, up to the
    /// class's maximum, in the order of their registration.
    private static func chooseNodes(_ hook: inout HookState) throws(NativeFailure) {
        guard !(try hook.load(nodeListChangedSlot, of: address)).isZero else { return }
        try hook.store(nodeListChangedSlot, .zero, of: address)
        let maximum: [NodeClass: UInt64] = [
            .operator: try Parameters.number(.maximumOperatorNodes, &hook),
            .community: try Parameters.number(.maximumCommunityNodes, &hook),
        ]
        let minimum = try Parameters.get(.minimumSelfStake, &hook)
        let all = try nodes.all(&hook)
        var chosen: [(place: Int, node: Address)] = []
        for nodeClass in NodeClass.allCases {
            var candidates: [Candidate] = []
            for (place, node) in all.enumerated() {
                let record = self.node(node)
                guard try record.get(.nodeClass, &hook) == UInt256(UInt64(nodeClass.rawValue)), !(try record.flag(.isJailed, &hook)),
                    try record.get(.stake, &hook) >= minimum
                else { continue }
                candidates.append(Candidate(address: node, place: place, tokens: try record.get(.stake, &hook)))
            }
            candidates.sort { $0.tokens == $1.tokens ? $0.place < $1.place : $0.tokens > $1.tokens }
            chosen += candidates.prefix(Int(maximum[nodeClass] ?? 0)).map { ($0.place, $0.address) }
        }
        chosen.sort { $0.place < $1.place }
        try activate(chosen.map(\.node), of: all, &hook)
    }

    private static func activate(_ chosen: [Address], of all: [Address], _ hook: inout HookState) throws(NativeFailure) {
        let active = chosen.sorted()
        var list: [EncryptionNode] = []
        for node in all {
            if isMember(node, of: active) {
                try Distribution.activateNode(node, &hook)
                list.append(try encryptionNode(node, &hook))
            } else {
                try Distribution.deactivateNode(node, &hook)
            }
        }
        try NodeRegistry.record(list, &hook)
    }

    /// Whether a sorted list has an address.
    private static func isMember(_ address: Address, of sorted: [Address]) -> Bool {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < address { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] == address
    }
}

extension NodeRegistry {
    /// The key of the blob that holds the RLP list of the nodes.
    public static let listKey = StorageLayout.slot(2)

    /// Writes the list of nodes: its hash, count and RLP.
    static func record(_ nodes: [EncryptionNode], _ state: inout some ContractState) throws(NativeFailure) {
        var writer = RLPWriter()
        writer.append(list: nodes)
        try state.store(setHashSlot, setHash(of: nodes).number, of: address)
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
