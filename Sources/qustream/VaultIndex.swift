import Foundation
import Signer
import Vault

/// Which vaults this wallet has stored: a convenience, `get` works without it.
struct VaultIndex {
    struct Entry: Codable {
        var id: String
        var name: String
        var size: UInt64
        /// Where the key comes from; nil while the file is not stored yet, or never was.
        var label: String?
    }

    private let file: URL

    init(_ wallet: URL) { file = wallet.appending(path: "vaults.jsonl") }

    var entries: [Entry] {
        ((try? Data(contentsOf: file)) ?? Data()).split(separator: 0x0a).compactMap { try? JSONDecoder().decode(Entry.self, from: $0) }
    }

    /// Writes an entry in the place of an older one of the same vault, or behind the others.
    func add(_ entry: Entry) throws {
        try change { entries in
            if let place = entries.firstIndex(where: { $0.id == entry.id }) { entries[place] = entry } else { entries.append(entry) }
        }
    }

    func remove(_ id: String) throws { try change { $0.removeAll { $0.id == id } } }

    /// Several processes may store at once: one at a time writes.
    private func change(_ body: (inout [Entry]) -> Void) throws {
        let lock = try FileLock(file.path + ".lock", patienceMilliseconds: 10_000)
        defer { withExtendedLifetime(lock) {} }
        var entries = entries
        body(&entries)
        let lines = try entries.map { try JSONEncoder().encode($0) + [0x0a] }
        try DurableFile.write(Array(lines.reduce(Data(), +)), to: file.path)
    }
}

/// A line on stderr that moves while a file does.
struct ProgressBar: Sendable {
    private let title: String
    private let isTerminal = isatty(2) == 1

    init(_ title: String) { self.title = title }

    var update: VaultProgress {
        { done, total in
            guard isTerminal, total > 0 else { return }
            let width = 40
            let filled = Int(Double(width) * Double(done) / Double(total))
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            FileHandle.standardError.write(Data("\r\(title) \(bar) \(done >> 20) of \(total >> 20) MiB".utf8))
        }
    }

    func finish() { if isTerminal { note("") } }
}
