import ChainTypes
import Cryptography
import Foundation
import KeyService
import Primitives
import Signer

/// What a wallet's folder remembers of its vaults. Losing it loses no vault: `get` and `health` bring entries back.
public struct VaultIndex: Sendable {
    public struct Entry: Hashable, Sendable, RLPCodable {
        public var id: KeyID
        public var name: String
        /// Bytes.
        public var size: UInt64
        public var owner: Address
        public var label: VaultLabel
        /// Of the nodes; none when the entry was made again by reading.
        public var receipts: [SignedReceipt]

        public init(id: KeyID, name: String, size: UInt64, owner: Address, label: VaultLabel, receipts: [SignedReceipt]) {
            (self.id, self.name, self.size, self.owner) = (id, name, size, owner)
            (self.label, self.receipts) = (label, receipts)
        }

        public func encode(to writer: inout RLPWriter) {
            writer.list {
                $0.append(id)
                $0.append(text: name)
                $0.append(size)
                $0.append(owner)
                $0.append(label)
                $0.append(list: receipts)
            }
        }

        public init(from reader: inout RLPReader) throws(RLPError) {
            self = try reader.readList { (list) throws(RLPError) in
                Entry(
                    id: try list.read(), name: try list.readText(atMost: 1024), size: try list.readUInt64(), owner: try list.read(),
                    label: try list.read(), receipts: try list.readList(of: SignedReceipt.self, maximum: 2 * Committee.maximumCount))
            }
        }
    }

    private let folder: URL

    /// - Parameter wallet: the wallet's folder.
    public init(wallet: URL) { folder = wallet.appending(path: "vaults") }

    private func file(_ id: KeyID) -> URL { folder.appending(path: "\(id.hash.hex.dropFirst(2)).rlp") }

    /// Adds an entry; one that has receipts is not replaced by one that has none.
    public func add(_ entry: Entry) throws {
        if entry.receipts.isEmpty, let old = self.entry(entry.id), !old.receipts.isEmpty { return }
        try DurableFile.makeDirectory(folder.path)
        try DurableFile.write(entry.rlp, to: file(entry.id).path)
    }

    public func entry(_ id: KeyID) -> Entry? { Self.read(file(id)) }

    /// All entries, oldest key first; files that are damaged are left out.
    public var entries: [Entry] {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "rlp" }.compactMap(Self.read).sorted { $0.id < $1.id }
    }

    private static func read(_ file: URL) -> Entry? {
        guard let bytes = try? DurableFile.read(file.path) else { return nil }
        return try? Entry(rlp: bytes)
    }
}
