import Cryptography
import Primitives
import StoreAPI
import Trie

/// The state could not be read: the disk failed or holds something that is not state.
public struct StateError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// A whole state at one root, read-only.
public protocol StateReader: Sendable {
    func account(_ address: Address) throws(StateError) -> Account?
    /// The value of a storage slot; zero where nothing is stored.
    func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256
    /// The same for an account that has been read before.
    func storage(_ address: Address, _ slot: Hash, in account: Account) throws(StateError) -> UInt256
    func code(_ hash: Hash) throws(StateError) -> [UInt8]
    /// A code made ready to run; readers that live longer than a block keep what they made.
    func preparedCode(_ hash: Hash) throws(StateError) -> Code
}

extension StateReader {
    public func storage(_ address: Address, _ slot: Hash, in account: Account) throws(StateError) -> UInt256 {
        try storage(address, slot)
    }

    public func preparedCode(_ hash: Hash) throws(StateError) -> Code { Code(try code(hash), hash: hash) }
}

/// Trie nodes and codes that are not on disk yet, over those that are.
public struct StateNodes: TrieNodeReader, Sendable {
    /// Layers of unfinalised blocks, newest first.
    public let overlays: [StateOverlay]
    public let store: any KeyValueReader
    private let cache: NodeCache

    /// - Parameter cache: of nodes from the same store.
    public init(overlays: [StateOverlay], store: any KeyValueReader, cache: NodeCache = NodeCache()) {
        (self.overlays, self.store, self.cache) = (overlays, store, cache)
    }

    public func node(_ hash: Hash) throws(TrieError) -> [UInt8]? {
        for overlay in overlays {
            if let bytes = overlay.nodes[hash] { return bytes }
        }
        return try cache.node(hash) { () throws(TrieError) in
            do { return try store.get(.trieNode, hash.bytes) } catch { throw .unreadable("\(error)") }
        }
    }

    func code(_ hash: Hash) throws(StateError) -> [UInt8] {
        if hash == Account.emptyCodeHash { return [] }
        for overlay in overlays {
            if let bytes = overlay.codes[hash] { return bytes }
        }
        do {
            guard let bytes = try store.get(.code, hash.bytes) else { throw StateError("code \(hash) is missing") }
            return bytes
        } catch let error as StateError { throw error } catch { throw StateError("\(error)") }
    }
}

/// What one block added to the state's node set: written to disk when the block is final.
public struct StateOverlay: Sendable {
    public fileprivate(set) var nodes: [Hash: [UInt8]] = [:]
    public fileprivate(set) var codes: [Hash: [UInt8]] = [:]

    public init() {}

    mutating func add(nodes new: [(hash: Hash, bytes: [UInt8])]) {
        for node in new { nodes[node.hash] = node.bytes }
    }

    mutating func add(code: [UInt8], hash: Hash) { codes[hash] = code }

    /// Adds everything to a batch; the keys are content hashes, so order does not matter.
    public func write(to batch: inout WriteBatch) {
        for (hash, bytes) in nodes { batch.put(.trieNode, hash.bytes, bytes) }
        for (hash, bytes) in codes { batch.put(.code, hash.bytes, bytes) }
    }
}

/// State read through the Merkle-Patricia trie at a root.
public struct TrieState: StateReader {
    public let root: Hash
    public let nodes: StateNodes

    public init(root: Hash, nodes: StateNodes) { (self.root, self.nodes) = (root, nodes) }

    public func account(_ address: Address) throws(StateError) -> Account? {
        guard let bytes = try value(MerklePatriciaTrie(root: root), key: Keccak256.hash(address.bytes)) else { return nil }
        do { return try Account(rlp: bytes) } catch { throw StateError("account \(address) is malformed: \(error)") }
    }

    public func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 {
        guard let account = try account(address) else { return .zero }
        return try storage(address, slot, in: account)
    }

    public func storage(_ address: Address, _ slot: Hash, in account: Account) throws(StateError) -> UInt256 {
        guard account.storageRoot != MerklePatriciaTrie.emptyRoot,
            let bytes = try value(MerklePatriciaTrie(root: account.storageRoot), key: Keccak256.hash(slot.bytes))
        else { return .zero }
        do { return try UInt256(rlp: bytes) } catch { throw StateError("slot \(slot) of \(address) is malformed: \(error)") }
    }

    public func code(_ hash: Hash) throws(StateError) -> [UInt8] { try nodes.code(hash) }

    public func preparedCode(_ hash: Hash) throws(StateError) -> Code {
        try CodeCache.shared.code(hash) { () throws(StateError) in try nodes.code(hash) }
    }

    private func value(_ trie: MerklePatriciaTrie, key: Hash) throws(StateError) -> [UInt8]? {
        do { return try trie.get(key.bytes, from: nodes) } catch { throw StateError("\(error)") }
    }

    /// Applies a block's changes: the new root and what must be stored for it.
    /// - Parameter run: may work on parts of a trie at once; the result does not depend on it.
    public func applying(
        _ changes: StateChanges, run: MerklePatriciaTrie.Run = { count, body in (0..<count).forEach(body) }
    ) throws(StateError) -> (root: Hash, overlay: StateOverlay) {
        var overlay = StateOverlay()
        var accountChanges: [(key: [UInt8], value: [UInt8]?)] = []
        do {
            for change in changes.accounts {
                var account = change.account
                if account != nil, !change.storage.isEmpty {
                    let slots = change.storage.map { (key: Keccak256.hash($0.slot.bytes).bytes, value: $0.value.isZero ? nil : $0.value.rlp) }
                    let updated = try MerklePatriciaTrie(root: account?.storageRoot ?? MerklePatriciaTrie.emptyRoot)
                        .updating(slots, from: nodes, run: run)
                    account?.storageRoot = updated.root
                    overlay.add(nodes: updated.newNodes)
                }
                accountChanges.append((key: Keccak256.hash(change.address.bytes).bytes, value: account?.rlp))
            }
            let updated = try MerklePatriciaTrie(root: root).updating(accountChanges, from: nodes, run: run)
            overlay.add(nodes: updated.newNodes)
            for code in changes.codes { overlay.add(code: code.bytes, hash: code.hash) }
            return (updated.root, overlay)
        } catch { throw StateError("\(error)") }
    }
}

/// What a block changed, in a fixed order.
public struct StateChanges: Sendable {
    public struct AccountChange: Sendable {
        public let address: Address
        /// nil deletes the account.
        public let account: Account?
        /// Sorted by slot; zero deletes the slot.
        public let storage: [(slot: Hash, value: UInt256)]
    }

    /// Sorted by address.
    public let accounts: [AccountChange]
    public let codes: [(hash: Hash, bytes: [UInt8])]
}
