import ChainTypes
import Foundation
import Primitives
import Signer

/// Every transaction that the wallet has signed, written down before it is sent.
public struct Journal: Sendable {
    public struct Entry: Codable, Hashable, Sendable {
        public var sender: String
        public var nonce: UInt64
        public var hash: String
        /// Network form in hexadecimal.
        public var raw: String
    }

    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case writing(String)
        case locked

        public var description: String {
            switch self {
            case .writing(let why): "the journal cannot be written: \(why)"
            case .locked: "another program is using this wallet"
            }
        }
    }

    private let file: URL

    /// - Parameter genesis: of the chain that the entries are for.
    public init(in wallet: URL, genesis: Hash) {
        file = wallet.appending(path: "journal-\(genesis.hex.dropFirst(2).prefix(16)).jsonl")
    }

    /// All entries, oldest first; a line that a crash has torn is left out.
    public var entries: [Entry] {
        guard let bytes = try? Data(contentsOf: file) else { return [] }
        return bytes.split(separator: 0x0a).compactMap { try? JSONDecoder().decode(Entry.self, from: $0) }
    }

    /// The newest entries of a sender from a nonce on, one for each nonce, in order without a gap.
    public func inFlight(_ sender: Address, from nonce: UInt64) -> [Entry] {
        var newest: [UInt64: Entry] = [:]
        for entry in entries where entry.sender == sender.hex && entry.nonce >= nonce { newest[entry.nonce] = entry }
        var (run, next): ([Entry], UInt64) = ([], nonce)
        while let entry = newest[next] {
            run.append(entry)
            next += 1
        }
        return run
    }

    /// Returns once the transaction is on disk.
    public func record(_ transaction: SignedTransaction) throws(Failure) {
        let entry = Entry(
            sender: transaction.body.sender.hex, nonce: transaction.body.nonce, hash: transaction.hash.hex,
            raw: Hex.encode(transaction.networkForm))
        do { try append(try JSONEncoder().encode(entry) + [0x0a]) } catch { throw .writing("\(error)") }
    }

    private func append(_ line: Data) throws {
        if !FileManager.default.fileExists(atPath: file.path) { try DurableFile.write([], to: file.path) }
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: line)
        try handle.synchronize()
    }
}

/// Keeps other programs away from a wallet while a nonce is chosen, signed and written down.
public final class WalletLock: Sendable {
    private let descriptor: Int32

    public init(_ wallet: URL) throws(Journal.Failure) {
        descriptor = open(wallet.appending(path: "lock").path, O_RDWR | O_CREAT, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else { throw .locked }
    }

    deinit { close(descriptor) }
}
