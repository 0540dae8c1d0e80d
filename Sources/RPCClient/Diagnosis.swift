import ChainTypes
import Cryptography
import Primitives

/// What several nodes say of one chain, and what is wrong with it by that: facts in, sentences out.
public struct Diagnosis: Sendable {
    /// A node that was asked.
    public struct Node: Sendable {
        /// What to call it, and where it was asked.
        public var name: String
        public var place: String
        /// nil where it did not answer.
        public var health: NodeHealthInfo?
        /// Peers that it has; nil where it did not answer.
        public var peers: UInt64?
        /// How far its clock was ahead of this machine's when it answered, in milliseconds.
        public var clockOffset: Int64
        /// Its own word for why it ended, and the height that it had come to.
        public var stopped: String?

        public init(
            name: String, place: String, health: NodeHealthInfo? = nil, peers: UInt64? = nil, clockOffset: Int64 = 0, stopped: String? = nil
        ) {
            self.name = name
            self.place = place
            self.health = health
            self.peers = peers
            self.clockOffset = clockOffset
            self.stopped = stopped
        }
    }

    /// What a sentence is about; `doctor --json` names it so.
    public enum Fault: String, CaseIterable, Sendable {
        case noAnswer, nobodyAnswers, stopped, diverged, stuck
        case tooLittlePower, unknownVotes, cutOff, noVotes, noAgreement, nothingFinalYet
        case silentValidator, unheardValidator, behind
        case clock, validatorClock, clockSet
        case suspended, allSuspended, missedTurns
        case banned, ignored
        case noPeers, notInSet, encryptionNode
    }

    /// A fault that was found, and the sentence that says so and how to mend it.
    public struct Finding: Hashable, Sendable {
        public let fault: Fault
        public let sentence: String

        init(_ fault: Fault, _ sentence: String) { (self.fault, self.sentence) = (fault, sentence) }
    }

    public var nodes: [Node]
    public var validators: [ValidatorReport]
    /// Monikers of encryption nodes on whose endpoint nobody listens.
    public var deadEncryptionNodes: [String]

    public init(nodes: [Node], validators: [ValidatorReport], deadEncryptionNodes: [String] = []) {
        self.nodes = nodes
        self.validators = validators
        self.deadEncryptionNodes = deadEncryptionNodes
    }

    /// A validator whose word is older is silent.
    static let silentMilliseconds: UInt64 = 5000
    /// Further behind than this is behind.
    static let lag: UInt64 = 3
    /// Blocks' times are checked to half a second; a clock may be slower by a second, since a block takes its time to come.
    static let clockAhead: Int64 = 500
    static let clockBehind: Int64 = -1000
    /// What a question to a node may take on top.
    static let askingMilliseconds: Int64 = 2000
    /// So many turns in a row are missed by accident.
    static let missedTurns: UInt64 = 3

    /// The worst first. Empty when nothing is wrong.
    public var findings: [Finding] {
        guard !healths.isEmpty else {
            return ended + [Finding(.nobodyAnswers, "No node answers: start the network (`make devnet`), or name a node with --rpc.")]
        }
        return ended + stuck + chain + members + lagging + clocks + suspended + refusals + connections + encryption
    }

    private var healths: [(name: String, health: NodeHealthInfo)] { nodes.compactMap { node in node.health.map { (node.name, $0) } } }

    // MARK: Nodes that ended

    private var ended: [Finding] {
        nodes.filter { $0.health == nil }.map { node in
            guard let reason = node.stopped else {
                return Finding(
                    .noAnswer, "\(node.name) does not answer at \(node.place): start it with `qustream node`; "
                        + "where it runs, its node.log says what it does.")
            }
            let isDiverged = reason.contains("state diverged")
            let mending = isDiverged
                ? "keep a copy of its home for a report, delete its data folder and nothing else, and start it again"
                : "mend that and start it again"
            return Finding(isDiverged ? .diverged : .stopped, "\(node.name) has stopped: \(reason): \(mending).")
        }
    }

    private var stuck: [Finding] {
        healths.filter { $0.health.status == "stuck" }.map {
            Finding(
                .stuck, "\($0.name) answers but does not work, \($0.health.reason ?? ""): restart it, and keep its node.log for a report.")
        }
    }

    // MARK: The chain

    /// The node that has come furthest.
    private var best: NodeHealthInfo? { healths.map(\.health).max { $0.number < $1.number } }

    private var chain: [Finding] {
        guard let best, let since = healths.map(\.health.sinceFinal).min() else { return [] }
        guard since >= best.patience else {
            let isNew = healths.allSatisfy { $0.health.status == "starting" }
            let sentence = "No block has become final since the nodes' start, \(since / 1000) s ago: ask again in a moment."
            return isNew ? [Finding(.nothingFinalYet, sentence)] : []
        }
        let (fault, cause) = cause(best)
        return [Finding(fault, "The chain stands still since \(since / 1000) s at height \(best.number): \(cause).")]
    }

