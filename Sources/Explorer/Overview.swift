/// What the page shows of both networks. Amounts are decimal wei in text, because JavaScript's numbers are too short for them.
public struct Overview: Codable, Hashable, Sendable {
    public struct Head: Codable, Hashable, Sendable {
        public var number: UInt64
        public var timeMilliseconds: UInt64
        public var epoch: UInt64
        public var view: UInt64
        /// Wei per gas.
        public var baseFee: String

        public init(number: UInt64, timeMilliseconds: UInt64, epoch: UInt64, view: UInt64, baseFee: String) {
            (self.number, self.timeMilliseconds, self.epoch) = (number, timeMilliseconds, epoch)
            (self.view, self.baseFee) = (view, baseFee)
        }
    }

    public struct BlockLine: Codable, Hashable, Sendable {
        public var number: UInt64
        public var hash: String
        public var timeMilliseconds: UInt64
        public var transactions: Int
        public var gasUsed: UInt64
        public var gasLimit: UInt64
        /// Moniker, or the address where there is none.
        public var proposer: String
        /// From the block's time to its finalization, as this node saw it.
        public var finalitySeconds: Double?

        public init(
            number: UInt64, hash: String, timeMilliseconds: UInt64, transactions: Int, gasUsed: UInt64, gasLimit: UInt64,
            proposer: String, finalitySeconds: Double?
        ) {
            (self.number, self.hash, self.timeMilliseconds, self.transactions) = (number, hash, timeMilliseconds, transactions)
            (self.gasUsed, self.gasLimit, self.proposer, self.finalitySeconds) = (gasUsed, gasLimit, proposer, finalitySeconds)
        }
    }

    public struct ValidatorLine: Codable, Hashable, Sendable {
        public var moniker: String
        public var address: String
        /// `active`, `waiting`, `jailed`, `removed`.
        public var status: String
        /// Wei.
        public var stake: String
        /// Part of the voting power, 0 to 1.
        public var share: Double

        public init(moniker: String, address: String, status: String, stake: String, share: Double) {
            (self.moniker, self.address, self.status, self.stake, self.share) = (moniker, address, status, stake, share)
        }
    }

    public struct EncryptionLine: Codable, Hashable, Sendable {
        public var moniker: String
        public var address: String
        /// `operator` or `community`.
        public var nodeClass: String
        /// `active`, `waiting`, `jailed`, `removed`.
        public var status: String
        /// Whether it answers; nil while unknown.
        public var isServing: Bool?
        /// Key shares that it holds; nil while unknown.
        public var shares: UInt64?
        public var capacityGiB: UInt64

        public init(
            moniker: String, address: String, nodeClass: String, status: String, isServing: Bool?, shares: UInt64?, capacityGiB: UInt64
        ) {
            (self.moniker, self.address, self.nodeClass, self.status) = (moniker, address, nodeClass, status)
            (self.isServing, self.shares, self.capacityGiB) = (isServing, shares, capacityGiB)
        }
    }

    public var chainName: String
    public var chainID: UInt64
    public var head: Head
    /// Median over recent blocks; nil while none was seen.
    public var finalitySeconds: Double?
    public var mempool: Int
    public var peers: Int
    public var isSyncing: Bool
    /// Newest first, at most 32.
    public var blocks: [BlockLine]
    public var validators: [ValidatorLine]
    public var encryptionNodes: [EncryptionLine]

    public init(
        chainName: String, chainID: UInt64, head: Head, finalitySeconds: Double?, mempool: Int, peers: Int, isSyncing: Bool,
        blocks: [BlockLine], validators: [ValidatorLine], encryptionNodes: [EncryptionLine]
    ) {
        (self.chainName, self.chainID, self.head, self.finalitySeconds) = (chainName, chainID, head, finalitySeconds)
        (self.mempool, self.peers, self.isSyncing) = (mempool, peers, isSyncing)
        (self.blocks, self.validators, self.encryptionNodes) = (blocks, validators, encryptionNodes)
    }
}

/// Where the explorer takes its data from. Called at most twice a second, however many pages are open.
public protocol OverviewSource: Sendable {
    func overview() async throws -> Overview
}
