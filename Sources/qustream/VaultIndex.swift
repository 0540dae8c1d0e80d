import Foundation
import Vault

/// Which vaults this wallet has stored: a convenience, `get` works without it.
struct VaultIndex {
    struct Entry: Codable {
        var id: String
        var name: String
        var size: UInt64
        var label: String
    }

    private let file: URL

    init(_ wallet: URL) { file = wallet.appending(path: "vaults.jsonl") }

    var entries: [Entry] {
        ((try? Data(contentsOf: file)) ?? Data()).split(separator: 0x0a).compactMap { try? JSONDecoder().decode(Entry.self, from: $0) }
    }

    func remove(_ id: String) throws {
        let left = try entries.filter { $0.id != id }.map { try JSONEncoder().encode($0) + [0x0a] }
        try left.reduce(Data(), +).write(to: file, options: .atomic)
    }

    func add(_ entry: Entry) throws {
        let old = (try? Data(contentsOf: file)) ?? Data()
        try (old + JSONEncoder().encode(entry) + [0x0a]).write(to: file, options: .atomic)
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
