import Primitives
import Synchronization

/// An account's journal on disk, held for one step at a time, so that processes get along.
final class JournalFile: Sendable {
    private let path: String
    private let memory = Mutex<Journal.Memory?>(nil)

    init(path: String) { self.path = path }

    /// Opens the journal, has it used, and lets go of it before anything waits.
    func use<Value>(_ body: (inout Journal) throws(WalletError) -> Value) throws(WalletError) -> Value {
        let known = memory.withLock { $0 }
        var journal = if let known { try Journal.open(path, known) } else { try Journal.open(path) }
        let value = try body(&journal)
        let memory = try journal.memory
        self.memory.withLock { $0 = memory }
        return value
    }

    func settle(_ hash: Hash, _ status: TransactionStatus) throws(WalletError) {
        try use { (journal) throws(WalletError) in try journal.settle(hash, status) }
    }
}
