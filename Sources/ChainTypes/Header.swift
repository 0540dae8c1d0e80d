import Cryptography
import Primitives

/// An Ethereum block header with the fields of Prague (Yellow Paper §4.4, EIP-1559, 4895, 4844, 4788, 7685).
/// Its Keccak-256 is the block hash that tools see.
public struct Header: Hashable, Sendable, RLPCodable {
    public static let emptyOmmersHash = Keccak256.hash([0xc0])
    public static let emptyTrieRoot = Keccak256.hash([0x80])
    /// SHA-256 of nothing: the requests hash of a block without requests (EIP-7685).
    public static let emptyRequestsHash = Hash(
        0xe3b0_c442_98fc_1c14, 0x9afb_f4c8_996f_b924, 0x27ae_41e4_649b_934c, 0xa495_991b_7852_b855)

    /// Header hash of the parent.
    public var parentHash: Hash
    /// Address of the proposer, which receives priority fees.
    public var beneficiary: Address
    public var stateRoot: Hash
    public var transactionsRoot: Hash
    public var receiptsRoot: Hash
    public var logsBloom: Bloom
    public var number: UInt64
    public var gasLimit: UInt64
    public var gasUsed: UInt64
    /// Seconds: the floor of the envelope's milliseconds.
    public var timestamp: UInt64
    /// At most 32 bytes; in the genesis block the Keccak-256 of the chain spec.
    public var extraData: [UInt8]
    public var prevRandao: Hash
    /// Wei per gas.
    public var baseFeePerGas: UInt256

    public init(
        parentHash: Hash, beneficiary: Address, stateRoot: Hash, transactionsRoot: Hash = Header.emptyTrieRoot,
        receiptsRoot: Hash = Header.emptyTrieRoot, logsBloom: Bloom = .empty, number: UInt64, gasLimit: UInt64,
        gasUsed: UInt64 = 0, timestamp: UInt64, extraData: [UInt8] = [], prevRandao: Hash, baseFeePerGas: UInt256
    ) {
        self.parentHash = parentHash
        self.beneficiary = beneficiary
        self.stateRoot = stateRoot
        self.transactionsRoot = transactionsRoot
        self.receiptsRoot = receiptsRoot
        self.logsBloom = logsBloom
        self.number = number
        self.gasLimit = gasLimit
        self.gasUsed = gasUsed
        self.timestamp = timestamp
        self.extraData = extraData
        self.prevRandao = prevRandao
        self.baseFeePerGas = baseFeePerGas
    }

    public var hash: Hash { Keccak256.hash(rlp) }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(parentHash)
            $0.append(Self.emptyOmmersHash)
            $0.append(beneficiary)
            $0.append(stateRoot)
            $0.append(transactionsRoot)
            $0.append(receiptsRoot)
            $0.append(logsBloom.bytes)
            $0.append(0 as UInt64)  // difficulty
            $0.append(number)
            $0.append(gasLimit)
            $0.append(gasUsed)
            $0.append(timestamp)
            $0.append(extraData)
            $0.append(prevRandao)
            $0.append([UInt8](repeating: 0, count: 8))  // proof-of-work nonce
            $0.append(baseFeePerGas)
            $0.append(Self.emptyTrieRoot)  // withdrawals
            $0.append(0 as UInt64)  // blob gas used
            $0.append(0 as UInt64)  // excess blob gas
            $0.append(Hash.zero)  // parent beacon block root
            $0.append(Self.emptyRequestsHash)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        var list = try reader.readList()
        let parentHash: Hash = try list.read()
        try list.expect(Self.emptyOmmersHash.bytes)
        let beneficiary: Address = try list.read()
        let (stateRoot, transactionsRoot, receiptsRoot): (Hash, Hash, Hash) = (try list.read(), try list.read(), try list.read())
        let bloom = Bloom(bytes: try list.readBytes(exactly: Bloom.byteCount))
        try list.expect([])
        let (number, gasLimit) = (try list.readUInt64(), try list.readUInt64())
        let (gasUsed, timestamp) = (try list.readUInt64(), try list.readUInt64())
        let extraData = try list.readBytes(atMost: 32)
        let prevRandao: Hash = try list.read()
        try list.expect([UInt8](repeating: 0, count: 8))
        let baseFee: UInt256 = try list.read()
        try list.expect(Self.emptyTrieRoot.bytes)
        try list.expect([])
        try list.expect([])
        try list.expect(Hash.zero.bytes)
        try list.expect(Self.emptyRequestsHash.bytes)
        try list.finish()
        self.init(
            parentHash: parentHash, beneficiary: beneficiary, stateRoot: stateRoot, transactionsRoot: transactionsRoot,
            receiptsRoot: receiptsRoot, logsBloom: bloom, number: number, gasLimit: gasLimit, gasUsed: gasUsed,
            timestamp: timestamp, extraData: extraData, prevRandao: prevRandao, baseFeePerGas: baseFee)
    }
}

extension RLPReader {
    /// Reads a byte string that this chain fixes to one value.
    fileprivate mutating func expect(_ bytes: [UInt8]) throws(RLPError) {
        guard try readBytes().elementsEqual(bytes) else { throw .invalidValue }
    }
}

/// A 2048-bit log bloom filter (Yellow Paper §4.4.1).
public struct Bloom: Hashable, Sendable {
    public static let byteCount = 256
    public static let empty = Bloom(bytes: [UInt8](repeating: 0, count: byteCount))
    public private(set) var bytes: [UInt8]

    /// The caller passes exactly 256 bytes.
    init(bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "a bloom filter has 256 bytes")
        self.bytes = bytes
    }

    /// The three bits of an address or a topic. Whoever looks for it in many filters hashes it once.
    public struct Bits: Hashable, Sendable {
        fileprivate let first, second, third: Int

        public init(_ item: [UInt8]) {
            let digest = Keccak256.hash(item).bytes
            func bit(_ pair: Int) -> Int { (Int(digest[2 * pair]) << 8 | Int(digest[2 * pair + 1])) & 2047 }
            (first, second, third) = (bit(0), bit(1), bit(2))
        }
    }

    /// Adds an address or a topic.
    public mutating func insert(_ item: [UInt8]) {
        let bits = Bits(item)
        for bit in [bits.first, bits.second, bits.third] { bytes[Self.place(bit)] |= Self.mask(bit) }
    }

    /// Whether the item with these bits may have been added.
    public func mayHold(_ bits: Bits) -> Bool { holds(bits.first) && holds(bits.second) && holds(bits.third) }

    private func holds(_ bit: Int) -> Bool { bytes[Self.place(bit)] & Self.mask(bit) != 0 }
    private static func place(_ bit: Int) -> Int { byteCount - 1 - bit / 8 }
    private static func mask(_ bit: Int) -> UInt8 { 1 << UInt8(bit % 8) }

    public mutating func formUnion(_ other: Bloom) {
        for index in bytes.indices { bytes[index] |= other.bytes[index] }
    }
}
