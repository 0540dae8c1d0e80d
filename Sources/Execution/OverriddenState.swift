import ChainTypes
import Cryptography
import Primitives
import SystemContracts
import WorldState

/// What a trial pretends of an account; nil leaves it as it is.
public struct AccountOverride: Hashable, Sendable {
    public enum Storage: Hashable, Sendable {
        /// These slots and no others.
        case replaced([Hash: UInt256])
        /// These slots over what there is.
        case changed([Hash: UInt256])
    }

    public var nonce: UInt64?
    /// Wei.
    public var balance: UInt256?
    /// Takes the place of a system contract as well.
    public var code: [UInt8]?
    public var storage: Storage?

    public init(nonce: UInt64? = nil, balance: UInt256? = nil, code: [UInt8]? = nil, storage: Storage? = nil) {
        (self.nonce, self.balance, self.code, self.storage) = (nonce, balance, code, storage)
    }
}

/// A state with some accounts pretended otherwise.
struct OverriddenState: StateReader {
    private let base: any StateReader
    private let overrides: [Address: AccountOverride]
    private let codes: [Hash: Code]

    init(_ base: any StateReader, _ overrides: [Address: AccountOverride]) {
        (self.base, self.overrides) = (base, overrides)
        var codes: [Hash: Code] = [:]
        for override in overrides.values {
            guard let bytes = override.code else { continue }
            let hash = Keccak256.hash(bytes)
            codes[hash] = Code(bytes, hash: hash)
        }
        self.codes = codes
    }

    func account(_ address: Address) throws(StateError) -> Account? {
        guard let override = overrides[address] else { return try base.account(address) }
        var account = try base.account(address) ?? .empty
        if let nonce = override.nonce { account.nonce = nonce }
        if let balance = override.balance { account.balance = balance }
        if let code = override.code { account.codeHash = Keccak256.hash(code) }
        if case .replaced = override.storage { account.storageRoot = Header.emptyTrieRoot }
        return account
    }

    func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 {
        if let pretended = pretended(address, slot) { return pretended }
        return try base.storage(address, slot)
    }

    func storage(_ address: Address, _ slot: Hash, in account: Account) throws(StateError) -> UInt256 {
        if let pretended = pretended(address, slot) { return pretended }
        return try base.storage(address, slot, in: account)
    }

    private func pretended(_ address: Address, _ slot: Hash) -> UInt256? {
        switch overrides[address]?.storage {
        case .replaced(let slots): slots[slot] ?? .zero
        case .changed(let slots): slots[slot]
        case nil: nil
        }
    }

    func code(_ hash: Hash) throws(StateError) -> [UInt8] {
        if let code = codes[hash] { return Array(code.bytes) }
        return try base.code(hash)
    }

    func preparedCode(_ hash: Hash) throws(StateError) -> Code {
        if let code = codes[hash] { return code }
        return try base.preparedCode(hash)
    }
}

/// The system contracts but those whose code a trial pretends otherwise.
struct VisibleNatives: NativeContracts {
    let hidden: Set<Address>

    func contract(at address: Address) -> (any NativeContract.Type)? {
        hidden.contains(address) ? nil : SystemContracts.contract(at: address)
    }
}
