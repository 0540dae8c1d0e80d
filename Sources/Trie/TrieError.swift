import Primitives

/// Why a trie could not be read or a proof does not hold.
public enum TrieError: Error, Hashable, Sendable {
    /// The reader does not have a node that the trie refers to.
    case missingNode(Hash)
    /// Bytes are not a canonical trie node, or stand where such a node cannot.
    case malformedNode
    /// A proof node does not hash to what its parent (or the root) says.
    case wrongHash
    /// The proof ends before the key's fate is settled.
    case incompleteProof
    /// The proof holds more than the key needs.
    case excessProof
    /// The reader failed for reasons of its own (the database, the network).
    case unreadable(String)
}
