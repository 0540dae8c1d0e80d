import ChainTypes
import Cryptography
import Primitives
import Trie

extension StateProof {
    /// The proven account; nil when the proof shows that there is none.
    /// - Throws: `invalidStateProof` unless the path holds.
    public func account(stateRoot: Hash) throws(LightClientError) -> ProvenAccount? {
        let bytes = try Self.value(root: stateRoot, key: Keccak256.hash(address.bytes), nodes: accountNodes, of: "account")
        guard let bytes else { return nil }
        do { return try ProvenAccount(rlp: bytes) } catch { throw .invalidStateProof("account: \(error)") }
    }

    /// The proven value of every slot; zero where the proof shows that nothing is stored.
    /// - Throws: `invalidStateProof` unless every path holds.
    public func verify(stateRoot: Hash) throws(LightClientError) -> [Hash: UInt256] {
        let storageRoot = try account(stateRoot: stateRoot)?.storageRoot ?? MerklePatriciaTrie.emptyRoot
        var values: [Hash: UInt256] = [:]
        for slot in slots {
            let name = "slot"
            let bytes = try Self.value(root: storageRoot, key: Keccak256.hash(slot.slot.bytes), nodes: slot.nodes, of: name)
            guard let bytes else {
                values[slot.slot] = .zero
                continue
            }
            do { values[slot.slot] = try UInt256(rlp: bytes) } catch { throw .invalidStateProof("\(name): \(error)") }
        }
        return values
    }

    private static func value(root: Hash, key: Hash, nodes: [[UInt8]], of name: String) throws(LightClientError) -> [UInt8]? {
        do { return try TrieProof.verify(root: root, key: key.bytes, proof: nodes) } catch { throw .invalidStateProof("\(name): \(error)") }
    }
}
