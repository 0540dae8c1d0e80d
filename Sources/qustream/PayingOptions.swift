import ArgumentParser
import ChainTypes
import ContractABI
import ContractTools
import Cryptography
import Foundation
import Primitives
import RPCClient
import StakingTools
import SystemContracts
import Wallet

/// Options of every command that sends a transaction to a contract.
struct PayingOptions: ParsableArguments {
    @OptionGroup var global: GlobalOptions
    @Option(help: "Name of the paying account.") var from: String
    @OptionGroup var fees: FeeOptions
    @Option(help: "Gas limit; default: what the node finds to be enough.") var gas: UInt64?
    @Flag(help: "Wait until it is final; print block, gas and fee.") var wait = false

    /// Tries the transaction out, so that what would fail is not paid for; then signs and sends it.
    func send(
        to: Address?, wei: UInt256, data: [UInt8], document: ContractDocument, wallet: inout UnlockedWallet, waits: Bool = false
    ) async throws -> SentTransaction {
        let account = try wallet.wallet.account(from)
        try await document.explainingReverts {
            _ = try await global.client.estimateGas(from: account.address, to: to, value: wei, data: data)
        }
        let session = try await wallet.session(for: account, on: global.chain, pin: try global.pin(wallet))
        var request = TransactionRequest(to: to, value: wei, data: data, gasLimit: gas)
        request.feeCeiling = try fees.ceiling
        let sent = try await session.send(request, approve: FeeOptions.tell)
        // An address is worth waiting for in any case.
        let receipt = wait || waits || to == nil ? try await global.client.waitForReceipt(sent.hash) : nil
        return SentTransaction(hash: sent.hash, receipt: receipt, document: document)
    }

    /// Sends calls of system contracts one after the other, and prints each; as JSON one object for all.
    /// - Parameter waits: whether the receipts are waited for in any case.
    func send(waits: Bool = false, _ calls: (UnlockedWallet) async throws -> [EconomyCall]) async throws {
        var wallet = try global.unlock()
        try await refusing {
            let calls = try await calls(wallet)
            guard global.json, calls.count > 1 else {
                for call in calls { try await send(call, &wallet, waits: waits).show(json: global.json) }
                return
            }
            var sent: [SentTransaction] = []
            // What went out is told also where the next is refused.
            do {
                for call in calls { sent.append(try await send(call, &wallet, waits: waits)) }
            } catch {
                if !sent.isEmpty { try printJSON(["transactions": sent.map(\.object)]) }
                throw error
            }
            try printJSON(["transactions": sent.map(\.object)])
            for each in sent { try each.requireSuccess() }
        }
    }

    private func send(_ call: EconomyCall, _ wallet: inout UnlockedWallet, waits: Bool) async throws -> SentTransaction {
        try await send(
            to: call.contract, wei: call.wei, data: call.data, document: ContractDocument(), wallet: &wallet, waits: waits)
    }
}

/// A transaction that went out, and how it ended where that is known.
struct SentTransaction {
    let hash: Hash
    let receipt: TransactionReceipt?
    let document: ContractDocument

    func show(json: Bool) throws {
        if json { try printJSON(object) } else if let receipt { try text(receipt) } else { try say(hash) }
        try requireSuccess()
    }

    func requireSuccess() throws {
        guard let receipt, !receipt.succeeded else { return }
        throw Refusal("reverted: \(document.revertReason(receipt.revertData).printable)")
    }

    private func fee(_ receipt: TransactionReceipt) -> UInt256 { receipt.effectiveGasPrice * UInt256(receipt.gasUsed) }

    var object: [String: Any] {
        guard let receipt else { return ["hash": hash.hex] }
        var object: [String: Any] = [
            "hash": hash.hex, "block": receipt.blockNumber, "blockHash": receipt.blockHash.hex, "gasUsed": receipt.gasUsed,
            "fee": fee(receipt).description, "succeeded": receipt.succeeded,
            "events": receipt.logs.compactMap { log in
                document.event(log).map { event -> [String: Any] in
                    let fields = event.fields.map { ($0.name, ValueWriter.json($0.value, $0.type)) }
                    return [
                        "address": event.address.hex, "name": event.name, "fields": Dictionary(fields) { first, _ in first },
                    ]
                }
            },
        ]
        object["address"] = receipt.contractAddress?.hex
        let economy = EconomyOutcome(receipt.logs)
        object["paid"] = economy.paid?.description
        object["freeAt"] = economy.freeAt
        return object
    }

    private func text(_ receipt: TransactionReceipt) throws {
        if let address = receipt.contractAddress { try say("contract     \(address.checksummed)") }
        try say("transaction  \(hash)")
        try say("block        \(receipt.blockNumber)  \(receipt.blockHash)")
        try say("gas          \(receipt.gasUsed)")
        try say("fee          \(QST.format(fee(receipt))) QST")
        let economy = EconomyOutcome(receipt.logs)
        if let paid = economy.paid { try say("paid         \(QST.format(paid)) QST") }
        if let freeAt = economy.freeAt { try say("free at      \(moment(freeAt))") }
        for event in receipt.logs.compactMap(document.event) {
            let fields = event.fields.map { "\($0.name)=\(ValueWriter.text($0.value, $0.type))" }
            try say("event        \((event.name + "(" + fields.joined(separator: ", ") + ")").printable)")
        }
    }
}

/// What people want to know of a call of the staking contracts, from its events.
struct EconomyOutcome {
    /// Wei that were paid out; nil where nothing was.
    private(set) var paid: UInt256?
    /// When what began to unbond is free, in seconds since 1970.
    private(set) var freeAt: UInt64?

    private static let payments = [
        "WithdrawDelegatorReward(address,address,uint256)", "WithdrawValidatorCommission(address,uint256)",
        "WithdrawNodeRewards(address,uint256)", "CompleteUnbonding(address,address,uint256)", "CompleteExit(address,uint256)",
        "WithdrawDeposit(uint256,address,uint256)", "Claim(address,uint256)",
    ].map(ABI.topic)
    private static let delays = ["Unbond(address,address,uint256,uint256)", "ExitEncryptionNode(address,uint256)"].map(ABI.topic)

    init(_ logs: [Log]) {
        for log in logs where SystemContracts.contract(at: log.address) != nil {
            guard let topic = log.topics.first, let last = UInt256(bigEndian: log.data.suffix(32)) else { continue }
            if Self.payments.contains(topic) { paid = (paid ?? .zero).checkedAdd(last) ?? .max }
            if Self.delays.contains(topic) { freeAt = last.asUInt64 }
        }
    }
}

extension ContractDocument {
    /// Turns a node's report of a revert into what the contract meant.
    func explainingReverts(_ body: () async throws -> Void) async throws {
        do { try await body() } catch RPCError.refused(code: 3, _, _, let data) {
            throw Refusal("reverted: \(revertReason(data.flatMap { Hex.decode($0) } ?? []).printable)")
        }
    }
}
