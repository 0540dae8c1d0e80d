import ArgumentParser
import ChainTypes
import Foundation
import Primitives
import StakingTools

/// `qustream gov`: proposals and votes.
struct Gov: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Propose, deposit, vote; look at proposals and parameters.",
        subcommands: [Propose.self, Deposit.self, Vote.self, Cancel.self, Withdraw.self, List.self, Show.self, ShowParameters.self])

    struct Deposit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add to a proposal's deposit: its vote starts when there is enough.",
            discussion: "Example: qustream gov deposit 3 --from bob --amount 9000")
        @OptionGroup var paying: PayingOptions
        @Argument(help: "The proposal's number.") var proposal: UInt64
        @Option(help: "QST.") var amount: String

        func run() async throws {
            let wei = try qustream.amount(amount)
            try await paying.send { _ in [try .deposit(wei, on: proposal)] }
        }
    }

    struct Vote: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Vote with all stake of an account; a later vote replaces an earlier one.",
            discussion: "Example: qustream gov vote 3 yes --from bob\nExample: qustream gov vote 3 yes=0.7,abstain=0.3 --from bob")
        @OptionGroup var paying: PayingOptions
        @Argument(help: "The proposal's number.") var proposal: UInt64
        @Argument(help: "yes, no, abstain, veto, or several with weights that sum to 1.") var vote: String

        func run() async throws {
            guard let text = VoteText(vote) else { throw ValidationError("\(vote) is no vote") }
            try await paying.send { _ in [try .vote(text, on: proposal)] }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take an own proposal back before its vote ends; half of the deposits are lost.",
            discussion: "Example: qustream gov cancel 3 --from bob")
        @OptionGroup var paying: PayingOptions
        @Argument(help: "The proposal's number.") var proposal: UInt64

        func run() async throws { try await paying.send { _ in [try .cancelProposal(proposal)] } }
    }

    struct Withdraw: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take an own deposit back once the proposal has ended.", discussion: "Example: qustream gov withdraw 3 --from bob")
        @OptionGroup var paying: PayingOptions
        @Argument(help: "The proposal's number.") var proposal: UInt64

        func run() async throws { try await paying.send { _ in [try .withdrawDeposit(on: proposal)] } }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the newest proposals.", discussion: "Example: qustream gov list --json")
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let all = try await refusing { try await global.client.proposals() }
            if global.json { return try printJSON(array: all.map(\.object)) }
            guard !all.isEmpty else { return try say("there are no proposals") }
            var table = TextTable(["ID", "STATUS", "KIND", "YES", "NO", "VETO", "ABSTAIN", "TURNOUT", "TITLE"])
            for each in all {
                table.append(
                    ["\(each.id)", each.status, each.kind] + [each.yes, each.no, each.veto, each.abstain].map { each.share($0) }
                        + [each.turnout, each.title])
            }
            try say(table.text)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one proposal, and how an account voted.", discussion: "Example: qustream gov show 3 --voter bob")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The proposal's number.") var proposal: UInt64
        @Option(help: "A name or an address.") var voter: String?

        func run() async throws {
            try await refusing {
                guard let report = try await global.client.proposal(proposal) else { throw Refusal("there is no proposal \(proposal)") }
                var object = report.object
                var lines = report.lines
                if let voter {
                    let vote = try await global.client.vote(on: proposal, by: try global.address(voter))
                    let weights = [("yes", vote.yes), ("no", vote.no), ("abstain", vote.abstain), ("veto", vote.veto)].filter { $0.1 > 0 }
                    object["vote"] = Dictionary(weights.map { ($0.0, String($0.1)) }) { first, _ in first }
                    let text = weights.map { "\($0.0) \(ParameterText.showPercent(UInt256($0.1)))" }.joined(separator: ", ")
                    lines.append(("\(voter) voted", text.isEmpty ? "not: its validators vote for it" : text))
                }
                if global.json { return try printJSON(object) }
                for (name, value) in lines { try say(name.padding(toLength: 16, withPad: " ", startingAt: 0) + value.printable) }
            }
        }
    }

    struct ShowParameters: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "parameters", abstract: "Show every number that governance can change, with its bounds.",
            discussion: "Example: qustream gov parameters")
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let all = try await refusing { try await global.client.economyParameters() }
            if global.json {
                let values = all.map { ($0.parameter.name, $0.value.description) }
                return try printJSON(Dictionary(values) { first, _ in first })
            }
            var table = TextTable(["PARAMETER", "VALUE", "FROM", "TO"])
            for (parameter, value) in all {
                let bounds = parameter.bounds
                table.append(
                    [parameter.name] + [value, bounds.lowerBound, bounds.upperBound].map { ParameterText.show($0, parameter.unit) })
            }
            try say(table.text)
        }
    }
}

extension ProposalReport {
    private var voted: UInt256 { yes + abstain + no + veto }

    /// A part of all that voted, in percent.
    func share(_ wei: UInt256) -> String { Self.percent(wei, of: voted) }

    /// What voted of all that is bonded, in percent.
    var turnout: String { Self.percent(voted, of: bonded) }

    private static func percent(_ part: UInt256, of whole: UInt256) -> String {
        guard !whole.isZero else { return "" }
        let tenths = part * 1000 / whole
        return "\(tenths / 10).\(tenths % 10)%"
    }

    var object: [String: Any] {
        [
            "id": id, "kind": kind, "status": status, "proposer": proposer.hex, "expedited": isExpedited, "deposit": deposit.description,
            "submittedAt": submittedAt, "depositEnd": depositEnd, "votingStart": votingStart, "votingEnd": votingEnd, "executeAt": executeAt,
            "yes": yes.description, "abstain": abstain.description, "no": no.description, "veto": veto.description,
            "bonded": bonded.description, "title": title, "summary": summary, "failure": failure,
            "actions": ProposalText.describe(kind: kind, payload: payload),
        ]
    }

    var lines: [(String, String)] {
        var lines = [("proposal", "\(id), \(title)"), ("status", status + (isExpedited ? ", expedited" : "")), ("kind", kind)]
        lines += ProposalText.describe(kind: kind, payload: payload).map { ("would", $0) }
        lines += [("proposer", proposer.hex), ("deposit", QST.format(deposit) + " QST")]
        let times = [("deposit until", depositEnd), ("vote from", votingStart), ("vote until", votingEnd), ("carried out", executeAt)]
        lines += times.filter { $0.1 > 0 }.map { ($0.0, moment($0.1)) }
        lines.append(
            ("votes", "yes \(share(yes)), no \(share(no)), veto \(share(veto)), abstain \(share(abstain)); turnout \(turnout)"))
        if !failure.isEmpty { lines.append(("failed", failure)) }
        if !summary.isEmpty { lines.append(("summary", summary)) }
        return lines
    }
}
