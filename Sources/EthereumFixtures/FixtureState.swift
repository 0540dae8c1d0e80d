import ChainTypes
import Cryptography
import Primitives
import Trie
import WorldState

/// A whole state in memory, as test files list it.
struct FixtureState: StateReader {
    struct Entry: Sendable {
        var account = Account.empty
        var storage: [UInt256: UInt256] = [:]
    }

    var entries: [Address: Entry] = [:]
    var codes: [Hash: [UInt8]] = [:]

    init(_ json: FixtureJSON) throws(FixtureError) {
        for key in json.keys {
            guard let address = Address(hex: key) else { throw FixtureError("\(key) is not an address") }
            let code = try json[key]["code"].bytes()
            var entry = Entry()
            for slot in json[key]["storage"].keys {
                let value = try json[key]["storage"][slot].number()
                if !value.isZero { entry.storage[try FixtureJSON(slot).number()] = value }
            }
            entry.account = Account(
                nonce: try json[key]["nonce"].small(), balance: try json[key]["balance"].number(),
                storageRoot: Self.storageRoot(entry.storage), codeHash: Keccak256.hash(code))
            entries[address] = entry
            codes[entry.account.codeHash] = code
        }
    }

    /// One contract and nothing else.
    init(contract: Address, code: [UInt8]) {
        let hash = Keccak256.hash(code)
        entries[contract] = Entry(account: Account(nonce: 1, codeHash: hash))
        codes[hash] = code
    }

    func account(_ address: Address) throws(StateError) -> Account? { entries[address]?.account }
    func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 { entries[address]?.storage[slot.number] ?? .zero }
    func code(_ hash: Hash) throws(StateError) -> [UInt8] { codes[hash] ?? [] }

    mutating func apply(_ changes: StateChanges) {
        for change in changes.accounts {
            guard let account = change.account else {
                entries[change.address] = nil
                continue
            }
            var entry = entries[change.address] ?? Entry()
            if account.storageRoot == Header.emptyTrieRoot { entry.storage = [:] }
            for (slot, value) in change.storage { entry.storage[slot.number] = value.isZero ? nil : value }
            entry.account = account
            entry.account.storageRoot = Self.storageRoot(entry.storage)
            entries[change.address] = entry
        }
        for code in changes.codes { codes[code.hash] = code.bytes }
    }

    var root: Hash {
        MerklePatriciaTrie.root(of: entries.map { (key: Keccak256.hash($0.key.bytes).bytes, value: $0.value.account.rlp) })
    }

    private static func storageRoot(_ storage: [UInt256: UInt256]) -> Hash {
        MerklePatriciaTrie.root(of: storage.map { (key: Keccak256.hash(Hash($0.key).bytes).bytes, value: $0.value.rlp) })
    }
}
