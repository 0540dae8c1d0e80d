import ChainTypes
import Cryptography
import Primitives
import WorldState

/// What is on record of an encryption node, in order of the slots.
public enum NodeField: UInt64, CaseIterable, Sendable {
    /// 0 unknown, 1 registered, 2 leaving.
    case status
    /// Wei; the class as in `NodeClass`.
    case stake, nodeClass
    /// When the stake of a leaving node is free, in seconds.
    case completesAt
    case isJailed, jailedUntil, isTombstoned
    /// Seconds; 0 for a node of genesis.
    case registeredAt
}

// Encryption nodes: their own stake, no delegation.
extension Staking {
    static let nodes = AddressList(contract: address, base: StorageLayout.slot(16))
    static let nodeListChangedSlot = StorageLayout.slot(21)
    static let nodeRecordsChangedSlot = StorageLayout.slot(15)
    static let nodeRegistered = ABI.topic("RegisterEncryptionNode(address,uint8,uint256)")
    static let nodeLeaves = ABI.topic("ExitEncryptionNode(address,uint256)")
    static let nodeSlashed = ABI.topic("SlashEncryptionNode(address,uint256)")
    static let nodeUpdated = ABI.topic("UpdateEncryptionNode(address)")
    static let nodeStakeAdded = ABI.topic("AddEncryptionStake(address,uint256)")
    static let nodeExitCompleted = ABI.topic("CompleteExit(address,uint256)")
    static let nodeJailed = ABI.topic("JailEncryptionNode(address,uint256)")
    static let nodeTombstoned = ABI.topic("TombstoneEncryptionNode(address)")
    static let nodeUnjailed = ABI.topic("UnjailEncryptionNode(address)")

    public static func node(_ node: Address) -> Record<NodeField> { Record(address, StorageLayout.mapping([node.padded], at: 19)) }
    static func nodeKey(_ node: Address) -> Hash { StorageLayout.mapping([node.padded], at: 19) }
    static func admissionSlot(_ node: Address) -> Hash { StorageLayout.mapping([node.padded], at: 20) }

    static func register(_ node: EncryptionNode, wei: UInt256, _ state: inout some ContractState) throws(NativeFailure) {
        guard try wei >= Parameters.get(.minimumSelfStake, &state) else { throw .revert("the stake is below the minimum") }
        if node.nodeClass == .operator, try state.load(admissionSlot(node.address), of: address).isZero {
            throw .revert("governance has not admitted the operator node")
        }
        try useKey(node.nodeKey, of: node.address, &state)
        try enter(node, wei: wei, &state)
        try self.node(node.address).set(.registeredAt, UInt256(state.seconds), &state)
        try state.emit(
            topics: [nodeRegistered, node.address.padded], data: Hash(UInt64(node.nodeClass.rawValue)).bytes + Hash(wei).bytes, of: address)
    }

    /// The same without conditions, for genesis.
    static func enter(_ node: EncryptionNode, wei: UInt256, _ state: inout some ContractState) throws(NativeFailure) {
        let record = self.node(node.address)
        guard try record.get(.status, &state).isZero else { throw .revert("the node is registered already") }
        guard !(try record.flag(.isTombstoned, &state)) else { throw .revert("the node is removed for good") }
        try record.set(.status, .one, &state)
        try record.set(.stake, wei, &state)
        try record.set(.nodeClass, UInt256(UInt64(node.nodeClass.rawValue)), &state)
        try state.storeBlob(nodeKey(node.address), node.rlp, of: address)
        try sum(nodeStakeSlot, add: wei, &state)
        try nodes.insert(node.address, &state)
        try state.store(nodeListChangedSlot, .one, of: address)
        try state.store(nodeRecordsChangedSlot, .one, of: address)
    }

    /// Changes where and with what a node serves.
    static func updateNode(_ new: EncryptionNode, _ state: inout some ContractState) throws(NativeFailure) {
        guard try node(new.address).get(.status, &state) == .one else { throw .revert("the node is not registered") }
        let old = try encryptionNode(new.address, &state)
        var new = new
        new.nodeClass = old.nodeClass
        if new.nodeKey != old.nodeKey {
            try useKey(new.nodeKey, of: new.address, &state)
            try replaceNodeKey(old.nodeKey, &state)
        }
        try state.storeBlob(nodeKey(new.address), new.rlp, of: address)
        try state.store(nodeListChangedSlot, .one, of: address)
        try state.store(nodeRecordsChangedSlot, .one, of: address)
        try state.emit(topics: [nodeUpdated, new.address.padded], data: [], of: address)
    }