    private func cause(_ best: NodeHealthInfo) -> (Fault, String) {
        let present = merged.filter { !isSilent($0) }
        let (answering, total) = (power(of: present), power(of: merged))
        guard 3 * answering > 2 * total else {
            let missing = merged.filter(isSilent).map(\.moniker).joined(separator: ", ")
            return (
                .tooLittlePower,
                "validators with \(answering) of \(total) power answer, and blocks need more than two thirds: start \(missing)"
            )
        }
        let asked = healths.filter(\.health.votes)
        guard !asked.isEmpty else {
            return (
                .unknownVotes, "enough validators answer, and votes are known to validators alone: ask one with --rpc, or all with --home"
            )
        }
        let hears = asked.map { name, health in (name: name, missing: health.validators.filter(isSilent)) }
        if hears.allSatisfy({ 3 * (total - min(total, power(of: $0.missing))) <= 2 * total }) {
            let list = hears.map { "\($0.name) hears nothing of \($0.missing.map(\.moniker).joined(separator: ", "))" }
            return (
                .cutOff, "enough validators answer, and \(list.joined(separator: "; ")): see that they can reach each other's endpoints"
            )
        }
        let mute = present.filter { isMute($0, patience: best.patience) }
        // Where nobody votes, the timer of a long view runs.
        if !mute.isEmpty, mute.count < present.count {
            let names = mute.map(\.moniker).joined(separator: ", ")
            return (.noVotes, "no votes come from \(names): their node.log says why; restart them one after the other")
        }
        let views = healths.map(\.health.viewsSinceFinal).max() ?? 0
        return (
            .noAgreement, "enough validators answer and \(views) views went by without a final block, so they agree on none: "
                + "look for refused blocks in the validators' node.log, and restart them one after the other"
        )
    }

    /// Whether none of the validators that hear it has its vote. Nodes that do not vote are sent no votes, and of its own a
    /// validator hears nothing.
    private func isMute(_ member: NodeHealthInfo.Member, patience: UInt64) -> Bool {
        let words = healths.map(\.health).filter { $0.votes && $0.name != member.name }.flatMap(\.validators)
            .filter { $0.name == member.name && !isSilent($0) }
        return !words.isEmpty && words.allSatisfy { $0.sinceVote.map { $0 >= patience } ?? true }
    }

    /// Each validator by the freshest word of all nodes that answered.
    private var merged: [NodeHealthInfo.Member] {
        var found: [Hash: NodeHealthInfo.Member] = [:]
        for member in healths.flatMap(\.health.validators) {
            guard var known = found[member.name] else {
                found[member.name] = member
                continue
            }
            known.silent = Self.least(known.silent, member.silent)
            known.height = max(known.height, member.height)
            found[member.name] = known
        }
        return found.values.sorted { ($0.moniker, $0.name) < ($1.moniker, $1.name) }
    }

    private static func least(_ one: UInt64?, _ other: UInt64?) -> UInt64? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    private func power(of members: [NodeHealthInfo.Member]) -> UInt64 { members.reduce(0) { $0 + $1.power } }

    private func isSilent(_ member: NodeHealthInfo.Member) -> Bool { member.silent.map { $0 >= Self.silentMilliseconds } ?? true }

    // MARK: Validators and nodes

    /// Those that no node hears.
    private var members: [Finding] {
        let said = Set(nodes.filter { $0.health == nil }.map(\.name))
        return merged.filter { isSilent($0) && !said.contains($0.moniker) }.map { member in
            let silence = member.silent.map { "has been silent for \($0 / 1000) s" } ?? "is heard by no node"
            return Finding(
                member.silent == nil ? .unheardValidator : .silentValidator,
                "The validator \(member.moniker) \(silence): start it with `qustream node validator`, "
                    + "and see that its endpoint can be reached.")
        }
    }

    /// How far the chain is: what a node has, or what validators of a third of the power say.
    private var height: UInt64 { healths.map { max($0.health.number, $0.health.attestedNumber) }.max() ?? 0 }

    private var lagging: [Finding] {
        let heights = healths.map { (name: $0.name, number: $0.health.number) }
        let asked = Set(healths.map(\.health.name))
        // A silent one has nothing newer to say; one that was asked spoke for itself.
        let others = merged.filter { !asked.contains($0.name) && $0.silent != nil }.map { (name: $0.moniker, number: $0.height) }
        return (heights + others).filter { height > $0.number && height - $0.number > Self.lag }.map {
            Finding(
                .behind, "\($0.name) is \(height - $0.number) blocks behind: it catches up by itself once it works and is connected; "
                    + "where it does not, look into its node.log and restart it.")
        }
    }

