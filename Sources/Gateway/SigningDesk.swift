import ChainTypes
import Primitives
import RPCClient
import RPCServer
import Wallet

/// Signs and sends for the unlocked accounts, within the session's limits.
struct SigningDesk: Sendable {
    struct Account: Sendable {
        let session: AccountSession<RPCChain>
        let queue = AccountQueue()
    }

    /// In the order of `eth_accounts`.
    let addresses: [Address]
    private let accounts: [Address: Account]
    let chainID: UInt64
    let limits: SpendingLimits
    let node: RPCClient
    /// Told of everything that was signed.
    let note: @Sendable (String) -> Void

    init(
        _ sessions: [AccountSession<RPCChain>], chainID: UInt64, limits: SpendingLimits, node: RPCClient,
        note: @escaping @Sendable (String) -> Void
    ) {
        addresses = sessions.map(\.address)
        accounts = Dictionary(sessions.map { ($0.address, Account(session: $0)) }) { first, _ in first }
        (self.chainID, self.limits, self.node, self.note) = (chainID, limits, node, note)
    }

    /// Fills in what is missing, signs with the account's next one-time key, sends; gives the transaction's hash.
    func send(_ value: JSONValue) async throws -> JSONValue {
        let call = try TransactionCall(value)
        guard let account = accounts[call.from] else { throw RPCFailure.unauthorized(call.from) }
        if let id = call.chainID, id != chainID {
            throw RPCFailure(message: "chainId does not match node's (have=\(id), want=\(chainID))", reason: "wrongChain")
        }
        return try await account.queue.run { .data(try await send(call, account.session).hash) }
    }

    private func send(_ call: TransactionCall, _ session: AccountSession<RPCChain>) async throws -> SignedTransaction {
        try limits.checkUnlocked()
        var request = call.request
        let fees = try await fees(for: call, session.chain)
        request.fees = fees
        let limit: UInt64 = if let given = request.gasLimit { given } else { try await estimate(call, session.chain) }
        let (gas, overflow) = limit.addingReportingOverflow(session.builder.suiteGas)
        guard !overflow, let amount = fees.maximum.checkedMultiply(UInt256(gas))?.checkedAdd(request.value) else {
            throw RPCFailure.invalidParameters("the amounts are too large")
        }
        request.gasLimit = gas
        request.feeCeiling = limits.feeCeiling
        try limits.reserve(amount)
        var isApproved = false
        do {
            let signed = try await sign(request, nonce: call.nonce, session) { (_) throws(WalletError) in
                // The node may have taken its time with whatever was asked until here.
                guard limits.isUnlocked else { throw .locked }
                isApproved = true
            }
            let target = signed.body.to.map { "to \($0)" } ?? "creates a contract"
            note(
                "signed \(signed.hash)  \(call.from) \(target)  value \(QST.format(request.value)) QST, cap left \(QST.format(limits.remaining)) QST"
            )
            return signed
        } catch {
            // What is signed counts, even where the node did not take it: it can come back.
            if !isApproved { limits.release(amount) }
            throw RPCFailure(error, nonce: call.nonce)
        }
    }

    /// A nonce that waits already asks for a replacement; the wallet and the node want a tenth more for that.
    private func sign(
        _ request: TransactionRequest, nonce: UInt64?, _ session: AccountSession<RPCChain>, approve: (UInt256) throws(WalletError) -> Void
    ) async throws(WalletError) -> SignedTransaction {
        if let nonce {
            let waits = try session.entries().contains { $0.nonce == nonce && $0.isPending }
            if waits { return try await session.replace(nonce: nonce, .with(request), approve: approve) }
        }
        return try await session.send(request, nonce: nonce, approve: approve)
    }

    private func fees(for call: TransactionCall, _ chain: RPCChain) async throws -> FeeOffer {
        if let maximum = call.maximumFee, let priority = call.priorityFee {
            guard priority <= maximum else {
                throw RPCFailure(
                    message: "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: \(priority), maxFeePerGas: \(maximum)",
                    reason: "priorityAboveMaximum")
            }
            return FeeOffer(priority: priority, maximum: maximum)
        }
        let market: FeeData
        do { market = try await chain.fees() } catch { throw RPCFailure(.chain(error), nonce: nil) }
        if let maximum = call.maximumFee { return FeeOffer(priority: min(market.priorityFee, maximum), maximum: maximum) }
        let priority = call.priorityFee ?? market.priorityFee
        guard let offer = FeeOffer(market: FeeData(nextBaseFee: market.nextBaseFee, priorityFee: priority)) else {
            throw RPCFailure.invalidParameters("the amounts are too large")
        }
        return offer
    }

    /// The node's estimate, exactly; what it says against the call is handed on as it says it.
    private func estimate(_ call: TransactionCall, _ chain: RPCChain) async throws -> UInt64 {
        let text: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": "eth_estimateGas", "params": [call.estimateObject]]
        let answer: JSONValue
        do {
            answer = try JSONValue(parsing: try await node.forward(text.bytes))
        } catch {
            throw RPCFailure.nodeUnreachable("\(error)")
        }
        if let error = answer["error"], error != .null {
            // Poverty has a name of its own, which tools look for.
            if let balance = try? await chain.balance(of: call.from), balance < call.request.value {
                throw RPCFailure(.insufficientFunds(needed: call.request.value, balance: balance), nonce: nil)
            }
            throw GatewayError.node(error)
        }
        guard let result = answer["result"] else { throw RPCFailure.nodeUnreachable("the node's answer to eth_estimateGas is malformed") }
        return try Field.number(result, "estimate")
    }
}
