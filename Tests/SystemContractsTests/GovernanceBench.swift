import ChainTypes
import Primitives
import SystemContracts
import Trie
import WorldState

/// Why a call was refused; nil where it was not.
func refusal(_ body: () throws -> Void) -> String? {
    do { try body() } catch NativeFailure.revert(let reason) { return reason } catch { return "\(error)" }
    return nil
}

/// An answer of `proposal(uint256)`.
struct ProposalView {
    /// kind, status, proposer, expedited, deposit, submittedAt, depositEnd, votingStart, votingEnd, executeAt
    let words: [UInt256]
    let title, summary, failure: String
    let payload: [UInt8]

    init(_ answer: [UInt256]) {
        words = Array(answer.prefix(10))
        let parts = (10..<14).map { (place: Int) -> [UInt8] in
            let start = Int(answer[place].limb0) / 32
            return Array(answer[(start + 1)...].flatMap { Hash($0).bytes }.prefix(Int(answer[start].limb0)))
        }
        (title, summary) = (String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self))
        (payload, failure) = (parts[2], String(decoding: parts[3], as: UTF8.self))
    }

    var status: ProposalStatus? { ProposalStatus(rawValue: words[1].limb0) }
    var isExpedited: Bool { !words[3].isZero }
    var deposit: UInt256 { words[4] }
    var votingEnd: UInt64 { words[8].limb0 }
    var executeAt: UInt64 { words[9].limb0 }
}

extension EconomyBench {
    static let deposit = QST.one * 10_000

    /// Proposes an action, by default with its whole deposit, so that the vote begins.
    @discardableResult
    mutating func propose(
        _ action: ProposalAction = .text, from proposer: Address = account(0), wei: UInt256 = deposit, expedited: Bool = false,
        title: String = "A title", summary: String = "Because."
    ) throws -> UInt64 {
        try propose(
            UInt64(action.kind.rawValue), action.payload, from: proposer, wei: wei, expedited: expedited, title: title, summary: summary)
    }

    @discardableResult
    mutating func propose(
        _ kind: UInt64, _ payload: [UInt8], from proposer: Address = account(0), wei: UInt256 = deposit, expedited: Bool = false,
        title: String = "A title", summary: String = "Because."
    ) throws -> UInt64 {
        try call(
            Governance.self, from: proposer, value: wei, "submitProposal(uint8,string,string,bytes,bool)",
            [.number(kind), .text(title), .text(summary), .bytes(payload), .flag(expedited)])[0].limb0
    }

    mutating func vote(_ id: UInt64, _ option: VoteOption, _ voter: Address) throws {
        try call(Governance.self, from: voter, "vote(uint256,uint8)", [.number(id), .number(UInt64(option.rawValue))])
    }

    mutating func vote(_ id: UInt64, _ options: [UInt256], _ weights: [UInt256], _ voter: Address) throws {
        try call(
            Governance.self, from: voter, "voteWeighted(uint256,uint8[],uint256[])", [.number(id), .words(options), .words(weights)])
    }

    mutating func deposit(_ id: UInt64, _ wei: UInt256, from depositor: Address) throws {
        try call(Governance.self, from: depositor, value: wei, "deposit(uint256)", [.number(id)])
    }

    @discardableResult
    mutating func withdrawDeposit(_ id: UInt64, to depositor: Address) throws -> UInt256 {
        try call(Governance.self, from: depositor, "withdrawDeposit(uint256)", [.number(id)])[0]
    }

    mutating func cancel(_ id: UInt64, by account: Address) throws {
        try call(Governance.self, from: account, "cancelProposal(uint256)", [.number(id)])
    }

    mutating func proposal(_ id: UInt64) throws -> ProposalView {
        ProposalView(try call(Governance.self, from: .zero, "proposal(uint256)", [.number(id)], isStatic: true))
    }

    mutating func status(_ id: UInt64) throws -> ProposalStatus? { try proposal(id).status }

    /// yes, abstain, no, veto, bonded
    mutating func tally(_ id: UInt64) throws -> [UInt256] {
        try call(Governance.self, from: .zero, "tally(uint256)", [.number(id)], isStatic: true)
    }

    mutating func parameter(_ parameter: Parameter) throws -> UInt256 {
        try call(Parameters.self, from: .zero, "get(string)", [.text(parameter.name)])[0]
    }

    mutating func communityPool() throws -> UInt256 { try call(Distribution.self, from: .zero, "communityPool()")[0] }

    mutating func upgradePlan() throws -> UpgradePlan? {
        try reload()
        return try Governance.upgradePlan(state.reader)
    }

    /// Writes all changes into a trie and begins anew from it, so that nothing has been read yet.
    mutating func reload() throws {
        guard let reader = state.reader as? TrieState else { throw SetUpError() }
        let (root, overlay) = try reader.applying(state.changes())
        state = WorldState(
            reader: TrieState(root: root, nodes: StateNodes(overlays: [overlay] + reader.nodes.overlays, store: reader.nodes.store)))
    }

    /// Lets all validators pass a proposal and waits until it has been carried out.
    mutating func pass(_ id: UInt64) throws {
        for index in 0..<spec.validators.validators.count { try vote(id, .yes, Self.validator(index)) }
        try block(after: 60_000)
        try block(after: 5000)
    }
}
