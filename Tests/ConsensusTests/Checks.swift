import ChainTypes
import Consensus
import Primitives

/// What must hold whatever happens.
struct Checks {
    var blocks: [Hash: SealedHeader] = [Material.genesis.id: Material.genesis]
    var evidence: [Evidence] = []
    private(set) var failures: [String] = []
    /// The one chain that may become final, by number.
    private(set) var chain: [UInt64: Hash] = [0: Material.genesis.id]
    private(set) var firstFinalized: [Hash: UInt64] = [:]
    /// When a validator entered a view, the first time.
    private(set) var entries: [Int: [UInt64: UInt64]] = [:]
    private(set) var leaders: [UInt64: Int] = [:]
    private var sentVotes: [Int: [UInt64: [Vote]]] = [:]

    mutating func fail(_ what: String) { if failures.count < 10 { failures.append(what) } }

    mutating func entered(_ view: UInt64, leader: Int, by index: Int, at time: UInt64) {
        if entries[index, default: [:]][view] == nil { entries[index, default: [:]][view] = time }
        if leaders.updateValue(leader, forKey: view) ?? leader != leader { fail("view \(view) has two leaders") }
    }

    /// Agreement: one block a height, ancestors included. Validity: only what the view's leader proposed.
    mutating func finalized(_ id: Hash, by index: Int, at time: UInt64) {
        if firstFinalized[id] == nil { firstFinalized[id] = time }
        var next: Hash? = id
        while let current = next, let block = blocks[current] {
            if let known = chain[block.number] {
                if known != current { fail("validator \(index) finalises a fork at height \(block.number)") }
                return
            }
            chain[block.number] = current
            next = block.envelope.parent
        }
        fail("validator \(index) finalises a block that nobody built")
    }

    /// An honest validator sends only what is on its disk, and never contradicts itself.
    mutating func sent(_ message: WireMessage, by index: Int, log: [WALRecord]) {
        guard case .vote(let vote) = message, vote.validator == index else { return }
        let view = vote.ballot.view
        let earlier = sentVotes[index]?[view] ?? []
        guard !earlier.contains(where: { $0.ballot == vote.ballot }) else { return }
        if !log.contains(.vote(vote)), vote.ballot.kind != .propose { fail("validator \(index) sends a vote before it is stored") }
        if earlier.contains(where: { Evidence($0, vote) != nil }) { fail("validator \(index) contradicts itself in view \(view)") }
        // The log says what was decided first: a crash may keep the first vote from being sent before the second.
        let decided = log.compactMap { if case .vote(let vote) = $0, vote.ballot.view == view { vote.ballot.kind } else { nil } }
        if vote.ballot.kind == .notarize, decided.first == .nullify {
            fail("validator \(index) votes notarize after nullify in view \(view)")
        }
        sentVotes[index, default: [:]][view, default: []].append(vote)
    }

    func accused() -> Set<Int> { Set(evidence.map(\.first.validator)) }
}
