import ChainTypes
import Primitives
import TestKit

/// Ways to break the protocol. Each rewrites what an honest core would have sent.
enum Liar {
    /// As leader shows two blocks to two halves, and votes for whichever a peer was shown, and for both ends of every view.
    case twoFaced
    /// Votes, but never proposes.
    case mute
    /// Proposes what nobody accepts.
    case invalid
    /// Adds random votes for blocks and views around its own.
    case babbler

    static let invalidNote = [UInt8]("invalid".utf8)
    private static let twinNote = [UInt8]("twin".utf8)

    func twist(
        _ message: WireMessage, by index: Int, to peer: Int, blocks: inout [Hash: SealedHeader], random: inout SeededGenerator
    ) -> [WireMessage] {
        switch (self, message) {
        case (.twoFaced, .proposal(let proposal)) where proposal.vote.validator == index:
            return [.proposal(peer % 2 == 0 ? proposal : rewritten(proposal, Self.twinNote, by: index, blocks: &blocks))]
        case (.twoFaced, .vote(let vote)) where vote.validator == index:
            return twoFaced(vote, to: peer, blocks: &blocks)
        case (.mute, .proposal(let proposal)) where proposal.vote.validator == index:
            return []
        case (.invalid, .proposal(let proposal)) where proposal.vote.validator == index:
            return [.proposal(rewritten(proposal, Self.invalidNote, by: index, blocks: &blocks))]
        case (.babbler, .vote(let vote)) where vote.validator == index:
            return [message] + (0..<2).map { _ in .vote(babble(about: vote, blocks: blocks, random: &random)) }
        default:
            return [message]
        }
    }

    private func twoFaced(_ vote: Vote, to peer: Int, blocks: inout [Hash: SealedHeader]) -> [WireMessage] {
        let view = vote.ballot.view
        guard vote.ballot.kind != .nullify, let block = blocks[vote.ballot.block] else { return [.vote(vote)] }
        let twin = twinned(block, Self.twinNote, blocks: &blocks)
        let shown = peer % 2 == 0 ? block : twin
        let told = Material.vote(vote.ballot.kind, shown.id, view: view, by: vote.validator)
        return [.vote(told), .vote(Material.vote(.nullify, view: view, by: vote.validator))]
    }

    private func babble(about vote: Vote, blocks: [Hash: SealedHeader], random: inout SeededGenerator) -> Vote {
        let kind = VoteKind.allCases.randomElement(using: &random) ?? .nullify
        let known = blocks.keys.sorted()
        let block = known.randomElement(using: &random) ?? .zero
        let view = vote.ballot.view + UInt64.random(in: 0...30, using: &random)
        return Material.vote(kind, kind == .nullify ? .zero : block, view: view, by: vote.validator)
    }

    private func rewritten(_ proposal: Proposal, _ note: [UInt8], by index: Int, blocks: inout [Hash: SealedHeader]) -> Proposal {
        Material.proposal(twinned(proposal.sealed, note, blocks: &blocks), by: index)
    }

    private func twinned(_ block: SealedHeader, _ note: [UInt8], blocks: inout [Hash: SealedHeader]) -> SealedHeader {
        guard let parent = blocks[block.envelope.parent] else { return block }
        let twin = Material.block(view: block.envelope.view, on: parent, time: block.envelope.timeMilliseconds, note: note)
        blocks[twin.id] = twin
        return twin
    }
}
