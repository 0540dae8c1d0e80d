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

    static func number(_ key: [UInt8]) -> UInt64 { key.reduce(0) { $0 << 8 | UInt64($1) } }

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
        return ChainSchema.number(bytes)
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
        try store.get(.blockIndex, hash.bytes).map(ChainSchema.number)
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
    /// nil where that is further up than a proof may reach, or the headers in between are uncommonly long.
    public func finalityProof(_ number: UInt64) throws(StoreError) -> FinalityProof? {
        let found = try store.scan(.certificate, from: ChainSchema.key(number), prefix: [], limit: 1, reverse: false)
        guard let entry = found.first else { return nil }
        let certified = ChainSchema.number(entry.key)
        guard certified - number < UInt64(FinalityProof.maximumHeaders), let certificate = try? Certificate(rlp: entry.value)
        else { return nil }
        var headers: [SealedHeader] = []
        var bytes = 0
        for height in (number...certified).reversed() {
            guard let encoded = try store.get(.header, ChainSchema.key(height)), let sealed = try? SealedHeader(rlp: encoded)
            else { return nil }
            headers.append(sealed)
            bytes += encoded.count
            guard bytes <= Self.maximumProofBytes else { return nil }
        }
        return FinalityProof(headers: headers, certificate: certificate)
    }

    /// Of the headers in a proof: with them, the longest block and the largest certificate still fit into a frame.
    static let maximumProofBytes = 512 << 10

    /// Consecutive final blocks of one epoch from a number on, and a proof that the last of them is final.
    /// - Parameter maximumBytes: beyond it no block is added to the first.
    public func finalizedBlocks(from number: UInt64, maximum: Int, maximumBytes: Int) throws(StoreError) -> ([Block], FinalityProof)? {
        guard let head = try finalizedNumber(), number <= head, number > 0, maximum > 0 else { return nil }
        var blocks: [Block] = []
        var bytes = 0
        for height in number...min(head, number + UInt64(maximum) - 1) {
            guard let sealed = try header(height),
                sealed.envelope.epoch == blocks.first?.envelope.epoch ?? sealed.envelope.epoch,
                let encoded = try store.get(.block, sealed.id.bytes)
            else { break }
            bytes += encoded.count
            guard blocks.isEmpty || bytes <= maximumBytes, let block = try? Block(rlp: encoded) else { break }
            blocks.append(block)
        }
        // A run that ends with a certified block needs no headers beyond it.
        if let certified = try newestCertified(upTo: blocks.last?.number ?? 0), certified >= number {
            blocks = Array(blocks.prefix(Int(certified - number) + 1))
        }
        guard let last = blocks.last, let proof = try finalityProof(last.number),
            proof.certificate.ballot.epoch == last.envelope.epoch
        else { return nil }
        return (blocks, proof)
    }

    /// The number of the newest block up to one that has a finalization of its own.
    private func newestCertified(upTo number: UInt64) throws(StoreError) -> UInt64? {
        let found = try store.scan(.certificate, from: ChainSchema.key(number), prefix: [], limit: 1, reverse: true)
        return found.first.map { ChainSchema.number($0.key) }
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
        let last = try store.get(.epoch, EpochSchema.last(epoch)).map(ChainSchema.number) ?? head
        guard let proof = try finalityProof(last), let envelope = proof.sealed?.envelope, envelope.epoch == epoch,
            let bytes = try store.get(.epoch, EpochSchema.set(envelope.nextSetHash))
        else { return nil }
        let isSame = try store.get(.epoch, EpochSchema.members(epoch)) == envelope.nextSetHash.bytes
        return EpochChange(proof: proof, validators: isSame ? nil : try? ValidatorSet(rlp: bytes))
    }
}
