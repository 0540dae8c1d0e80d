import ChainTypes
import Cryptography
import Primitives
import WorldState

// Consensus and node keys: each belongs to one operator for ever.
extension Staking {
    private static func keySlot(_ keyHash: Hash) -> Hash { StorageLayout.mapping([keyHash], at: 11) }
    private static func replacedSlot(_ keyHash: Hash) -> Hash { StorageLayout.mapping([keyHash], at: 24) }
    private static func retiredSlot(_ keyHash: Hash) -> Hash { StorageLayout.mapping([keyHash], at: 23) }

    /// Takes a key for good: no validator or node can ever come with it again.
    static func useKey(_ key: [UInt8], of owner: Address, _ state: inout some ContractState) throws(NativeFailure) {
        guard try keyOwner(key, &state) == nil else { throw .revert("the key has been used before") }
        try recordKey(key, of: owner, &state)
    }

    /// The same without looking whose it was, for genesis.
    static func recordKey(_ key: [UInt8], of owner: Address, _ state: inout some ContractState) throws(NativeFailure) {
        try state.store(keySlot(try state.keccak(key)), owner.word, of: address)
    }

    /// Whose a consensus or node key is or was.
    static func keyOwner(_ key: [UInt8], _ state: inout some ContractState) throws(NativeFailure) -> Address? {
        try keyOwner(hash: try state.keccak(key), &state)
    }

    static func keyOwner(hash: Hash, _ state: inout some ContractState) throws(NativeFailure) -> Address? {
        let word = try state.load(keySlot(hash), of: address)
        return word.isZero ? nil : Address(word)
    }

    /// Notes that a consensus key has been replaced: the sets of this epoch and the next still have it.
    static func retireKey(_ key: [UInt8], _ state: inout some ContractState) throws(NativeFailure) {
        try state.store(retiredSlot(try state.keccak(key)), UInt256(try Epochs.current(&state) &+ 2), of: address)
    }

    /// Notes that an encryption node has another key from now on.
    static func replaceNodeKey(_ key: [UInt8], _ state: inout some ContractState) throws(NativeFailure) {
        try state.store(replacedSlot(try state.keccak(key)), UInt256(state.seconds), of: address)
    }

    /// Whether a registered node answers for the receipt that a key of its account has signed for a request: the key is its own, or
    /// was when the request was made. Neither a validator's key of the same account counts, nor what an old disk signs later.
    static func nodeKeyCounts(
        _ key: [UInt8], of node: Address, requestedAt seconds: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) -> Bool {
        if try encryptionNode(node, &state).nodeKey == key { return true }
        return try seconds <= state.load(replacedSlot(try state.keccak(key)), of: address)
    }

    /// Whether a consensus key counts in an epoch. Nobody answers for what a key signs after that: by then it may be
    /// anyone's who bought an old disk.
    static func keyCounts(_ key: [UInt8], inEpoch epoch: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> Bool {
        let end = try state.load(retiredSlot(try state.keccak(key)), of: address).limb0
        return end == 0 || epoch < end
    }
}

extension NativeFrame {
    /// Reads a signature from a call's arguments; reverts unless it shows that the caller has a key.
    mutating func requirePossession(of key: [UInt8], _ arguments: inout Calldata) throws(NativeFailure) {
        let proof = try arguments.bytes(atMost: SignatureSuite.mldsa65.signatureBytes, &self)
        try charge(NativeGas.signature)
        guard KeyPossession.holds(proof, genesis: block.genesis, operator: caller, key: key) else {
            throw .revert("the proof does not show that the key is the caller's")
        }
    }
}
