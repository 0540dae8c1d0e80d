import ChainTypes
import Primitives
import StoreAPI

/// Where a validator's or full node's chain lives in the store.
enum ChainSchema {
    static let genesis = Array("genesis".utf8)
    static let finalizedNumber = Array("finalized".utf8)
    /// Prefix of the ids of blocks that are stored but not final; the values are empty.
    static let pending = Array("pending/".utf8)

    static func key(_ number: UInt64) -> [UInt8] {
        var key: [UInt8] = []
        key.append(bigEndian: number)
        return key
    }

    static func location(_ number: UInt64, _ index: Int) -> [UInt8] {
        var writer = RLPWriter()
        writer.list {
            $0.append(number)
            $0.append(index)
        }
        return writer.bytes
    }
}

/// Reads of the finalised chain. Immutable data only, so any number of threads may read while blocks are added.
public struct ChainStore: Sendable {
    public let store: any KeyValueReader

    public init(_ store: any KeyValueReader) { self.store = store }

    /// Number of the newest final block; nil in an empty store.
    public func finalizedNumber() throws(StoreError) -> UInt64? {
        guard let bytes = try store.get(.meta, ChainSchema.finalizedNumber) else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Envelope hash of the genesis block.
    public func genesis() throws(StoreError) -> Hash? {
        try store.get(.meta, ChainSchema.genesis).flatMap { Hash($0) }
    }

    public func header(_ number: UInt64) throws(StoreError) -> SealedHeader? {
        try store.get(.header, ChainSchema.key(number)).flatMap { try? SealedHeader(rlp: $0) }
    }

    public func block(_ number: UInt64) throws(StoreError) -> Block? {
        guard let sealed = try header(number) else { return nil }
        if number == 0 { return Block(sealed: sealed, transactions: []) }
        return try block(id: sealed.id)
    }

    /// A block by envelope hash, final or not.
    public func block(id: Hash) throws(StoreError) -> Block? {
        try store.get(.block, id.bytes).flatMap { try? Block(rlp: $0) }
    }

    /// The number of a final block by its Ethereum hash.
    public func number(ofBlockHash hash: Hash) throws(StoreError) -> UInt64? {
        try store.get(.blockIndex, hash.bytes).map { $0.reduce(0) { $0 << 8 | UInt64($1) } }
    }

    public func receipts(_ number: UInt64) throws(StoreError) -> [Receipt]? {
        try store.get(.receipt, ChainSchema.key(number)).flatMap { bytes in
            var reader = RLPReader(bytes)
            return try? reader.readList(of: Receipt.self, maximum: 1 << 16)
        }
    }

    /// Block number and index of a final transaction.
    public func location(ofTransaction hash: Hash) throws(StoreError) -> (number: UInt64, index: Int)? {
        guard let bytes = try store.get(.transactionIndex, hash.bytes) else { return nil }
        var reader = RLPReader(bytes)
        return try? reader.readList { (list) throws(RLPError) in (try list.readUInt64(), try list.readInt()) }
    }

    /// The finalization of this very block, where it has one of its own.
    public func certificate(_ number: UInt64) throws(StoreError) -> Certificate? {
        try store.get(.certificate, ChainSchema.key(number)).flatMap { try? Certificate(rlp: $0) }
    }

    /// A proof that the block is final: its own certificate, or that of the next block that has one.
    public func finalityProof(_ number: UInt64, maximumHeaders: Int = 64) throws(StoreError) -> FinalityProof? {
        let found = try store.scan(.certificate, from: ChainSchema.key(number), prefix: [], limit: 1, reverse: false)
        guard let entry = found.first, let certificate = try? Certificate(rlp: entry.value) else { return nil }
        let certified = entry.key.reduce(0) { $0 << 8 | UInt64($1) }
        guard certified - number < UInt64(maximumHeaders) else { return nil }
        var headers: [SealedHeader] = []
        for height in (number...certified).reversed() {
            guard let sealed = try header(height) else { return nil }
            headers.append(sealed)
        }
        return FinalityProof(headers: headers, certificate: certificate)
    }

    /// Consecutive final blocks from a number on that end with a certified one, and that certificate.
    public func finalizedBlocks(from number: UInt64, maximum: Int, maximumBytes: Int) throws(StoreError) -> ([Block], Certificate)? {
        guard let head = try finalizedNumber(), number <= head, number > 0, maximum > 0 else { return nil }
        var (blocks, bytes, whole): ([Block], Int, (count: Int, Certificate)?) = ([], 0, nil)
        for height in number...min(head, number + UInt64(maximum) - 1) {
            guard let block = try block(height) else { break }
            bytes += block.transactions.reduce(600) { $0 + $1.transaction.blockForm.count + $1.witnessBytes }
            // At least up to the first certified block, however long that is.
            if bytes > maximumBytes, whole != nil { break }
            blocks.append(block)
            if let certificate = try certificate(height) { whole = (blocks.count, certificate) }
        }
        guard let whole else { return nil }
        return (Array(blocks.prefix(whole.count)), whole.1)
    }

    /// Blocks that were stored before their finalization, lowest first.
    func pendingBlocks() throws(StoreError) -> [Block] {
        var blocks: [Block] = []
        let prefix = ChainSchema.pending
        for entry in try store.scan(.local, from: [], prefix: prefix, limit: 1024, reverse: false) {
            guard let id = Hash(entry.key.dropFirst(prefix.count)), let block = try block(id: id) else { continue }
            blocks.append(block)
        }
        return blocks.sorted { ($0.number, $0.id) < ($1.number, $1.id) }
    }
}
