import ArgumentParser
import ChainTypes
import ContractABI
import Cryptography
import Foundation
import Primitives
import RPCClient
import StakingTools
import SystemContracts

/// `qustream validator`: what validators and their operators do.
struct Validators: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validator", abstract: "List validators; create, edit, unjail your own.",
        subcommands: [List.self, Show.self, Create.self, Edit.self, Unjail.self, RotateKey.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all validators with stake.", discussion: "Example: qustream validator list --json")
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let all = try await refusing { try await global.client.validators() }
            if global.json { return try printJSON(array: all.map(\.object)) }
            var table = TextTable(["MONIKER", "STATUS", "STAKE (QST)", "POWER", "NEXT", "COMMISSION", "MISSED", "ADDRESS"])
            for each in all {
                table.append([
                    each.validator.moniker, each.status.rawValue, QST.format(each.stake), "\(each.validator.power)", "\(each.nextPower)",
                    ParameterText.showPercent(each.commission), "\(each.missed) of \(each.delivered + each.missed)", each.validator.address.checksummed,
                ])
            }
            try say(table.text)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one validator.", discussion: "Example: qustream validator show validator-1")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "A validator's address, moniker, or own account.") var validator: String

        func run() async throws {
            let report = try await refusing { try await global.validator(validator) }
            let slashes = try await refusing { try await global.slashes(of: report.validator.address) }
            if global.json {
                return try printJSON(report.object.merging(["slashes": slashes.map(\.object)]) { first, _ in first })
            }
            for (name, value) in report.lines + slashes.map({ ("slashed", $0.line) }) {
                try say(name.padding(toLength: 16, withPad: " ", startingAt: 0) + value.printable)
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the account that pays the operator of a validator.",
            discussion: """
                Example: qustream validator create --from erin --keys erin-home/operator.json --moniker erin --amount 250000 --wait
                """)
        @OptionGroup var paying: PayingOptions
        @OptionGroup var profile: ProfileOptions
        @Option(help: "operator.json of the node's home, as `qustream init` writes it.") var keys: String
        @Option(help: "QST at stake; at least the minimum of the chain.") var amount: String
        @Option(help: "Percent of delegators' rewards.") var commission = "10"
        @Option(help: "The highest commission that the validator will ever take, in percent.") var maxCommission = "20"
        @Option(help: "By how much the commission may change in a day, in percent.") var maxCommissionChange = "1"

        func run() async throws {
            let wei = try qustream.amount(amount)
            let commission = (
                rate: try percentage(self.commission), maximum: try percentage(maxCommission), dailyChange: try percentage(maxCommissionChange)
            )
            let file = try refusing { try OperatorFile(file: keys) }
            try await paying.send { wallet in
                try requireOwner(file, try wallet.wallet.account(paying.from).address)
                return [try .createValidator(profile.profile(file.moniker), commission: commission, keys: file, wei: wei)]
            }
        }
    }

    struct ProfileOptions: ParsableArguments {
        @Option(help: "What people call it.") var moniker: String?
        @Option(help: "Its page.") var website: String?
        @Option(help: "How to reach the operator.") var contact: String?

        func profile(_ moniker: String, website: String = "", contact: String = "") -> ValidatorProfile {
            ValidatorProfile(moniker: self.moniker ?? moniker, website: self.website ?? website, contact: self.contact ?? contact)
        }
    }

    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change what an own validator is known by, or its commission.",
            discussion: "Example: qustream validator edit --from erin --website https://example.org --commission 9.5")
        @OptionGroup var paying: PayingOptions
        @OptionGroup var profile: ProfileOptions
        @Option(help: "Percent of delegators' rewards; at most once a day, by at most the daily change.") var commission: String?

        func run() async throws {
            let rate = try commission.map(percentage)
            try await paying.send { _ in
                let old = try await paying.global.validator(paying.from)
                let profile = profile.profile(old.validator.moniker, website: old.website, contact: old.contact)
                return [try .editValidator(profile, commission: rate)]
            }
        }
    }

    struct Unjail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring an own validator back after its suspension.", discussion: "Example: qustream validator unjail --from erin --wait")
        @OptionGroup var paying: PayingOptions

        func run() async throws { try await paying.send { _ in [try .unjail()] } }
    }

    struct RotateKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-key", abstract: "Give an own validator other keys or another endpoint, from the epoch after the next.",
            discussion: "Example: qustream validator rotate-key --from erin --keys new-home/operator.json")
        @OptionGroup var paying: PayingOptions
        @Option(help: "operator.json of the new home.") var keys: String

        func run() async throws {
            let file = try refusing { try OperatorFile(file: keys) }
            try await paying.send { wallet in
                try requireOwner(file, try wallet.wallet.account(paying.from).address)
                return [try .rotateKeys(file)]
            }
        }
    }
}

