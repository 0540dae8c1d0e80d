import Cryptography
import Primitives

/// One account and the storage slots of it that a transaction declares in advance (EIP-2930).
public struct AccessListEntry: Hashable, Sendable, RLPCodable {
    public var address: Address
    public var slots: [Hash]

    public init(address: Address, slots: [Hash]) {
        (self.address, self.slots) = (address, slots)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(address)
            $0.append(list: slots)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            AccessListEntry(address: try list.read(), slots: try list.readList(of: Hash.self, maximum: 4096))
        }
    }
}

/// What a transaction of type `0x51` says, before it is signed.
///
/// Every transaction commits to the hash of the account's next key; the key that signs it is dead
/// once it has executed.
public struct UnsignedTransaction: Hashable, Sendable {
    public static let type: UInt8 = 0x51

    public var chainID: UInt64
    public var sender: Address
    public var nonce: UInt64
    /// Wei per gas.
    public var maxPriorityFeePerGas: UInt256
    /// Wei per gas.
    public var maxFeePerGas: UInt256
    public var gasLimit: UInt64
    /// nil creates a contract.
    public var to: Address?
    /// Wei.
    public var value: UInt256
    public var data: [UInt8]
    public var accessList: [AccessListEntry]
    /// The last block number that may include it; 0 means no limit.
    public var lastValidBlock: UInt64
    /// `KeyCommitment` of the key that will sign nonce + 1.
    public var nextKeyCommitment: Hash
    public var suite: SignatureSuite

    public init(
        chainID: UInt64, sender: Address, nonce: UInt64, maxPriorityFeePerGas: UInt256, maxFeePerGas: UInt256,
        gasLimit: UInt64, to: Address?, value: UInt256, data: [UInt8] = [], accessList: [AccessListEntry] = [],
        lastValidBlock: UInt64 = 0, nextKeyCommitment: Hash, suite: SignatureSuite = .mldsa65
    ) {
        self.chainID = chainID
        self.sender = sender
        self.nonce = nonce
        self.maxPriorityFeePerGas = maxPriorityFeePerGas
        self.maxFeePerGas = maxFeePerGas
        self.gasLimit = gasLimit
        self.to = to
        self.value = value
        self.data = data
        self.accessList = accessList
        self.lastValidBlock = lastValidBlock
        self.nextKeyCommitment = nextKeyCommitment
        self.suite = suite
    }

    /// The message that the account's current key signs: `0x51 ‖ rlp(fields, suite)`.
    public var signingPayload: [UInt8] {
        var writer = RLPWriter()
        writer.list(encodeFields)
        return [Self.type] + writer.bytes
    }

    /// The ML-DSA context of transaction signatures: they are valid on one chain only.
    public static func signingContext(genesis: Hash) -> [UInt8] { DomainTag.transaction.bytes + genesis.bytes }

    func encodeFields(to writer: inout RLPWriter) {
        writer.append(chainID)
        writer.append(sender)
        writer.append(nonce)
        writer.append(maxPriorityFeePerGas)
        writer.append(maxFeePerGas)
        writer.append(gasLimit)
        writer.append(to?.bytes ?? [])
        writer.append(value)
        writer.append(data)
        writer.append(list: accessList)
        writer.append(lastValidBlock)
        writer.append(nextKeyCommitment)
        writer.append([UInt8]())  // payer: reserved
        writer.list { _ in }  // authorizations: reserved
        writer.append(suite)
    }

    init(fieldsFrom reader: inout RLPReader) throws(RLPError) {
        chainID = try reader.readUInt64()
        sender = try reader.read()
        nonce = try reader.readUInt64()
        maxPriorityFeePerGas = try reader.read()
        maxFeePerGas = try reader.read()
        gasLimit = try reader.readUInt64()
        let recipient = try reader.readBytes()
        guard recipient.isEmpty || recipient.count == Address.byteCount else { throw .wrongLength }
        to = Address(recipient)
        value = try reader.read()
        data = Array(try reader.readBytes())
        accessList = try reader.readList(of: AccessListEntry.self, maximum: 1024)
        lastValidBlock = try reader.readUInt64()
        nextKeyCommitment = try reader.read()
        guard try reader.readBytes().isEmpty, try reader.readList().isAtEnd else { throw .invalidValue }
        suite = try reader.read()
    }
}

/// The public key and signature that authorise a transaction. Prunable after the retention.
public struct Witness: Hashable, Sendable, RLPCodable {
    public var publicKey: [UInt8]
    public var signature: [UInt8]

