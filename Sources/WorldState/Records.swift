import Primitives

/// Where a state keeps an account; valid as long as the state.
public struct AccountIndex: Hashable, Sendable {
    @usableFromInline let value: Int32

    @inlinable init(_ value: Int) { self.value = Int32(truncatingIfNeeded: value) }
    @inlinable var offset: Int { Int(value) }

    /// No account: what a frame holds before it is used.
    public static let none = AccountIndex(-1)
}

/// A storage slot of an account.
struct SlotKey: Hashable, Sendable {
    let account: AccountIndex
    let slot: UInt256
}

/// An account as a block's transactions have left it. Numbers of transactions stand for flags, so that
/// nothing has to be reset between transactions.
struct AccountRecord: Sendable {
    let address: Address
    var account: Account?
    /// What the reader had.
    let original: Account?
    var code: Code?
    /// Storage starts from nothing: the account was destroyed since the reader's state.
    var storageIsCleared = false
    /// The transaction that last accessed, touched, created or destroyed it; 0 for none.
    var accessedIn: UInt32 = 0
    var touchedIn: UInt32 = 0
    var createdIn: UInt32 = 0
    var destroyedIn: UInt32 = 0
    /// Whether that ever happened, though it was undone.
    var wasAccessed = false
    var wasCreated = false
}

/// A storage slot as a block's transactions have left it.
struct SlotRecord: Sendable {
    let account: AccountIndex
    let slot: UInt256
    var value: UInt256
    /// What the reader had.
    var original: UInt256
    /// The value when transaction `committedFor` began.
    var committed: UInt256
    var committedFor: UInt32
    var accessedIn: UInt32 = 0
    /// Whether it was ever accessed, though that was undone.
    var wasAccessed = false
}

/// How to undo one change.
enum JournalEntry: Sendable {
    case balance(AccountIndex, UInt256)
    case nonce(AccountIndex, UInt64)
    indirect case account(AccountIndex, Account?, Code?)
    case storage(Int32, UInt256)
    case transient(SlotKey, UInt256)
    case accountAccess(AccountIndex)
    case slotAccess(Int32)
    case touched(AccountIndex, UInt32)
    case created(AccountIndex, UInt32)
    case destroyed(AccountIndex, UInt32)
}
