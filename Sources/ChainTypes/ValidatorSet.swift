import Cryptography
import Primitives

/// One member of the active validator set.
public struct Validator: Hashable, Sendable, RLPCodable {
    public var address: Address
    public var power: UInt64
    /// ML-DSA-65 public key of votes and proposals.
    public var consensusKey: [UInt8]
    /// ML-DSA-65 public key of the node's sessions.
    public var nodeKey: [UInt8]
    /// `host:port` of the peer-to-peer listener.
    public var endpoint: String
    public var moniker: String

    public init(address: Address, power: UInt64, consensusKey: [UInt8], nodeKey: [UInt8], endpoint: String, moniker: String) {
        self.address = address
        self.power = power
        self.consensusKey = consensusKey
        self.nodeKey = nodeKey
        self.endpoint = endpoint
        self.moniker = moniker
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(address)
            $0.append(power)
            $0.append(consensusKey)
            $0.append(nodeKey)
            $0.append(text: endpoint)
            $0.append(text: moniker)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            Validator(
                address: try list.read(), power: try list.readUInt64(),
                consensusKey: try list.readBytes(exactly: SignatureSuite.mldsa65.publicKeyBytes),
                nodeKey: try list.readBytes(exactly: SignatureSuite.mldsa65.publicKeyBytes),
                endpoint: try list.readText(atMost: 256), moniker: try list.readText(atMost: 128))
        }
    }
}

/// The validators of one epoch, in a fixed order: votes name a validator by its index.
public struct ValidatorSet: Hashable, Sendable, RLPCodable {
    public static let maximumCount = 100

    public let validators: [Validator]
    public let totalPower: UInt64
    public let hash: Hash

    /// The set must not be empty, hold more than 100 members, or sum to 2^60 power or more.
    public init?(_ validators: [Validator]) {
        guard (1...Self.maximumCount).contains(validators.count) else { return nil }
        guard validators.allSatisfy({ $0.power > 0 && $0.power < 1 << 52 }) else { return nil }
        self.validators = validators
        totalPower = validators.reduce(0) { $0 + $1.power }
        var writer = RLPWriter()
        writer.append(list: validators)
        hash = Keccak256.hash(writer.bytes)
    }

    public var count: Int { validators.count }

    /// Whether this much power is a quorum: 3 · power > 2 · total.
    public func isQuorum(_ power: UInt64) -> Bool { 3 * power > 2 * totalPower }

    public func encode(to writer: inout RLPWriter) { writer.append(list: validators) }

    public init(from reader: inout RLPReader) throws(RLPError) {
        guard let set = ValidatorSet(try reader.readList(of: Validator.self, maximum: Self.maximumCount)) else { throw .invalidValue }
        self = set
    }
}
