import ArgumentParser
import ContractABI
import ContractTools
import Cryptography
import Foundation
import Primitives
import RPCClient
import StakingTools
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
        to: Address?, wei: UInt256, data: [UInt8], document: ContractDocument, wallet: inout UnlockedWallet
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
        let receipt = wait || to == nil ? try await global.client.waitForReceipt(sent.hash) : nil
        return SentTransaction(hash: sent.hash, receipt: receipt, document: document)
    }

    /// Sends calls of system contracts one after the other, and prints each.
    func send(_ calls: (UnlockedWallet) async throws -> [EconomyCall]) async throws {
        var wallet = try global.unlock()
        try await refusing {
            for call in try await calls(wallet) {
                try await send(to: call.contract, wei: call.wei, data: call.data, document: ContractDocument(), wallet: &wallet)
                    .show(json: global.json)
            }
        }
    }
}

/// A transaction that went out, and how it ended where that is known.
struct SentTransaction {
    let hash: Hash
    let receipt: TransactionReceipt?
    let document: ContractDocument

    func show(json: Bool) throws {
        guard let receipt else { return json ? try printJSON(["hash": hash.hex]) : try say(hash) }
        json ? try printJSON(object(receipt)) : try text(receipt)
        guard receipt.succeeded else { throw Refusal("reverted: \(document.revertReason(receipt.revertData).printable)") }
    }

    private func fee(_ receipt: TransactionReceipt) -> UInt256 { receipt.effectiveGasPrice * UInt256(receipt.gasUsed) }

    private func object(_ receipt: TransactionReceipt) -> [String: Any] {
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
        return object
    }

    private func text(_ receipt: TransactionReceipt) throws {
        if let address = receipt.contractAddress { try say("contract     \(address.checksummed)") }
        try say("transaction  \(hash)")
        try say("block        \(receipt.blockNumber)  \(receipt.blockHash)")
        try say("gas          \(receipt.gasUsed)")
        try say("fee          \(QST.format(fee(receipt))) QST")
        for event in receipt.logs.compactMap(document.event) {
            let fields = event.fields.map { "\($0.name)=\(ValueWriter.text($0.value, $0.type))" }
            try say("event        \((event.name + "(" + fields.joined(separator: ", ") + ")").printable)")
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
