import Cryptography
import Foundation
import Primitives
import Vault

/// The receipts of the nodes that hold a wallet's vaults: without one a node cannot be audited on the chain.
struct ReceiptFolder {
    /// Committees are smaller.
    private static let maximumCount = 2 * Committee.maximumCount

    private let folder: URL

    init(_ wallet: URL) { folder = wallet.appending(path: "receipts") }

    /// - Throws: a refusal where there are none, or the file is damaged.
    func receipts(of id: KeyID) throws -> [VaultReceipt] {
        guard let bytes = try? Data(contentsOf: file(id)) else { throw Refusal("this wallet has no receipts for vault \(id.hash.hex)") }
        var reader = RLPReader(Array(bytes))
        guard let receipts = try? reader.readList(of: VaultReceipt.self, maximum: Self.maximumCount) else {
            throw Refusal("\(file(id).path) is damaged")
        }
        return receipts
    }

    /// Keeps receipts; a node's newer one takes the place of its older.
    func add(_ new: [VaultReceipt], of id: KeyID) throws {
        guard !new.isEmpty else { return }
        let old = ((try? receipts(of: id)) ?? []).filter { kept in !new.contains { $0.node.address == kept.node.address } }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var writer = RLPWriter()
        writer.append(list: old + new)
        try Data(writer.bytes).write(to: file(id), options: .atomic)
    }

    func remove(_ id: KeyID) { try? FileManager.default.removeItem(at: file(id)) }

    private func file(_ id: KeyID) -> URL { folder.appending(path: "\(id.hash.hex).rlp") }
}
