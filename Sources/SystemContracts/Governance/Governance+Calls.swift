import ChainTypes
import Primitives
import WorldState

extension Governance {
    private static let actions = [
        Method("submitProposal(uint8,string,string,bytes,bool)", payable: true) { (arguments, frame) throws(NativeFailure) in
            guard let raw = UInt8(exactly: try arguments.uint64()), let kind = ProposalKind(rawValue: raw) else {
                throw .revert("there is no such kind of proposal")
            }
            let title = try arguments.line("title", atMost: maximumTitleBytes, &frame)
            let summary = try arguments.text(atMost: maximumSummaryBytes, &frame)
            if let fault = GivenText.fault(ofLines: summary) { throw .revert("the summary \(fault)") }
            let payload = try arguments.slice(atMost: maximumPayloadBytes)
            try frame.charge(ProposalAction.gas(payloadBytes: payload.count))
            let action = try ProposalAction(kind, payload: Array(payload))
            let expedited = try arguments.word()
            guard expedited <= .one else { throw .revert("malformed arguments") }
            let id = try submit(
                action, title: title, summary: summary, expedited: !expedited.isZero, by: frame.caller, wei: frame.value, &frame)
            return [.number(id)]
        },
        Method("deposit(uint256)", payable: true) { (arguments, frame) throws(NativeFailure) in
            try deposit(on: try arguments.uint64(), from: frame.caller, wei: frame.value, &frame)
            return [.flag(true)]
        },
        Method("withdrawDeposit(uint256)") { (arguments, frame) throws(NativeFailure) in
            [.word(try withdrawDeposit(on: try arguments.uint64(), to: frame.caller, &frame))]
        },
        Method("vote(uint256,uint8)") { (arguments, frame) throws(NativeFailure) in
            let id = try arguments.uint64()
            try vote(Ballot(try option(&arguments)), on: id, by: frame.caller, &frame)
            return [.flag(true)]
        },
        Method("voteWeighted(uint256,uint8[],uint256[])") { (arguments, frame) throws(NativeFailure) in
            let id = try arguments.uint64()
            let options = try arguments.array(atMost: VoteOption.allCases.count, option)
            let weights = try arguments.array(atMost: VoteOption.allCases.count) { (weights) throws(NativeFailure) in try weights.word() }
            try vote(try Ballot(options, weights), on: id, by: frame.caller, &frame)
            return [.flag(true)]
        },
        Method("cancelProposal(uint256)") { (arguments, frame) throws(NativeFailure) in
            try cancel(try arguments.uint64(), by: frame.caller, &frame)
            return [.flag(true)]
        },
    ]

    private static func option(_ arguments: inout Calldata) throws(NativeFailure) -> VoteOption {
        guard let raw = UInt8(exactly: try arguments.uint64()), let option = VoteOption(rawValue: raw) else {
            throw .revert("there is no such option")
        }
        return option
    }

    private static let queries = [
        Method("proposal(uint256)") { (arguments, frame) throws(NativeFailure) in
            let id = try arguments.uint64()
            _ = try requireProposal(id, &frame)
            var values: [ABIValue] = []
            // The members up to the tally are the answer's first ten.
            for field in ProposalField.allCases where field.rawValue < ProposalField.yes.rawValue {
                values.append(.word(try proposal(id).get(field, &frame)))
            }
            let text = try text(id, &frame)
            let failure = try frame.loadBlob(failureKey(id), of: address)
            return values + [.text(text.title), .text(text.summary), .bytes(text.payload), .bytes(failure)]
        },
        Method("tally(uint256)") { (arguments, frame) throws(NativeFailure) in
            let tally = try presentTally(try arguments.uint64(), &frame)
            return [.word(tally.yes), .word(tally.abstain), .word(tally.no), .word(tally.veto), .word(tally.bonded)]
        },
        Method("voteOf(uint256,address)") { (arguments, frame) throws(NativeFailure) in
            let ballot = try ballot(try arguments.uint64(), try arguments.address(), &frame)
            return VoteOption.allCases.map { .number(ballot[$0]) }
        },
        Method("depositOf(uint256,address)") { (arguments, frame) throws(NativeFailure) in
            [.word(try frame.load(depositSlot(try arguments.uint64(), try arguments.address()), of: address))]
        },
        // Of the proposals from an id on, at most 100 of which are looked at, those with a status (0: all): ids, statuses, when their
        // votes end; the id to go on from.
        Method("proposals(uint8,uint256,uint256)") { (arguments, frame) throws(NativeFailure) in
            let wanted = try arguments.uint64()
            guard ProposalStatus(rawValue: wanted) != nil else { throw .revert("there is no such status") }
            var id = max(1, try arguments.uint64())
            let (limit, last) = (min(Staking.pageLimit, try arguments.uint64()), try numbers.number(.proposals, &frame))
            let end = min(last &+ 1, id.later(by: limit))
            var (ids, statuses, ends): ([UInt256], [UInt256], [UInt256]) = ([], [], [])
            while id < end {
                let status = try status(id, &frame)
                if wanted == 0 || status.rawValue == wanted {
                    ids.append(UInt256(id))
                    statuses.append(UInt256(status.rawValue))
                    ends.append(try proposal(id).get(.votingEnd, &frame))
                }
                id &+= 1
            }
            return [.words(ids), .words(statuses), .words(ends), .number(id)]
        },
        Method("proposalCount()") { (_, frame) throws(NativeFailure) in [.word(try numbers.get(.proposals, &frame))] },
        Method("activeProposals()") { (_, frame) throws(NativeFailure) in [.words(try voting.ids(&frame).map { UInt256($0) })] },
        Method("upgradePlan()") { (_, frame) throws(NativeFailure) in
            let plan = try plan(&frame) ?? UpgradePlan(name: "", version: 0, height: 0)
            return [.text(plan.name), .number(plan.version), .number(plan.height)]
        },
    ]

    public static let methods = MethodTable(actions + queries)
}
