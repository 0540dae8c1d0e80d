import Primitives

/// Where stored trie nodes come from. A reader is trusted: it returns the bytes that hash to what was asked, or nil.
public protocol TrieNodeReader {
    /// - Throws: `unreadable` when it cannot tell.
    func node(_ hash: Hash) throws(TrieError) -> [UInt8]?
}
