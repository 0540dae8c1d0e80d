import ArgumentParser
import ChainTypes
import Cryptography
import Foundation
import Primitives
import RPCClient
import StakingTools
import Wallet

// How commands of the economy read what people type.

/// QST on the command line.
func amount(_ text: String) throws -> UInt256 {
    guard let wei = QST.parse(text), !wei.isZero else { throw ValidationError("\(text) is not an amount of QST") }
    return wei
}

/// What commands that send a transaction may spend on it.
struct FeeOptions: ParsableArguments {
    @Option(help: "QST that the fee of a transaction may come to; above that nothing is signed.") var maxFee = QST.format(FeeOffer.standardCeiling)

    func validate() throws { _ = try amount(maxFee) }

    /// Wei.
    var ceiling: UInt256 { get throws { try amount(maxFee) } }

    /// Says what a transaction can cost before it is signed.
    static func tell(_ fee: UInt256) { note("fee: at most \(QST.format(fee)) QST") }
}

/// A percentage on the command line, of 10^18.
func percentage(_ text: String) throws -> UInt256 {
    guard let fraction = ParameterText.percent(text.hasSuffix("%") ? String(text.dropLast()) : text) else {
        throw ValidationError("\(text) is not a percentage")
    }
    return fraction
}

extension GlobalOptions {
    /// An address, or the name of an own account.
    func address(_ text: String) throws -> Address {
        if let address = try Address.typed(text) { return address }
        guard Wallet.exists(walletDirectory) else { throw Refusal("\(text) is not an address") }
        return try openWallet().resolve(text)
    }

    /// The address of an encryption node, by itself, its moniker, or its operator's account in the wallet.
    func encryptionNode(_ text: String) async throws -> Address {
        // Monikers are strangers' words: one may be another's address.
        if let address = try Address.typed(text) { return address }
        let named = try await client.encryptionNodes().filter { $0.node.moniker == text }
        if named.count > 1 { throw Refusal("several encryption nodes are called \(text); name one by its address") }
        return try named.first?.node.address ?? address(text)
    }

    /// A validator by its address, its moniker, or its operator's account in the wallet.
    func validator(_ text: String) async throws -> ValidatorReport {
        let all = try await client.validators()
        let typed = try Address.typed(text)
        let named = typed == nil ? all.filter { $0.validator.moniker == text } : []
        if named.count > 1 { throw Refusal("several validators are called \(text); name one by its address") }
        if let found = named.first { return found }
        guard let address = try typed ?? (try? address(text)), let found = all.first(where: { $0.validator.address == address }) else {
            throw Refusal("there is no validator \(text)")
        }
        return found
    }
}

/// A time in seconds since 1970 as people read it.
func moment(_ seconds: UInt64) -> String {
    seconds > 1 << 40 ? "never" : Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
}
