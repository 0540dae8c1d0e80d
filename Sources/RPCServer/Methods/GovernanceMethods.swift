import ChainTypes
import Primitives

/// `qs_*` about proposals and votes.
enum GovernanceMethods {
    static let table: [String: RPCMethod] = [
        "qs_getProposals": .read { reader, _ in .array(try reader.proposals().map(proposal)) },
        "qs_getProposal": .read { reader, parameters in try reader.proposal(parameters.number(0)).map(proposal) ?? .null },
        "qs_getVote": .read { reader, parameters in
            let vote = try reader.vote(on: parameters.number(0), by: parameters.address(1))
            return ["yes": .quantity(vote.yes), "abstain": .quantity(vote.abstain), "no": .quantity(vote.no), "veto": .quantity(vote.veto)]
        },
        "qs_getParameters": .read { reader, _ in
            .array(
                try reader.economyParameters().map { parameter, value in
                    [
                        "name": .string(parameter.name), "value": .quantity(value), "unit": .string(parameter.unit.rawValue),
                        "minimum": .quantity(parameter.bounds.lowerBound), "maximum": .quantity(parameter.bounds.upperBound),
                    ]
                })
        },
    ]

    private static func proposal(_ report: ProposalReport) -> JSONValue {
        [
            "id": .quantity(report.id),
            "kind": .string(report.kind),
            "status": .string(report.status),
            "proposer": .data(report.proposer),
            "expedited": .bool(report.isExpedited),
            "deposit": .quantity(report.deposit),
            "submittedAt": .quantity(report.submittedAt),
            "depositEnd": .quantity(report.depositEnd),
            "votingStart": .quantity(report.votingStart),
            "votingEnd": .quantity(report.votingEnd),
            "executeAt": .quantity(report.executeAt),
            "yes": .quantity(report.yes),
            "abstain": .quantity(report.abstain),
            "no": .quantity(report.no),
            "veto": .quantity(report.veto),
            "bonded": .quantity(report.bonded),
            "title": .string(report.title),
            "summary": .string(report.summary),
            "payload": .data(report.payload),
            "failure": .string(report.failure),
        ]
    }
}
