import ChainTypes
import Cryptography
import Primitives
import Signer

/// One account on one chain: sends, replaces, follows.
///
/// Holds nothing between calls but keys: the journal on disk and the chain are what counts, so sessions in several
/// processes get along.
public struct AccountSession<Chain: ChainAccess>: Sendable {
    /// A node takes no more transactions of one account than this (in flight, with contiguous nonces).
    public static var maximumInFlight: Int { 64 }

    public let builder: TransactionBuilder
    public let chain: Chain
    let journal: JournalFile

    public var address: Address { builder.address }

    package init(builder: TransactionBuilder, chain: Chain, journalPath: String) {
        (self.builder, self.chain, journal) = (builder, chain, JournalFile(path: journalPath))
    }

    /// What the wallet has signed for the account, in order.
    public func entries() throws(WalletError) -> [JournalEntry] { try journal.use { (journal) in journal.entries } }

    /// The nonce that the next transaction has, as chain and journal know it now.
    public func nextNonce() async throws(WalletError) -> UInt64 {
        try await refresh()
        let nonce = try await chainNonce()
        return try journal.use { (journal) in journal.nextNonce(from: nonce) }
    }

    /// Builds, signs, writes down, sends.
    /// - Parameters:
    ///   - wanted: signs nothing unless this is the next nonce; nil takes the next one.
    ///   - approve: hears the most that the fee can come to, in wei, when nothing but the signature is missing, and may refuse.
    /// - Throws: `.undelivered` when the node did not answer: the transaction then stays in the journal as pending. `.refusedButSigned`
    ///   when it answers no: the next transaction takes the place of this one. `.finalAfterAll` when one that was refused has become
    ///   final: nothing is signed, since its owner may be about to pay a second time.
    public func send(
        _ request: TransactionRequest, nonce wanted: UInt64? = nil, approve: (UInt256) throws(WalletError) -> Void = { (_) in }
    ) async throws(WalletError) -> SignedTransaction {
        if let revived = try await refresh().first { throw .finalAfterAll(revived.hash, nonce: revived.nonce) }
        let nonce = try await chainNonce()
        try await rebroadcast(from: nonce)
        let fees = try await fees(for: request)
        let gas = try await gasLimit(for: request)
        let fee = try checkedFee(gas, fees, request)
        let balance = try await asking { () async throws(ChainFailure) in try await chain.balance(of: address) }
        let signed = try sign { (journal) throws(WalletError) in
            // What a node calls unused must not be what the wallet has seen used.
            guard nonce >= journal.floor else { throw .nodeBehind(says: nonce, known: journal.floor) }
            let next = journal.nextNonce(from: nonce)
            guard wanted == nil || wanted == next else { throw .otherNonce(next: next) }
            guard next - nonce < UInt64(Self.maximumInFlight) else { throw .tooManyInFlight(maximum: Self.maximumInFlight) }
            let body = builder.body(request, nonce: next, gasLimit: gas, fees: fees)
            try checkFunds(body, journal, balance)
            try approve(fee)
            return body
        }
        try await broadcast(signed)
        return signed
    }

    /// How a waiting transaction is replaced. It keeps its nonce and its next-key commitment.
    public enum Replacement: Hashable, Sendable {
        /// The same, for more.
        case speedUp
        /// By a transfer of nothing to the account itself.
        case cancel
        case with(TransactionRequest)
    }

    /// Replaces the waiting transaction with this nonce, for the market's fee or a tenth more, whichever is higher.
    public func replace(
        nonce: UInt64, _ replacement: Replacement, approve: (UInt256) throws(WalletError) -> Void = { (_) in }
    ) async throws(WalletError) -> SignedTransaction {
        try await refresh()
        let old = try waiting(nonce)
        var request: TransactionRequest
        switch replacement {
        case .speedUp:
            request = TransactionRequest(
                to: old.to, value: old.value, data: old.data, accessList: old.accessList, gasLimit: old.gasLimit,
                lastValidBlock: old.lastValidBlock)
        case .cancel: request = TransactionRequest(to: address)
        case .with(let new): request = new
        }
        guard let raised = FeeOffer(of: old).raised else { throw .amountOverflow }
        if request.fees == nil { request.fees = try await market().atLeast(raised) }
        let fees = request.fees ?? raised
        let gas = try await gasLimit(for: request)
        let fee = try checkedFee(gas, fees, request)
        let signed = try sign { (_) throws(WalletError) in
            try approve(fee)
            return builder.body(request, nonce: nonce, gasLimit: gas, fees: fees)
        }
        try await broadcast(signed)
        return signed
    }

