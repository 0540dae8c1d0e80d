import ChainTypes
import Cryptography
import Primitives

/// What an account's owner wants.
public struct TransactionRequest: Hashable, Sendable {
    public var to: Address?
    /// Wei.
    public var value: UInt256
    public var data: [UInt8]
    public var accessList: [AccessListEntry]
    /// nil asks the node.
    public var gasLimit: UInt64?
    /// nil follows the market.
    public var fees: FeeOffer?
    /// The last block that may include it; 0 means no limit.
    public var lastValidBlock: UInt64
    /// Wei that the fee may come to: what is not given here is named by a node, which may be anyone's.
    public var feeCeiling = FeeOffer.standardCeiling

    public init(
        to: Address?, value: UInt256 = .zero, data: [UInt8] = [], accessList: [AccessListEntry] = [], gasLimit: UInt64? = nil,
        fees: FeeOffer? = nil, lastValidBlock: UInt64 = 0
    ) {
        self.to = to
        self.value = value
        self.data = data
        self.accessList = accessList
        self.gasLimit = gasLimit
        self.fees = fees
        self.lastValidBlock = lastValidBlock
    }
}

/// What a transaction offers, in wei per gas.
public struct FeeOffer: Hashable, Sendable {
    public var priority: UInt256
    public var maximum: UInt256

    public init(priority: UInt256, maximum: UInt256) { (self.priority, self.maximum) = (priority, maximum) }

    public init(of body: UnsignedTransaction) { self.init(priority: body.maxPriorityFeePerGas, maximum: body.maxFeePerGas) }

    /// Good for base fees up to twice the next block's; nil on overflow.
    public init?(market: FeeData) {
        guard let maximum = market.nextBaseFee.checkedMultiply(2)?.checkedAdd(market.priorityFee) else { return nil }
        self.init(priority: market.priorityFee, maximum: maximum)
    }

    /// Wei that a transaction's fee may come to where nobody says otherwise: a transfer at 2,000 gwei, a deployment of 5 million gas at 20.
    public static let standardCeiling = QST.one / 10

    /// The least that replaces this offer: a tenth more of both, rounded up; nil on overflow.
    public var raised: FeeOffer? {
        func raise(_ fee: UInt256) -> UInt256? { fee.checkedMultiply(11)?.checkedAdd(9).map { $0 / 10 } }
        guard let priority = raise(priority), let maximum = raise(maximum) else { return nil }
        return FeeOffer(priority: priority, maximum: maximum)
    }

    /// At least both, each for itself.
    public func atLeast(_ other: FeeOffer) -> FeeOffer {
        FeeOffer(priority: max(priority, other.priority), maximum: max(maximum, other.maximum))
    }
}

/// Makes an account's transactions: the key at index = nonce signs, and commits to the key after it.
public struct TransactionBuilder: Sendable {
    public let keyChain: KeyChain
    public let address: Address
    public let chain: ChainIdentity

    public init(keyChain: KeyChain, chain: ChainIdentity) {
        (self.keyChain, self.chain) = (keyChain, chain)
        address = keyChain.address
    }

    /// - Parameters:
    ///   - gasLimit: including what the suite's signature costs.
    public func body(_ request: TransactionRequest, nonce: UInt64, gasLimit: UInt64, fees: FeeOffer) -> UnsignedTransaction {
        UnsignedTransaction(
            chainID: chain.chainID, sender: address, nonce: nonce, maxPriorityFeePerGas: fees.priority, maxFeePerGas: fees.maximum,
            gasLimit: gasLimit, to: request.to, value: request.value, data: request.data, accessList: request.accessList,
            lastValidBlock: request.lastValidBlock, nextKeyCommitment: keyChain.commitment(at: nonce + 1), suite: keyChain.suite)
    }

    /// Signs with the key at index = nonce. Costs a key generation and a signature, some 1.5 ms.
    public func sign(_ body: UnsignedTransaction) throws(WalletError) -> SignedTransaction {
        let key = keyChain.key(at: body.nonce, suite: body.suite)
        do {
            let signature = try key.sign(body.signingPayload, context: UnsignedTransaction.signingContext(genesis: chain.genesis))
            let signed = SignedTransaction(body: body, witness: Witness(publicKey: key.publicKey, signature: signature))
            guard signed.networkForm.count <= SignedTransaction.maximumBytes else { throw WalletError.tooLong(maximumBytes: SignedTransaction.maximumBytes) }
            return signed
        } catch let error as WalletError {
            throw error
        } catch {
            throw .signer(.signing)
        }
    }

    /// Gas for the signature beyond that of ML-DSA-65, which the node's estimate does not know of.
    public var suiteGas: UInt64 { keyChain.suite == .mldsa65 ? 0 : 10_000 }
}

extension UnsignedTransaction {
    /// The most that it can take from its sender, in wei; nil on overflow.
    public var mostTaken: UInt256? { maxFeePerGas.checkedMultiply(UInt256(gasLimit))?.checkedAdd(value) }
}