    /// Begins to leave; the stake can be lost until the time that is returned, in seconds.
    @discardableResult
    static func leave(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) -> UInt64 {
        let record = self.node(node)
        guard try record.get(.status, &state) == .one else { throw .revert("the node is not registered") }
        let end = try unbondingEnd(&state)
        try record.set(.status, UInt256(2), &state)
        try record.set(.completesAt, UInt256(end), &state)
        try nodes.remove(node, &state)
        try Distribution.deactivateNode(node, &state)
        try state.store(nodeListChangedSlot, .one, of: address)
        try state.emit(topics: [nodeLeaves, node.padded], data: Hash(end).bytes, of: address)
        return end
    }

    /// Pays the stake of a node that has left; anyone may call it.
    static func completeLeaving(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        let record = self.node(node)
        guard try record.get(.status, &state) == UInt256(2) else { throw .revert("the node is not leaving") }
        guard try record.number(.completesAt, &state) <= state.seconds else { throw .revert("the stake is not free yet") }
        let wei = try record.get(.stake, &state)
        try record.set(.status, .zero, &state)
        try record.set(.stake, .zero, &state)
        try sum(nodeStakeSlot, subtract: wei, &state)
        try state.pay(wei, to: node, from: address)
        try state.emit(topics: [nodeExitCompleted, node.padded], data: Hash(wei).bytes, of: address)
        return wei
    }

    static func encryptionNode(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) -> EncryptionNode {
        do { return try EncryptionNode(rlp: try state.loadBlob(nodeKey(node), of: address)) } catch let error as NativeFailure {
            throw error
        } catch { throw .state(StateError("the record of encryption node \(node) is malformed")) }
    }

    // MARK: For governance and slashing

    /// Lets an account register an operator node: for governance.
    public static func admitOperator(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) {
        try state.store(admissionSlot(node), .one, of: address)
    }

    static func isAdmitted(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) -> Bool {
        !(try state.load(admissionSlot(node), of: address)).isZero
    }

    /// Takes an operator node's admission back and makes it leave: for governance.
    public static func removeOperator(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) {
        try state.store(admissionSlot(node), .zero, of: address)
        let record = self.node(node)
        // An admitted account may have chosen the other class.
        guard try record.number(.nodeClass, &state) == UInt64(NodeClass.operator.rawValue) else { return }
        if try record.get(.status, &state) == .one { try leave(node, &state) }
    }

    /// Takes a fraction of a node's stake, also while it is leaving. The wei go to the community pool.
    public static func slashNode(_ node: Address, fraction: UInt256, _ state: inout some ContractState) throws(NativeFailure) {
        guard fraction <= QST.one else { throw .revert("more than the whole cannot be slashed") }
        let record = self.node(node)
        let taken = try record.get(.stake, &state).fraction(fraction)
        try record.subtract(.stake, taken, &state)
        try sum(nodeStakeSlot, subtract: taken, &state)
        try Distribution.receiveForCommunity(taken, from: address, &state)
        try state.emit(topics: [nodeSlashed, node.padded], data: Hash(taken).bytes, of: address)
    }

    /// Suspends a node; with `forGood` it can never come back.
    public static func jailNode(_ node: Address, until: UInt64, forGood: Bool, _ state: inout some ContractState) throws(NativeFailure) {
        let record = self.node(node)
        try record.set(.isJailed, .one, &state)
        try record.set(.jailedUntil, UInt256(max(until, try record.number(.jailedUntil, &state))), &state)
        if forGood { try record.set(.isTombstoned, .one, &state) }
        try Distribution.deactivateNode(node, &state)
        try state.store(nodeListChangedSlot, .one, of: address)
        try state.emit(topics: [nodeJailed, node.padded], data: Hash(until).bytes, of: address)
        if forGood { try state.emit(topics: [nodeTombstoned, node.padded], data: [], of: address) }
    }

    static func unjailNode(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) {
        let record = self.node(node)
        guard try record.flag(.isJailed, &state) else { throw .revert("the node is not jailed") }
        guard !(try record.flag(.isTombstoned, &state)) else { throw .revert("the node is removed for good") }
        guard try record.number(.jailedUntil, &state) <= state.seconds else { throw .revert("the node is jailed for longer") }
        guard try record.get(.stake, &state) >= Parameters.get(.minimumSelfStake, &state) else {
            throw .revert("the stake is below the minimum")
        }
        try record.set(.isJailed, .zero, &state)
        try state.store(nodeListChangedSlot, .one, of: address)
        try state.emit(topics: [nodeUnjailed, node.padded], data: [], of: address)
    }
}
