import ChainTypes
import Primitives

/// What a node knows of its chain from its own consensus: the answer of `qs_getNodeHealth`. All times are milliseconds.
public struct NodeHealthInfo: Hashable, Sendable {
    /// A validator of the epoch as the node hears it.
    public struct Member: Hashable, Sendable {
        public var name: Hash
        public var address: Address
        public var moniker: String
        public var power: UInt64
        /// Since it last said where it stands; nil while it has not.
        public var silent: UInt64?
        public var height: UInt64
        /// Since its last vote, 0 where it has voted in the view that lasts; nil where no vote came.
        public var sinceVote: UInt64?
        /// Its newest block's time less the node's time at arrival; nil where none came.
        public var clockOffset: Int64?

        public init(
            name: Hash, address: Address, moniker: String, power: UInt64, silent: UInt64?, height: UInt64, sinceVote: UInt64? = nil,
            clockOffset: Int64? = nil
        ) {
            self.name = name
            self.address = address
            self.moniker = moniker
            self.power = power
            self.silent = silent
            self.height = height
            self.sinceVote = sinceVote
            self.clockOffset = clockOffset
        }
    }

    /// A peer that is kept away, or whose messages of one kind are ignored.
    public struct Refused: Hashable, Sendable, Decodable {
        public var who: String
        public var kind: String?
        public var reason: String
        public var remaining: UInt64

        private enum CodingKeys: CodingKey { case who, kind, reason, remaining }

        public init(who: String, kind: String?, reason: String, remaining: UInt64) {
            self.who = who
            self.kind = kind
            self.reason = reason
            self.remaining = remaining
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            who = try fields.decode(String.self, forKey: .who)
            kind = try fields.decodeIfPresent(String.self, forKey: .kind)
            reason = try fields.decode(String.self, forKey: .reason)
            remaining = try fields.decode(WireNumber.self, forKey: .remaining).value
        }
    }

    public var moniker: String
    public var name: Hash
    /// `ok`, or one word and a sentence that say why not.
    public var status: String
    public var reason: String?
    public var isValidator: Bool
    /// Whether its key is in this epoch's set.
    public var votes: Bool
    public var number: UInt64
    public var sinceFinal: UInt64
    /// From so much without a final block on the chain counts as standing still.
    public var patience: UInt64
    public var view: UInt64
    public var sinceView: UInt64
    public var viewsSinceFinal: UInt64
    public var attestedNumber: UInt64
    /// The time that the node goes by, and the system's time less that.
    public var time: UInt64
    public var systemOffset: Int64
    public var validators: [Member]
    public var refused: [Refused]

    public init(
        moniker: String, name: Hash, isValidator: Bool, votes: Bool, number: UInt64, time: UInt64, validators: [Member]
    ) {
        self.moniker = moniker
        self.name = name
        self.isValidator = isValidator
        self.votes = votes
        self.number = number
        self.time = time
        self.validators = validators
        status = "ok"
        sinceFinal = 0
        patience = 10_000
        view = 0
        sinceView = 0
        viewsSinceFinal = 0
        attestedNumber = number
        systemOffset = 0
        refused = []
    }
}

extension RPCClient {
    /// More than there are QST, and little enough to be added up.
    private static let maximumPower: UInt64 = 1 << 48
    private static let longestOffset: Int64 = 1 << 53

    private static func bounded(_ offset: Int64) -> Int64 { min(max(offset, -longestOffset), longestOffset) }

    /// What the node knows of its chain's health.
    public func health() async throws(RPCError) -> NodeHealthInfo {
        struct WireMember: Decodable {
            let name: WireHash
            let address: WireAddress
            let moniker: String
            let power, number: WireNumber
            let silent, sinceVote: WireNumber?
            let clockOffset: Int64?
        }
        struct Wire: Decodable {
            let moniker, status: String
            let name: WireHash
            let reason: String?
            let validator, votes: Bool
            let number, sinceFinal, patience, view, sinceView, viewsSinceFinal, attestedNumber, time: WireNumber
            let systemOffset: Int64
            let validators: [WireMember]
            let refused: [NodeHealthInfo.Refused]
        }
        let method = "qs_getNodeHealth"
        let wire = try await call(method, as: Wire.self)
        let isSound = wire.validators.count <= ValidatorSet.maximumCount
            && wire.validators.allSatisfy { $0.power.value <= Self.maximumPower }
        guard isSound else { throw .malformed(method: method) }
        let members = wire.validators.map {
            NodeHealthInfo.Member(
                name: $0.name.value, address: $0.address.value, moniker: $0.moniker, power: $0.power.value, silent: $0.silent?.value,
                height: $0.number.value, sinceVote: $0.sinceVote?.value, clockOffset: $0.clockOffset.map(Self.bounded))
        }
        var health = NodeHealthInfo(
            moniker: wire.moniker, name: wire.name.value, isValidator: wire.validator, votes: wire.votes, number: wire.number.value,
            time: wire.time.value, validators: members)
        health.status = wire.status
        health.reason = wire.reason
        health.sinceFinal = wire.sinceFinal.value
        health.patience = wire.patience.value
        health.view = wire.view.value
        health.sinceView = wire.sinceView.value
        health.viewsSinceFinal = wire.viewsSinceFinal.value
        health.attestedNumber = wire.attestedNumber.value
        health.systemOffset = Self.bounded(wire.systemOffset)
        health.refused = wire.refused
        return health
    }
}
