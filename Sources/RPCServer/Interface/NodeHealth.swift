import Primitives

/// What a node knows of its chain from its own consensus. Times are milliseconds; those that have passed are measured by a
/// clock which nobody sets.
public struct NodeHealth: Hashable, Sendable {
    /// A validator of this epoch as this node hears it. It speaks for itself alone: its own session carries all this.
    public struct Member: Hashable, Sendable {
        /// Its name as a peer.
        public var name: Hash
        public var address: Address
        public var moniker: String
        public var power: UInt64
        /// Since it last said where it stands; nil while it has not.
        public var silent: UInt64?
        /// Of its newest final block, and the view that it is in, by its own word.
        public var height, view: UInt64
        /// Since its last vote, 0 where it has voted in the view that lasts; nil where no vote came, as to nodes that do not vote.
        public var sinceVote: UInt64?
        /// Its newest block's time less this node's time at arrival; nil where none came.
        public var clockOffset: Int64?

        public init(name: Hash, address: Address, moniker: String, power: UInt64) {
            self.name = name
            self.address = address
            self.moniker = moniker
            self.power = power
            height = 0
            view = 0
        }
    }

    /// A peer that is kept away, or whose messages of one kind are ignored.
    public struct Refused: Hashable, Sendable {
        /// A peer's name or an address.
        public var who: String
        /// The kind that is ignored; nil where all is.
        public var kind: String?
        public var reason: String
        /// How much longer.
        public var remaining: UInt64

        public init(who: String, kind: String?, reason: String, remaining: UInt64) {
            self.who = who
            self.kind = kind
            self.reason = reason
            self.remaining = remaining
        }
    }

    public var moniker = ""
    /// As a peer.
    public var name = Hash.zero
    public var isValidator = false
    /// Whether its key is in this epoch's set.
    public var votes = false
    /// Of the newest final block.
    public var height: UInt64 = 0
    /// Since a block last became final here, or since the start.
    public var sinceFinal: UInt64 = 0
    /// Blocks that have become final here since the start.
    public var finalSinceStart: UInt64 = 0
    /// From so much without a final block on the chain counts as standing still.
    public var patience: UInt64 = 10_000
    /// 0 in a node that does not vote.
    public var view: UInt64 = 0
    public var sinceView: UInt64 = 0
    public var viewsSinceFinal: UInt64 = 0
    /// What validators of more than a third of the power say they have.
    public var attestedHeight: UInt64 = 0
    /// Since consensus last took an event.
    public var sinceEvent: UInt64 = 0
    /// The time that this node goes by, and the system's time less that.
    public var time: UInt64 = 0
    public var systemOffset: Int64 = 0
    public var members: [Member] = []
    public var refused: [Refused] = []

    public init() {}

    public var totalPower: UInt64 { members.reduce(0) { $0 + $1.power } }
    /// Of validators that were heard of lately.
    public var powerHeard: UInt64 {
        members.reduce(0) { $0 + ($1.silent.map { $0 <= patience } ?? false ? $1.power : 0) }
    }

    /// Whether consensus takes events at all; a process that does not is worth killing.
    public var isLive: Bool { sinceEvent < 30_000 }

    /// Why the node's answers are not those of a chain that goes on; nil when it is ready. One word and a sentence.
    public var unreadiness: (status: String, reason: String)? {
        guard isLive else { return ("stuck", "consensus has taken no event for \(sinceEvent / 1000) s") }
        if attestedHeight > height + 3 { return ("syncing", "\(attestedHeight - height) blocks behind the validators") }
        guard finalSinceStart > 0 else { return ("starting", "no block has become final since the start, \(sinceFinal / 1000) s ago") }
        guard sinceFinal < patience else { return ("stalled", "no block has become final for \(sinceFinal / 1000) s") }
        return nil
    }
}