    // MARK: Clocks

    private var clocks: [Finding] {
        let synchronise = "synchronise it (`chronyc tracking` shows how it does)"
        let own = healths.compactMap { name, health -> Finding? in
            if let offset = offset(of: health) { return Finding(.clock, "\(name)'s clock is \(Self.seconds(offset)): \(synchronise).") }
            guard abs(health.systemOffset) > Self.clockAhead else { return nil }
            return Finding(
                .clockSet, "The system's time was set under \(name), which has not followed yet (\(Self.seconds(health.systemOffset))): "
                    + "restart the node when the clock is right.")
        }
        let sound = healths.map(\.health).filter { offset(of: $0) == nil }
        let asked = Set(healths.map(\.health.name))
        let others = merged.filter { !asked.contains($0.name) }.compactMap { member -> Finding? in
            let seen = sound.flatMap(\.validators).filter { $0.name == member.name }.compactMap(\.clockOffset)
            guard let offset = Self.median(seen), Self.isFaulty(offset) else { return nil }
            return Finding(.validatorClock, "The clock of validator \(member.moniker) is \(Self.seconds(offset)): \(synchronise).")
        }
        return own + others
    }

    /// How far a node's clock is off, where it is: against this machine's, and against most validators'.
    private func offset(of health: NodeHealthInfo) -> Int64? {
        let here = nodes.first { $0.health?.name == health.name }?.clockOffset ?? 0
        let others = health.validators.compactMap(\.clockOffset)
        // A single validator may itself be wrong.
        if others.count >= 2, let median = Self.median(others), Self.isFaulty(median) { return -median }
        return abs(here) > Self.askingMilliseconds && others.count < 2 ? here : nil
    }

    private static func isFaulty(_ offset: Int64) -> Bool { offset > clockAhead || offset < clockBehind }

    /// Of two in the middle the one nearer to zero: nobody is blamed by half.
    private static func median(_ values: [Int64]) -> Int64? {
        let sorted = values.sorted()
        guard let upper = sorted.dropFirst(values.count / 2).first else { return nil }
        let lower = sorted[(values.count - 1) / 2]
        return abs(lower) < abs(upper) ? lower : upper
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        let tenths = (milliseconds.magnitude + 50) / 100
        return "\(tenths / 10).\(tenths % 10) s \(milliseconds > 0 ? "ahead" : "behind")"
    }

    // MARK: Punishments and refusals

    private var suspended: [Finding] {
        let jailed = validators.filter { $0.status == .jailed }
        let mending = "its operator finds out why, then sends `qustream validator unjail`"
        if !jailed.isEmpty, jailed.count == validators.count(where: { $0.status != .tombstoned }) {
            let sentence = "All validators are suspended: each operator sends `qustream validator unjail` once the suspension is over."
            return [Finding(.allSuspended, sentence)]
        }
        let late = validators.filter { $0.status == .active && $0.missedInARow >= Self.missedTurns }
        return jailed.map {
            Finding(.suspended, "The validator \($0.validator.moniker) is suspended: \(mending) once the suspension is over.")
        } + late.map {
            Finding(
                .missedTurns,
                "The validator \($0.validator.moniker) missed its last \($0.missedInARow) turns and is suspended if that goes on: "
                    + "see that it runs, has a right clock and is connected.")
        }
    }

    private var refusals: [Finding] {
        healths.flatMap { name, health in
            health.refused.map { refused in
                let what = refused.kind.map { "ignores messages (\($0)) of \(title(refused.who))" } ?? "has banned \(title(refused.who))"
                return Finding(
                    refused.kind == nil ? .banned : .ignored,
                    "\(name) \(what) for \(refused.remaining / 1000 + 1) s more: it \(refused.reason). That ends by itself; "
                        + "if the peer is yours, bring it to the newest release.")
            }
        }
    }

    /// A validator's moniker for its name as a peer.
    private func title(_ who: String) -> String { merged.first { $0.name.hex == who }?.moniker ?? who }

    private var connections: [Finding] {
        nodes.flatMap { node -> [Finding] in
            var found: [Finding] = []
            if node.peers == 0 {
                let sentence = "\(node.name) has no peers: see that p2p_listen and the validators' endpoints can be reached."
                found.append(Finding(.noPeers, sentence))
            }
            if let health = node.health, health.isValidator, !health.votes {
                found.append(
                    Finding(
                        .notInSet,
                        "\(node.name) runs as a validator, but its key is not in this epoch's set: `qustream validator show` says why; "
                            + "a new validator votes from the epoch after the next."))
            }
            return found
        }
    }

    private var encryption: [Finding] {
        deadEncryptionNodes.map {
            Finding(.encryptionNode, "The encryption node \($0) does not answer: start it with `qustream node encryption`.")
        }
    }
}