    /// Sends all that waits once more, in order of nonce, but for what the node says that it has. What it does not want makes no
    /// difference. Also what a node once called final, where this one knows nothing of it: one of them errs, or lies.
    /// - Parameter nonce: the account's, by the node.
    func rebroadcast(from nonce: UInt64) async throws(WalletError) {
        let open = try journal.use { (journal) in journal.inOrder { $0.isPending || ($0.isIncluded && $0.nonce >= nonce) } }
        guard let last = open.last else { return }
        let known = try await asking { () async throws(ChainFailure) in try await chain.pendingNonce(of: address) }
        guard last.nonce >= known else { return }
        for entry in open where entry.nonce >= known {
            do { try await chain.send(raw: entry.transaction.networkForm) } catch .refused { continue } catch { throw .chain(error) }
        }
    }

    /// Signs what the closure makes and writes it down. The journal is held all the while, so that no other process comes
    /// between, and released before anything waits.
    private func sign(
        _ body: (Journal) throws(WalletError) -> UnsignedTransaction
    ) throws(WalletError) -> SignedTransaction {
        try journal.use { (journal) throws(WalletError) in
            let body = try body(journal)
            try journal.check(body)
            let signed = try builder.sign(body)
            try journal.record(signed)
            return signed
        }
    }

    private func broadcast(_ signed: SignedTransaction) async throws(WalletError) {
        do {
            try await chain.send(raw: signed.networkForm)
        } catch {
            switch error {
            case .unreachable(let detail): throw .undelivered(signed.hash, detail)
            case .refused("alreadyKnown", _): return
            case .refused(let reason, _):
                try journal.settle(signed.hash, .dropped(.refused(reason)))
                throw .refusedButSigned(signed.hash, nonce: signed.body.nonce, error)
            }
        }
    }

    private func waiting(_ nonce: UInt64) throws(WalletError) -> UnsignedTransaction {
        let entries = try entries().filter { $0.nonce == nonce }
        guard !entries.contains(where: \.isIncluded) else { throw .nonceUsed(nonce) }
        guard let old = entries.last(where: \.isPending) else { throw .nothingToReplace(nonce) }
        return old.transaction.body
    }

    /// The nonce on chain, after a check that the key it asks for is ours.
    private func chainNonce() async throws(WalletError) -> UInt64 {
        let state = try await asking { () async throws(ChainFailure) in try await chain.keyState(of: address) }
        let isOurs = state.commitment.map { $0 == builder.keyChain.commitment(at: state.nonce) } ?? (state.nonce == 0)
        guard isOurs else { throw .foreignKey(nonce: state.nonce) }
        return state.nonce
    }

    private func fees(for request: TransactionRequest) async throws(WalletError) -> FeeOffer {
        if let fees = request.fees { return fees }
        return try await market()
    }

    private func market() async throws(WalletError) -> FeeOffer {
        let fees = try await asking { () async throws(ChainFailure) in try await chain.fees() }
        guard let offer = FeeOffer(market: fees) else { throw .amountOverflow }
        return offer
    }

    /// The node's estimate; for calls a quarter more, since state may change until they run.
    private func gasLimit(for request: TransactionRequest) async throws(WalletError) -> UInt64 {
        if let limit = request.gasLimit { return limit }
        let estimate = try await asking { () async throws(ChainFailure) in
            try await chain.estimateGas(from: address, to: request.to, value: request.value, data: request.data)
        }
        guard estimate < 1 << 40 else { throw .amountOverflow }
        return builder.suiteGas + (estimate <= 21_000 ? estimate : estimate + estimate / 4)
    }

    /// The most that the fee can come to. A node that names price or gas decides what a person pays, up to the ceiling.
    private func checkedFee(_ gas: UInt64, _ fees: FeeOffer, _ request: TransactionRequest) throws(WalletError) -> UInt256 {
        guard let fee = fees.maximum.checkedMultiply(UInt256(gas)) else { throw .amountOverflow }
        guard fee <= request.feeCeiling else { throw .feeAboveCeiling(fee: fee, ceiling: request.feeCeiling) }
        return fee
    }

    /// All that waits together must be payable, as admission wants it.
    private func checkFunds(_ body: UnsignedTransaction, _ journal: Journal, _ balance: UInt256) throws(WalletError) {
        var needed = UInt256.zero
        for body in journal.pending.map(\.transaction.body) + [body] {
            guard let sum = body.mostTaken.flatMap(needed.checkedAdd) else { throw .amountOverflow }
            needed = sum
        }
        guard needed <= balance else { throw .insufficientFunds(needed: needed, balance: balance) }
    }
}
