import ArgumentParser
import ChainTypes
import Primitives
import StakingTools
import SystemContracts
import Wallet

extension Gov {
    /// `qustream gov propose`: a form for each kind of proposal.
    struct Propose: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a proposal.",
            subcommands: [
                Text.self, SetParameters.self, Spend.self, AdmitOperator.self, RemoveOperator.self, Breach.self, Upgrade.self,
                CancelUpgrade.self, Burn.self,
            ])

        /// What every proposal has.
        struct Options: ParsableArguments {
            @OptionGroup var paying: PayingOptions
            @Option(help: "At most 140 bytes.") var title: String
            @Option(help: "At most 10,000 bytes.") var summary = ""
            @Option(help: "QST of the deposit; the vote starts when the chain's minimum is reached.") var deposit: String
            @Flag(help: "A shorter vote, with a larger deposit and threshold.") var expedited = false

            func send(_ action: (GlobalOptions) throws -> ProposalAction) async throws {
                let wei = try qustream.amount(deposit)
                try await paying.send { _ in
                    let action = try action(paying.global)
                    return [
                        try .propose(
                            kind: action.kind.rawValue, title: title, summary: summary, payload: action.payload, isExpedited: expedited,
                            wei: wei)
                    ]
                }
            }
        }

        struct Text: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Propose a text.", discussion: "Example: qustream gov propose text --from bob --title \"Be kind\" --deposit 10000")
            @OptionGroup var options: Options

            func run() async throws { try await options.send { _ in .text } }
        }

        struct SetParameters: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "parameters", abstract: "Propose other values of parameters, all at once.",
                discussion: """
                    Example: qustream gov propose parameters blockGasLimit=40000000 unbondingMilliseconds=14d \
                    --from bob --title "Larger blocks" --deposit 10000
                    """)
            @OptionGroup var options: Options
            @Argument(help: "name=value; values as 40000000, 14d, 33.4%, 200000qst. `gov parameters` lists the names.") var changes: [String]

            func run() async throws {
                let parsed = try changes.map { text in
                    guard let change = ProposalText.change(text) else { throw ValidationError("\(text) is no value of a parameter") }
                    return change
                }
                try await options.send { _ in .parameterChange(parsed) }
            }
        }

        struct Spend: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Propose a payment from the community pool.",
                discussion: "Example: qustream gov propose spend --to carol --amount 50 --from bob --title Grant --deposit 10000")
            @OptionGroup var options: Options
            @Option(help: "A name or an address.") var to: String
            @Option(help: "QST.") var amount: String

            func run() async throws {
                let wei = try qustream.amount(amount)
                try await options.send { .treasurySpend(to: try $0.address(to), wei: wei) }
            }
        }

        struct AdmitOperator: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "admit-operator", abstract: "Propose that an account may register an operator node.",
                discussion: "Example: qustream gov propose admit-operator carol --from bob --title \"Carol's node\" --deposit 10000")
            @OptionGroup var options: Options
            @Argument(help: "A name or an address.") var account: String

            func run() async throws { try await options.send { .admitOperator(try $0.address(account)) } }
        }

        struct RemoveOperator: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "remove-operator", abstract: "Propose that an operator node leaves.",
                discussion: "Example: qustream gov propose remove-operator operator-3 --from bob --title \"Less\" --deposit 10000")
            @OptionGroup var options: Options
            @Argument(help: "A name or an address.") var account: String

            func run() async throws { try await options.send { .removeOperator(try $0.address(account)) } }
        }

        struct Breach: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Propose that a validator or encryption node is slashed for a breach of security and removed for good.",
                discussion: "Example: qustream gov propose breach community-2 --from bob --title Breach --deposit 10000")
            @OptionGroup var options: Options
            @Argument(help: "A name or an address.") var account: String

            func run() async throws { try await options.send { .securityBreach(try $0.address(account)) } }
        }

        struct Upgrade: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Propose a version of the protocol from a block on: nodes that do not know it stop there.",
                discussion: """
                    Example: qustream gov propose upgrade --name aurora --protocol 2 --height 90000 --from bob --title Aurora --deposit 10000
                    """)
            @OptionGroup var options: Options
            @Option(help: "At most 32 bytes.") var name: String
            @Option(name: .customLong("protocol"), help: "The protocol's version.") var version: UInt64
            @Option(help: "The first block of the version.") var height: UInt64

            func run() async throws {
                try await options.send { _ in .softwareUpgrade(UpgradePlan(name: name, version: version, height: height)) }
            }
        }

        struct CancelUpgrade: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "cancel-upgrade", abstract: "Propose to drop the planned upgrade.",
                discussion: "Example: qustream gov propose cancel-upgrade --from bob --title \"Not yet\" --deposit 10000")
            @OptionGroup var options: Options

            func run() async throws { try await options.send { _ in .cancelUpgrade } }
        }

        struct Burn: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Propose to burn QST of the buyback reserve.",
                discussion: "Example: qustream gov propose burn --amount 5 --from bob --title Burn --deposit 10000")
            @OptionGroup var options: Options
            @Option(help: "QST.") var amount: String

            func run() async throws {
                let wei = try qustream.amount(amount)
                try await options.send { _ in .burnBuyback(wei) }
            }
        }
    }
}
