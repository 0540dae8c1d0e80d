import ChainTypes
import Cryptography
import Foundation
import Primitives
import RPCClient

/// Signs and sends transactions of a wallet's accounts.
public struct Sender: Sendable {
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case signing
        case feeOverflow

        public var description: String {
            switch self {
            case .signing: "the transaction could not be signed"
            case .feeOverflow: "the fee is out of range"
            }
        }
    }

    /// What one transaction does.
    public struct Request: Sendable {
        public var to: Address
        /// Wei.
        public var value: UInt256
        public var data: [UInt8]
        /// nil asks the node.
        public var gasLimit: UInt64?

        public init(to: Address, value: UInt256, data: [UInt8] = [], gasLimit: UInt64? = nil) {
            (self.to, self.value, self.data, self.gasLimit) = (to, value, data, gasLimit)
        }
    }

    let wallet: URL
    let chain: RPCClient
    public let genesis: Hash
    public let chainID: UInt64

    /// Learns which chain the node is on.
    public init(wallet: URL, chain: RPCClient) async throws {
        (self.wallet, self.chain) = (wallet, chain)
        chainID = try await chain.chainID()
        genesis = try await chain.genesis()
    }

    /// Signs with the key of the next nonce, writes the bytes to the journal, and sends them.
    ///
    /// What the journal holds and the node does not know any more is sent again first.
    public func send(_ request: Request, from keys: KeyChain) async throws -> SignedTransaction {
        let lock = try WalletLock(wallet)
        let journal = Journal(in: wallet, genesis: genesis)
        let settled = try await chain.transactionCount(keys.address)
        let inFlight = journal.inFlight(keys.address, from: settled)
        try await sendAgain(inFlight, sender: keys.address)
        let transaction = try await sign(request, nonce: settled + UInt64(inFlight.count), keys: keys)
        try journal.record(transaction)
        withExtendedLifetime(lock) {}
        _ = try await chain.send(transaction)
        return transaction
    }

    private func sendAgain(_ entries: [Journal.Entry], sender: Address) async throws {
        guard !entries.isEmpty else { return }
        let known = try await chain.transactionCount(sender, at: .pending)
        for entry in entries where entry.nonce >= known {
            guard let raw = Hex.decode(entry.raw) else { continue }
            _ = try await chain.sendRawTransaction(raw)
        }
    }

    private func sign(_ request: Request, nonce: UInt64, keys: KeyChain) async throws -> SignedTransaction {
        let key = keys.key(at: nonce)
        let nextBaseFee = try await chain.gasPrice()
        let tip = QST.gwei
        guard let doubled = nextBaseFee.checkedMultiply(2), let cap = doubled.checkedAdd(tip) else { throw Failure.feeOverflow }
        var gasLimit = request.gasLimit ?? 21_000
        if request.gasLimit == nil, !request.data.isEmpty {
            gasLimit = try await chain.estimateGas(from: keys.address, to: request.to, value: request.value, data: request.data)
        }
        let body = UnsignedTransaction(
            chainID: chainID, sender: keys.address, nonce: nonce, maxPriorityFeePerGas: tip, maxFeePerGas: cap, gasLimit: gasLimit,
            to: request.to, value: request.value, data: request.data, nextKeyCommitment: keys.commitment(at: nonce + 1), suite: keys.suite)
        guard let signature = try? key.sign(body.signingPayload, context: UnsignedTransaction.signingContext(genesis: genesis)) else {
            throw Failure.signing
        }
        return SignedTransaction(body: body, witness: Witness(publicKey: key.publicKey, signature: signature))
    }
}

extension RPCClient {
    /// Envelope hash of the genesis block.
    public func genesis() async throws(RPCError) -> Hash {
        guard let block = try await finality(.number(0)) else { throw .malformed(method: "qs_getFinality") }
        return block.envelopeHash
    }
}
