import ChainTypes
import Primitives
import StoreAPI

/// Where a validator's or full node's chain lives in the store.
enum ChainSchema {
    static let genesis = Array("genesis".utf8)
    static let finalizedNumber = Array("finalized".utf8)
    /// Prefix of the ids of blocks that were verified and are not final; the values are their heights.
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

    /// Consecutive final blocks of one epoch from a number on that end with a certified one, and that certificate.
    public func finalizedBlocks(from number: UInt64, maximum: Int, maximumBytes: Int) throws(StoreError) -> ([Block], Certificate)? {
        guard let head = try finalizedNumber(), number <= head, number > 0, maximum > 0 else { return nil }
        var (blocks, bytes, whole): ([Block], Int, (count: Int, Certificate)?) = ([], 0, nil)
        for height in number...min(head, number + UInt64(maximum) - 1) {
            guard let block = try block(height), block.envelope.epoch == blocks.first?.envelope.epoch ?? block.envelope.epoch else { break }
            bytes += block.transactions.reduce(600) { $0 + $1.transaction.blockForm.count + $1.witnessBytes }
            // At least up to the first certified block, however long that is.
            if bytes > maximumBytes, whole != nil { break }
            blocks.append(block)
            if let certificate = try certificate(height) { whole = (blocks.count, certificate) }
        }
        guard let whole else { return nil }
        return (Array(blocks.prefix(whole.count)), whole.1)
    }

    /// Ids and heights of blocks that were verified here and stored before their finalization.
    func pendingBlocks() throws(StoreError) -> [Hash: UInt64] {
        let prefix = ChainSchema.pending
        var heights: [Hash: UInt64] = [:]
        for entry in try store.scan(.local, from: [], prefix: prefix, limit: 1 << 16, reverse: false) {
            guard let id = Hash(entry.key.dropFirst(prefix.count)) else { continue }
            heights[id] = entry.value.reduce(0) { $0 << 8 | UInt64($1) }
        }
        return heights
    }
}

/// Epochs in the store, kept for ever: a light client that was away needs all of them.
///
/// Number to the last block's number and to the set's hash; hash to validator set.
enum EpochSchema {
    static func members(_ epoch: UInt64) -> [UInt8] { Array("members/".utf8) + ChainSchema.key(epoch) }
    static func set(_ hash: Hash) -> [UInt8] { Array("set/".utf8) + hash.bytes }
    static func last(_ epoch: UInt64) -> [UInt8] { Array("last/".utf8) + ChainSchema.key(epoch) }

    /// Keeps the sets of an epoch that begins.
    static func write(_ epoch: EpochState, to batch: inout WriteBatch) {
        for (number, validators) in [(epoch.number, epoch.validators), (epoch.number + 1, epoch.next)] {
            batch.put(.epoch, members(number), validators.hash.bytes)
            batch.put(.epoch, set(validators.hash), validators.rlp)
        }
    }

    /// Keeps where an epoch ended, and the sets of the next one.
    static func end(_ block: ExecutedBlock, to batch: inout WriteBatch) {
        batch.put(.epoch, last(block.block.envelope.epoch), ChainSchema.key(block.block.number))
        write(block.nextEpoch.state, to: &batch)
    }
}

extension ChainStore {
    /// The validators of an epoch that has begun, or is the next.
    public func validators(ofEpoch epoch: UInt64) throws(StoreError) -> ValidatorSet? {
        guard let hash = try store.get(.epoch, EpochSchema.members(epoch)).flatMap({ Hash($0) }),
            let bytes = try store.get(.epoch, EpochSchema.set(hash))
        else { return nil }
        return try? ValidatorSet(rlp: bytes)
    }

    /// What leads a light client on from an epoch, one change an epoch; for the epoch under way, what is final in it.
    public func epochChanges(from epoch: UInt64, maximum: Int, maximumBytes: Int) throws(StoreError) -> [EpochChange] {
        var (changes, bytes): ([EpochChange], Int) = ([], 0)
        guard let head = try finalizedNumber().flatMap({ (number) throws(StoreError) in try header(number) }) else { return [] }
        for (count, number) in (epoch...max(epoch, head.envelope.epoch)).enumerated() {
            guard count < maximum, bytes < maximumBytes, let change = try epochChange(number, head: head.number) else { break }
            changes.append(change)
            bytes += change.rlp.count
        }
        return changes
    }

    private func epochChange(_ epoch: UInt64, head: UInt64) throws(StoreError) -> EpochChange? {
        let last = try store.get(.epoch, EpochSchema.last(epoch)).map { $0.reduce(0) { $0 << 8 | UInt64($1) } } ?? head
        guard let proof = try finalityProof(last), let envelope = proof.sealed?.envelope, envelope.epoch == epoch,
            let bytes = try store.get(.epoch, EpochSchema.set(envelope.nextSetHash))
        else { return nil }
        let isSame = try store.get(.epoch, EpochSchema.members(epoch)) == envelope.nextSetHash.bytes
        return EpochChange(proof: proof, validators: isSame ? nil : try? ValidatorSet(rlp: bytes))
    }
}
