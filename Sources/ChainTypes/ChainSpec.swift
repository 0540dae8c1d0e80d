import Cryptography
import Primitives

/// The class of an encryption node.
public enum NodeClass: UInt8, Hashable, Sendable, CaseIterable, RLPCodable {
    /// Run by QuStream, admitted by governance.
    case `operator` = 0
    /// Run by anyone with the stake.
    case community = 1

    public func encode(to writer: inout RLPWriter) { writer.append(UInt64(rawValue)) }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readInt(atMost: 1) == 0 ? .operator : .community
    }
}

/// An encryption node as the node registry records it.
public struct EncryptionNode: Hashable, Sendable, RLPCodable {
    public var address: Address
    public var nodeClass: NodeClass
    /// ML-DSA-65 public key of the node's sessions and receipts.
    public var nodeKey: [UInt8]
    /// `host:port` of the key service.
    public var endpoint: String
    /// Declared storage in GiB: the weight of placement.
    public var capacityGiB: UInt64
    public var moniker: String

    public init(address: Address, nodeClass: NodeClass, nodeKey: [UInt8], endpoint: String, capacityGiB: UInt64, moniker: String) {
        self.address = address
        self.nodeClass = nodeClass
        self.nodeKey = nodeKey
        self.endpoint = endpoint
        self.capacityGiB = capacityGiB
        self.moniker = moniker
    }

    /// The node's lasting name: Keccak-256 of its node key.
    public var id: Hash { Keccak256.hash(nodeKey) }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(address)
            $0.append(nodeClass)
            $0.append(nodeKey)
            $0.append(text: endpoint)
            $0.append(capacityGiB)
            $0.append(text: moniker)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            EncryptionNode(
                address: try list.read(), nodeClass: try list.read(),
                nodeKey: try list.readBytes(exactly: SignatureSuite.mldsa65.publicKeyBytes),
                endpoint: try list.readText(atMost: 256), capacityGiB: try list.readUInt64(), moniker: try list.readText(atMost: 128))
        }
    }
}

/// Balance of an account in the genesis block.
public struct Allocation: Hashable, Sendable, RLPCodable {
    public var address: Address
    /// Wei.
    public var balance: UInt256

    public init(address: Address, balance: UInt256) { (self.address, self.balance) = (address, balance) }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(address)
            $0.append(balance)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in Allocation(address: try list.read(), balance: try list.read()) }
    }
}

/// Consensus and fee parameters that every node of a chain shares.
public struct ChainParameters: Hashable, Sendable, RLPCodable {
    /// Wei per gas.
    public var initialBaseFee: UInt256 = QST.gwei
    public var proposeDelayMilliseconds: UInt64 = 200
    public var heartbeatMilliseconds: UInt64 = 1000
    public var viewTimeoutMilliseconds: UInt64 = 2000
    public var minimumBlockIntervalMilliseconds: UInt64 = 1
    /// An epoch ends with the first block that is this much later than the end of the one before.
    public var epochMilliseconds: UInt64 = 60_000
    public var operatorThreshold: UInt64 = 2
    public var operatorCommittee: UInt64 = 3
    public var communityThreshold: UInt64 = 3
    public var communityCommittee: UInt64 = 5
    /// Reed–Solomon: this many fragments of the committee's rebuild a ciphertext.
    public var fragmentThreshold: UInt64 = 5
    /// Wei for one key request, whatever its size.
    public var keyRequestFee: UInt256 = QST.one
    /// Wei for each MiB of a vault, the last one whole.
    public var keyRequestFeePerMiB: UInt256 = QST.one / UInt256(100)

    public init() {}

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(initialBaseFee)
            for value in numbers { $0.append(value) }
            $0.append(keyRequestFee)
            $0.append(keyRequestFeePerMiB)
        }
    }

    private var numbers: [UInt64] {
        [
            proposeDelayMilliseconds, heartbeatMilliseconds, viewTimeoutMilliseconds, minimumBlockIntervalMilliseconds, epochMilliseconds,
            operatorThreshold, operatorCommittee, communityThreshold, communityCommittee, fragmentThreshold,
        ]
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        var list = try reader.readList()
        initialBaseFee = try list.read()
        proposeDelayMilliseconds = try list.readUInt64()
        heartbeatMilliseconds = try list.readUInt64()
        viewTimeoutMilliseconds = try list.readUInt64()
        minimumBlockIntervalMilliseconds = try list.readUInt64()
        epochMilliseconds = try list.readUInt64()
        operatorThreshold = try list.readUInt64()
        operatorCommittee = try list.readUInt64()
        communityThreshold = try list.readUInt64()
        communityCommittee = try list.readUInt64()
        fragmentThreshold = try list.readUInt64()
        keyRequestFee = try list.read()
        keyRequestFeePerMiB = try list.read()
        try list.finish()
    }
}

/// Everything that defines a chain. Its Keccak-256 stands in the genesis header's extra data, so the
/// genesis hash covers all of it.
public struct ChainSpec: Hashable, Sendable, RLPCodable {
    public var name: String
    public var chainID: UInt64
    public var genesisTimeMilliseconds: UInt64
    public var parameters: ChainParameters
    public var validators: ValidatorSet
    public var encryptionNodes: [EncryptionNode]
    public var allocations: [Allocation]
    public var economy: EconomySpec

    public init(
        name: String, chainID: UInt64, genesisTimeMilliseconds: UInt64, parameters: ChainParameters = ChainParameters(),
        validators: ValidatorSet, encryptionNodes: [EncryptionNode], allocations: [Allocation], economy: EconomySpec = EconomySpec()
    ) {
        self.name = name
        self.chainID = chainID
        self.genesisTimeMilliseconds = genesisTimeMilliseconds
        self.parameters = parameters
        self.validators = validators
        self.encryptionNodes = encryptionNodes
        self.allocations = allocations
        self.economy = economy
    }

    public var hash: Hash { Keccak256.hash(rlp) }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(text: name)
            $0.append(chainID)
            $0.append(genesisTimeMilliseconds)
            $0.append(parameters)
            $0.append(validators)
            $0.append(list: encryptionNodes)
            $0.append(list: allocations)
            $0.append(economy)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            ChainSpec(
                name: try list.readText(atMost: 64), chainID: try list.readUInt64(),
                genesisTimeMilliseconds: try list.readUInt64(), parameters: try list.read(), validators: try list.read(),
                encryptionNodes: try list.readList(of: EncryptionNode.self, maximum: 4096),
                allocations: try list.readList(of: Allocation.self, maximum: 1 << 20), economy: try list.read())
        }
    }
}