    public init(publicKey: [UInt8], signature: [UInt8]) {
        (self.publicKey, self.signature) = (publicKey, signature)
    }

    public var hash: Hash { Keccak256.hash(rlp) }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(publicKey)
            $0.append(signature)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            Witness(publicKey: try list.readBytes(atMost: 4096), signature: try list.readBytes(atMost: 8192))
        }
    }
}

/// A transaction in block form, `0x51 ‖ rlp(fields, suite, witnessHash)`: what the transaction hash
/// and the transactions root are over.
public struct Transaction: Hashable, Sendable, RLPCodable {
    public let body: UnsignedTransaction
    public let witnessHash: Hash
    /// Keccak-256 of the block form.
    public let hash: Hash
    /// `0x51 ‖ rlp(fields, suite, witnessHash)`.
    public let blockForm: [UInt8]

    public init(body: UnsignedTransaction, witnessHash: Hash) {
        self.body = body
        self.witnessHash = witnessHash
        blockForm = [UnsignedTransaction.type] + Self.encodedList(body, witnessHash)
        hash = Keccak256.hash(blockForm)
    }

    public init(blockForm bytes: some Collection<UInt8>) throws(RLPError) {
        guard bytes.first == UnsignedTransaction.type else { throw .invalidValue }
        var reader = RLPReader(Array(bytes.dropFirst())[...])
        self = try Self(listFrom: &reader)
        try reader.finish()
    }

    init(listFrom reader: inout RLPReader) throws(RLPError) {
        let (body, witnessHash) = try reader.readList { (list) throws(RLPError) in
            (try UnsignedTransaction(fieldsFrom: &list), try list.read(Hash.self))
        }
        self.init(body: body, witnessHash: witnessHash)
    }

    /// Inside lists a transaction is a byte string that holds its block form (as in EIP-2718).
    public func encode(to writer: inout RLPWriter) { writer.append(blockForm) }

    public init(from reader: inout RLPReader) throws(RLPError) {
        try self.init(blockForm: try reader.readBytes())
    }

    fileprivate static func encodedList(_ body: UnsignedTransaction, _ witnessHash: Hash) -> [UInt8] {
        var writer = RLPWriter()
        writer.list {
            body.encodeFields(to: &$0)
            $0.append(witnessHash)
        }
        return writer.bytes
    }
}

/// A transaction with its witness. Network form: `0x51 ‖ rlp([block-form list, publicKey, signature])`,
/// as EIP-4844 wraps its sidecar.
public struct SignedTransaction: Hashable, Sendable, RLPCodable {
    /// A transaction with its witness is at most this long in network form.
    public static let maximumBytes = 128 * 1024

    public let transaction: Transaction
    public let witness: Witness

    public var body: UnsignedTransaction { transaction.body }
    public var hash: Hash { transaction.hash }

    public init(body: UnsignedTransaction, witness: Witness) {
        transaction = Transaction(body: body, witnessHash: witness.hash)
        self.witness = witness
    }

    /// Pairs a block-form transaction with its witness; nil unless the witness hash matches.
    public init?(transaction: Transaction, witness: Witness) {
        guard transaction.witnessHash == witness.hash else { return nil }
        (self.transaction, self.witness) = (transaction, witness)
    }

    public var networkForm: [UInt8] {
        var writer = RLPWriter()
        writer.list {
            $0.append(encoded: transaction.blockForm.dropFirst())
            $0.append(witness.publicKey)
            $0.append(witness.signature)
        }
        return [UnsignedTransaction.type] + writer.bytes
    }

    /// - Throws: `RLPError`; `.invalidValue` also when the witness hash does not match the witness.
    public init(networkForm bytes: some Collection<UInt8>) throws(RLPError) {
        guard bytes.count <= Self.maximumBytes else { throw .wrongLength }
        guard bytes.first == UnsignedTransaction.type else { throw .invalidValue }
        var reader = RLPReader(Array(bytes.dropFirst())[...])
        let (transaction, witness) = try reader.readList { (list) throws(RLPError) in
            (
                try Transaction(listFrom: &list),
                Witness(publicKey: try list.readBytes(atMost: 4096), signature: try list.readBytes(atMost: 8192))
            )
        }
        try reader.finish()
        guard let signed = SignedTransaction(transaction: transaction, witness: witness) else { throw .invalidValue }
        self = signed
    }

    public func encode(to writer: inout RLPWriter) { writer.append(networkForm) }

    public init(from reader: inout RLPReader) throws(RLPError) {
        try self.init(networkForm: try reader.readBytes())
    }
}
