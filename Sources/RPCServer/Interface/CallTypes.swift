import ChainTypes
import Primitives

/// A message call to try out (`eth_call`, `eth_estimateGas`, `eth_createAccessList`).
public struct CallRequest: Hashable, Sendable {
    public var from: Address
    /// nil creates a contract.
    public var to: Address?
    /// nil leaves it to the node's cap.
    public var gas: UInt64?
    /// The most that is paid, in wei per gas; 0 charges nothing.
    public var gasPrice: UInt256
    /// The most of it that goes to the proposer, in wei per gas; nil for all.
    public var priorityFee: UInt256?
    /// Wei.
    public var value: UInt256
    public var data: [UInt8]
    public var accessList: [AccessListEntry]
    public var overrides = CallOverrides()

    public init(
        from: Address = .zero, to: Address?, gas: UInt64? = nil, gasPrice: UInt256 = .zero, priorityFee: UInt256? = nil,
        value: UInt256 = .zero, data: [UInt8] = [], accessList: [AccessListEntry] = []
    ) {
        (self.from, self.to, self.gas, self.gasPrice, self.priorityFee) = (from, to, gas, gasPrice, priorityFee)
        (self.value, self.data, self.accessList) = (value, data, accessList)
    }
}

/// What a call pretends of the state and of its block; nil leaves a thing as it is.
public struct CallOverrides: Hashable, Sendable {
    public struct Account: Hashable, Sendable {
        public var nonce: UInt64?
        /// Wei.
        public var balance: UInt256?
        public var code: [UInt8]?
        public var slots: [Hash: UInt256]?
        /// Whether `slots` are all that there are, or stand over the rest.
        public var replacesStorage = false

        public init(nonce: UInt64? = nil, balance: UInt256? = nil, code: [UInt8]? = nil, slots: [Hash: UInt256]? = nil) {
            (self.nonce, self.balance, self.code, self.slots) = (nonce, balance, code, slots)
        }
    }

    public var accounts: [Address: Account] = [:]
    public var number: UInt64?
    /// Seconds.
    public var timestamp: UInt64?
    public var gasLimit: UInt64?
    public var feeRecipient: Address?
    public var prevRandao: Hash?
    /// Wei per gas.
    public var baseFee: UInt256?
    /// Wei per gas.
    public var blobBaseFee: UInt256?

    public init() {}
}

/// What a call touches.
public struct CallAccesses: Hashable, Sendable {
    public var list: [AccessListEntry]
    /// Of the call with that list.
    public var gasUsed: UInt64
    /// Why the call failed with that list, in geth's words.
    public var failure: String?

    public init(list: [AccessListEntry], gasUsed: UInt64, failure: String?) {
        (self.list, self.gasUsed, self.failure) = (list, gasUsed, failure)
    }
}
