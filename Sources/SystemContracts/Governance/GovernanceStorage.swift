import ChainTypes
import Primitives
import WorldState

// Layout of the governance contract's storage. Wei of deposits are its balance.
//
// 0–7      one number each, see `GovernanceNumber`
// 8, 9     proposals that are voted on           (count; uint256 index => id)
// 10, 11   proposals that wait for the timelock  (count; uint256 index => id)
// 20       uint256 id => ProposalField…
// 21       uint256 id => address depositor => wei
// 22       uint256 id => address voter => weights, 64 bits each, yes in the lowest
// 23       uint256 id => address validator => TallyField…
// 24       address voter => count of the votes below
// 25       address voter => uint256 index => id of a proposal that the voter voted on and whose vote may be running
//
// Blobs: keccak256(id ‖ 20): RLP [title, summary, payload]; keccak256(id ‖ 26): why it failed.

/// Numbers of the whole contract.
enum GovernanceNumber: UInt64, CaseIterable, Sendable {
    /// The last id, and the sum of all deposits in wei.
    case proposals, deposits
    /// How many proposals wait for their deposits; up to this id none does.
    case open, closedUpTo
    /// The upgrade plan; all zero where there is none.
    case upgradeHeight, upgradeVersion, upgradeName
    /// Of the protocol since the last upgrade; zero before the first.
    case protocolVersion
}

/// What is on record of a proposal, in order of the slots. Times are seconds since 1970.
enum ProposalField: UInt64, CaseIterable, Sendable {
    case kind, status, proposer, isExpedited
    /// Wei that it holds.
    case deposit
    case submittedAt, depositEnd, votingStart, votingEnd, executeAt
    /// The tally at the end of the vote, in wei.
    case yes, abstain, no, veto, bonded
}

/// The votes of those who delegate to a validator and voted themselves.
enum TallyField: UInt64, CaseIterable, Sendable {
    /// Their shares: the others are voted for by the validator.
    case deducted
    /// Shares times weights of 10^18; in the order of `VoteOption`.
    case yes, abstain, no, veto

    init(_ option: VoteOption) {
        switch option {
        case .yes: self = .yes
        case .abstain: self = .abstain
        case .no: self = .no
        case .veto: self = .veto
        }
    }
}

enum ProposalEntry: UInt64, CaseIterable, Sendable {
    case id
}

extension Governance {
    static let numbers = Record<GovernanceNumber>(address, StorageLayout.slot(0))
    static let voting = EntryList<ProposalEntry>(contract: address, countSlot: StorageLayout.slot(8), entries: StorageLayout.slot(9))
    static let queue = EntryList<ProposalEntry>(contract: address, countSlot: StorageLayout.slot(10), entries: StorageLayout.slot(11))

    static func proposal(_ id: UInt64) -> Record<ProposalField> { Record(address, StorageLayout.mapping([Hash(id)], at: 20)) }

    static func depositSlot(_ id: UInt64, _ depositor: Address) -> Hash {
        StorageLayout.mapping([Hash(id), depositor.padded], at: 21)
    }

    static func ballotSlot(_ id: UInt64, _ voter: Address) -> Hash { StorageLayout.mapping([Hash(id), voter.padded], at: 22) }

    static func votes(_ id: UInt64, for validator: Address) -> Record<TallyField> {
        Record(address, StorageLayout.mapping([Hash(id), validator.padded], at: 23))
    }

    static func running(of voter: Address) -> EntryList<ProposalEntry> {
        EntryList(
            contract: address, countSlot: StorageLayout.mapping([voter.padded], at: 24),
            entries: StorageLayout.mapping([voter.padded], at: 25))
    }

    static func textKey(_ id: UInt64) -> Hash { StorageLayout.mapping([Hash(id)], at: 20) }
    static func failureKey(_ id: UInt64) -> Hash { StorageLayout.mapping([Hash(id)], at: 26) }

    static func status(_ id: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> ProposalStatus {
        ProposalStatus(rawValue: try proposal(id).number(.status, &state)) ?? .unknown
    }

    /// The status of a proposal that there must be.
    static func requireProposal(_ id: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> ProposalStatus {
        let status = try status(id, &state)
        guard status != .unknown else { throw .revert("there is no such proposal") }
        return status
    }

    /// Every change of a status leaves an event.
    static func set(_ id: UInt64, _ status: ProposalStatus, _ state: inout some ContractState) throws(NativeFailure) {
        try proposal(id).set(.status, UInt256(status.rawValue), &state)
        try state.emit(topics: [statusChanged, Hash(id)], data: Hash(status.rawValue).bytes, of: address)
    }
}

extension EntryList where Field == ProposalEntry {
    func id(_ index: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> UInt64 { try at(index).number(.id, &state) }

    func ids(_ state: inout some ContractState) throws(NativeFailure) -> [UInt64] {
        var ids: [UInt64] = []
        for index in 0..<(try count(&state)) { ids.append(try id(index, &state)) }
        return ids
    }
}

/// What a proposal says.
struct ProposalText: RLPCodable {
    var title, summary: String
    /// The action's arguments.
    var payload: [UInt8]

    init(title: String, summary: String, payload: [UInt8]) { (self.title, self.summary, self.payload) = (title, summary, payload) }

    func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(text: title)
            $0.append(text: summary)
            $0.append(payload)
        }
    }

    init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            ProposalText(
                title: try list.readText(atMost: Governance.maximumTitleBytes),
                summary: try list.readText(atMost: Governance.maximumSummaryBytes),
                payload: try list.readBytes(atMost: Governance.maximumPayloadBytes))
        }
    }
}