/// A slash of a validator, as it is on record.
struct SlashEntry {
    /// Seconds since 1970.
    let infractionAt, recordedAt: UInt64
    /// Of 10^18.
    let fraction: UInt256
    let wei: UInt256

    var line: String {
        "\(ParameterText.showPercent(fraction)) on \(moment(recordedAt)), \(QST.format(wei)) QST, for a fault of \(moment(infractionAt))"
    }

    var object: [String: Any] {
        ["infractionAt": infractionAt, "recordedAt": recordedAt, "fraction": fraction.description, "amount": wei.description]
    }
}

extension GlobalOptions {
    /// The first hundred slashes of a validator, the oldest first.
    func slashes(of validator: Address) async throws -> [SlashEntry] {
        let data = ABI.call("slashes(address,uint256)", [validator.padded, .zero])
        let answer = try await client.call(to: Staking.address, data: data)
        let columns = try ContractABI.decode(answer, as: [ABIType](repeating: .array(.uint256), count: 4)).map { column in
            (column.list ?? []).map { $0.number ?? .zero }
        }
        guard Set(columns.map(\.count)).count == 1 else { throw Refusal("the node's answer is malformed") }
        return columns[0].indices.map { index in
            SlashEntry(
                infractionAt: columns[0][index].limb0, recordedAt: columns[3][index].limb0, fraction: columns[1][index],
                wei: columns[2][index])
        }
    }
}

/// The proofs in an operator's file hold for one account.
func requireOwner(_ file: OperatorFile, _ account: Address) throws {
    guard file.address == account else {
        throw Refusal("the keys' proofs are made for \(file.address), not for \(account): make operator.json anew with `qustream init`")
    }
}

extension ValidatorReport {
    var object: [String: Any] {
        [
            "address": validator.address.hex, "moniker": validator.moniker, "website": website, "contact": contact, "status": status.rawValue,
            "stake": stake.description, "selfStake": selfStake.description, "power": validator.power, "nextPower": nextPower,
            "commission": commission.description, "maximumCommission": maximumCommission.description,
            "maximumDailyChange": maximumDailyChange.description, "commissionDue": commissionDue.description, "jailedUntil": jailedUntil,
            "delivered": delivered, "missed": missed, "missedInARow": missedInARow, "endpoint": validator.endpoint,
        ]
    }

    var lines: [(String, String)] {
        let commissions = [commission, maximumCommission, maximumDailyChange].map(ParameterText.showPercent)
        var lines = [
            ("moniker", validator.moniker), ("address", validator.address.checksummed), ("website", website), ("contact", contact),
            ("status", status.rawValue), ("stake", QST.format(stake) + " QST, own " + QST.format(selfStake)),
            ("power", "\(validator.power) in this epoch, \(nextPower) in the next"),
            ("commission", "\(commissions[0]), at most \(commissions[1]), by \(commissions[2]) a day; \(QST.format(commissionDue)) QST due"),
            ("turns", "\(delivered) delivered and \(missed) missed in the window, \(missedInARow) missed in a row"),
            ("endpoint", validator.endpoint),
        ]
        if status == .jailed { lines.append(("jailed until", moment(jailedUntil))) }
        if status == .tombstoned { lines.append(("removed", "for good, for what it was slashed for last")) }
        return lines
    }
}
