import ArgumentParser
import ChainTypes
import Foundation
import Primitives
import RPCClient
import StakingTools
import Wallet

/// `qustream stake`: what delegators do.
struct Stake: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delegate to validators, move and take back stake, claim rewards.",
        subcommands: [Delegate.self, Redelegate.self, Unbond.self, Cancel.self, Claim.self, Show.self])

    /// How much goes to or from one validator.
    struct StakeOptions: ParsableArguments {
        @OptionGroup var paying: PayingOptions
        @Option(help: "A validator's address, moniker, or own account.") var validator: String
        @Option(help: "QST.") var amount: String

        /// Sends the call that these make.
        func send(_ call: (_ wei: UInt256, _ validator: Address) throws -> EconomyCall) async throws {
            let wei = try qustream.amount(amount)
            try await paying.send { _ in [try call(wei, try await paying.global.validator(validator).validator.address)] }
        }
    }

    struct Delegate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bond QST to a validator: it counts from the epoch after the next.",
            discussion: "Example: qustream stake delegate --from bob --validator validator-1 --amount 1000 --wait")
        @OptionGroup var stake: StakeOptions

        func run() async throws {
            let wei = try qustream.amount(stake.amount)
            try await stake.paying.send { _ in
                let report = try await stake.paying.global.validator(stake.validator)
                if report.status != .active { note("\(report.validator.moniker.printable) is \(report.status.rawValue): it earns nothing") }
                return [try .delegate(wei, to: report.validator.address)]
            }
        }
    }

    struct Redelegate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move stake to another validator at once. It cannot move on before the unbonding time has passed.",
            discussion: "Example: qustream stake redelegate --from bob --source validator-1 --destination validator-2 --amount 10")
        @OptionGroup var paying: PayingOptions
        @Option(help: "The validator that has the stake.") var source: String
        @Option(help: "The validator that gets it.") var destination: String
        @Option(help: "QST.") var amount: String

        func run() async throws {
            let wei = try qustream.amount(amount)
            try await paying.send { _ in
                let (from, to) = (try await paying.global.validator(source), try await paying.global.validator(destination))
                return [try .redelegate(wei, from: from.validator.address, to: to.validator.address)]
            }
        }
    }

    struct Unbond: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Begin to take stake back; `stake claim` pays it when the unbonding time has passed.",
            discussion: "Example: qustream stake unbond --from bob --validator validator-1 --amount 10")
        @OptionGroup var stake: StakeOptions

        func run() async throws { try await stake.send { try .unbond($0, from: $1) } }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give what is unbonding back to the validator.",
            discussion: "Example: qustream stake cancel --from bob --validator validator-1 --height 120 --amount 10")
        @OptionGroup var stake: StakeOptions
        @Option(help: "The block in which the unbonding began, as `stake show` says.") var height: UInt64

        func run() async throws { try await stake.send { try .cancelUnbonding($0, from: $1, height: height) } }
    }

    struct Claim: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Withdraw rewards of closed periods, and stake whose unbonding time has passed.",
            discussion: "Example: qustream stake claim --from bob\nExample: qustream stake claim --from validator-1 --commission")
        @OptionGroup var paying: PayingOptions
        @Option(help: "Only from this validator.") var validator: String?
        @Flag(help: "A validator's commission.") var commission = false
        @Flag(help: "An encryption node's rewards, and its stake once it has left.") var node = false

        func run() async throws {
            // Worth waiting for: how much it is stands in the receipts.
            try await paying.send(waits: true) { wallet in
                let owner = try wallet.wallet.account(paying.from).address
                if commission { return [try .claimCommission()] }
                if node { return try await nodeCalls(owner) }
                let only = if let validator { try await paying.global.validator(validator).validator.address } else { nil as Address? }
                return try await calls(owner, only: only)
            }
        }

        private func calls(_ owner: Address, only validator: Address?) async throws -> [EconomyCall] {
            let client = paying.global.client
            let all = try await client.delegations(of: owner).filter { validator == nil || $0.validator == validator }
            let now = UInt64(Date().timeIntervalSince1970)
            var calls = try all.filter { $0.unbonding.contains { $0.completesAt <= now } }
                .map { try EconomyCall.completeUnbonding(of: owner, from: $0.validator) }
            if let validator { return calls + [try .claim(from: validator)] }
            if all.contains(where: { !$0.rewards.isZero }) { calls.append(try .claimAll(maximum: 50)) }
            guard !calls.isEmpty else { throw Refusal("there is nothing to claim yet") }
            return calls
        }

        private func nodeCalls(_ owner: Address) async throws -> [EconomyCall] {
            let isRegistered = try await paying.global.client.encryptionNodes().contains { $0.node.address == owner && $0.leavesAt == 0 }
            return isRegistered ? [try .claimNodeRewards()] : [try .completeExit(of: owner), try .claimNodeRewards()]
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show an account's stake, rewards, and what is unbonding.", discussion: "Example: qustream stake show bob")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "A name or an address.") var account: String

        func run() async throws {
            let all = try await refusing { try await global.client.delegations(of: try global.address(account)) }
                .filter { !$0.stake.isZero || !$0.rewards.isZero || !$0.unbonding.isEmpty }
            if global.json { return try printJSON(["delegations": all.map(Self.object)]) }
            guard !all.isEmpty else { return try say("nothing is delegated") }
            var table = TextTable(["VALIDATOR", "STAKE (QST)", "REWARDS (QST)", "LOCKED UNTIL"])
            for each in all {
                table.append([
                    each.moniker, QST.format(each.stake), QST.format(each.rewards), each.lockedUntil == 0 ? "" : moment(each.lockedUntil),
                ])
            }
            try say(table.text)
            try showUnbonding(all)
        }

        private func showUnbonding(_ all: [DelegationReport]) throws {
            var table = TextTable(["UNBONDING FROM", "QST", "FREE AT", "HEIGHT"])
            for each in all {
                for entry in each.unbonding {
                    table.append([each.moniker, QST.format(entry.wei), moment(entry.completesAt), "\(entry.height)"])
                }
            }
            if all.contains(where: { !$0.unbonding.isEmpty }) { try say("\n" + table.text) }
        }

        private static func object(_ report: DelegationReport) -> [String: Any] {
            [
                "validator": report.validator.hex, "moniker": report.moniker, "shares": report.shares.description,
                "stake": report.stake.description, "rewards": report.rewards.description, "lockedUntil": report.lockedUntil,
                "unbonding": report.unbonding.map {
                    ["amount": $0.wei.description, "completesAt": $0.completesAt, "height": $0.height] as [String: Any]
                },
            ]
        }
    }
}
