import ChainTypes
import Cryptography
import Primitives
import WorldState

// Encryption nodes that are challenged to show that they are there, and that they have what they took. The node answers through
// the blocks' proposers, so it needs no account; its silence is what proves that it is away.
extension Slashing {
    public static let challenged = ABI.topic("Challenge(uint256,address,address,bytes32,uint256,uint256)")
    static let challengeAnswered = ABI.topic("ChallengeAnswered(uint256,address)")
    static let challengeFailed = ABI.topic("ChallengeFailed(uint256,address)")
    static let challengeDropped = ABI.topic("ChallengeDropped(uint256,address)")
    /// A block judges at most this many whose time is over, and passes so many that are answered.
    private static let (judgedPerBlock, passedPerBlock) = (16, 64)

    /// Asks a node to show that it is there.
    /// - Returns: the number of the challenge.
    static func challengePresence(of node: Address, by challenger: Address, wei: UInt256, _ state: inout some ContractState) throws(NativeFailure) -> UInt64 {
        try open(node, by: challenger, wei: wei, chunk: 0, &state)
    }

    /// Asks a node for a chunk of what it gave the caller a receipt for.
    /// - Parameter signer: the key that has signed the receipt.
    static func audit(
        _ node: Address, _ signer: [UInt8], _ receipt: KeyReceipt, chunk: UInt64, by challenger: Address, wei: UInt256,
        _ state: inout some ContractState
    ) throws(NativeFailure) -> UInt64 {
        try requireRegistered(node, &state)
        let key = receipt.keyID.hash
        guard try keyField(.owner, key, &state) == challenger.word else { throw .revert("the key is not the caller's") }
        guard try keyField(.removedAt, key, &state).isZero else { throw .revert("the key has been given up") }
        guard try !isOfAnEarlierStay(of: node, key, &state) else {
            throw .revert("the node was not registered when the key was requested")
        }
        guard try Staking.nodeKeyCounts(signer, of: node, requestedAt: keyField(.requestedAt, key, &state), &state) else {
            throw .revert("the receipt's key was not the node's when the key was requested")
        }
        guard chunk < receipt.chunkCount else { throw .revert("the node has no such chunk") }
        let id = try open(node, by: challenger, wei: wei, key: key, chunk: chunk, &state)
        try challenge(id).set(.key, key.number, &state)
        try challenge(id).set(.root, receipt.root.number, &state)
        return id
    }

    private static func requireRegistered(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) {
        guard !(try Staking.node(node).get(.status, &state).isZero) else { throw .revert("the node is not registered") }
    }

    /// Who has left with its stake has deleted what it held, and comes back as a newcomer.
    private static func isOfAnEarlierStay(of node: Address, _ key: Hash, _ state: inout some ContractState) throws(NativeFailure) -> Bool {
        try keyField(.requestedAt, key, &state) < Staking.node(node).get(.registeredAt, &state)
    }

    private static func keyField(_ field: KeyRegistry.Field, _ key: Hash, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        try state.load(KeyRegistry.slot(of: field, key: key), of: KeyRegistry.address)
    }

    private static func open(
        _ node: Address, by challenger: Address, wei: UInt256, key: Hash = .zero, chunk: UInt64, _ state: inout some ContractState
    ) throws(NativeFailure) -> UInt64 {
        guard try wei == Parameters.get(.challengeDeposit, &state) else { throw .revert("the payment is not the deposit of a challenge") }
        try requireRegistered(node, &state)
        guard !(try Staking.node(node).flag(.isJailed, &state)) else { throw .revert("the node is suspended already") }
        let all = try challenges(&state)
        let (id, deadline) = (all.upperBound, state.seconds.later(by: try Parameters.seconds(.challengeMilliseconds, &state)))
        guard id < .max else { throw .revert("there are too many challenges") }
        let newest = try newest(node, &state)
        let terms = ChallengeTerms(status: .open, previous: newest.ofAll, chunk: chunk, deadline: deadline)
        try challenge(id).set(.node, node.word, &state)
        try challenge(id).set(.challenger, challenger.word, &state)
        try challenge(id).set(.deposit, wei, &state)
        try challenge(id).set(.terms, terms.word, &state)
        if newest.open > 0 {
            try setNeighbours(id, newer: 0, older: newest.open, &state)
            try setNeighbours(newest.open, newer: id, older: try neighbours(newest.open, &state).older, &state)
        }
        try setNewest(node, ofAll: id, open: id, &state)
        try set(all.lowerBound..<id &+ 1, &state)
        try state.emit(
            topics: [challenged, Hash(id), node.padded, challenger.padded],
            data: key.bytes + Hash(chunk).bytes + Hash(deadline).bytes, of: address)
        return id
    }

    /// Takes an answer. The deposit goes to the community pool: neither who asks without need nor who answers gains by it.
    static func meet(_ answer: ChallengeAnswer, genesis: Hash, _ state: inout some ContractState) throws(NativeFailure) {
        let terms = try requireOpen(answer.id, &state)
        let record = challenge(answer.id)
        let node = Address(try record.get(.node, &state))
        if try record.get(.key, &state).isZero {
            guard answer.opening == nil else { throw .revert("the challenge asks for no data") }
        } else {
            guard let opening = answer.opening, opening.holds(root: Hash(try record.get(.root, &state)), number: terms.chunk) else {
                throw .revert("the answer has not the chunk that was asked for")
            }
        }
        guard answer.isSigned(by: try Staking.encryptionNode(node, &state).nodeKey, genesis: genesis) else {
            throw .revert("the answer is not signed by the node")
        }
        try close(answer.id, terms, as: .answered, &state)
    }

    /// Those of some answers that a block on a state can take, in order, each challenge once.
    /// - Parameters:
    ///   - seconds: time of the block.
    ///   - height: its number.
    public static func answerable(
        _ answers: [ChallengeAnswer], genesis: Hash, seconds: UInt64, height: UInt64, on reader: any StateReader
    ) throws(StateError) -> [ChallengeAnswer] {
        try acceptable(answers, atMost: Envelope.maximumAnswers, seconds: seconds, height: height, on: reader) {
            (answer, hook) throws(NativeFailure) in
            try meet(answer, genesis: genesis, &hook)
        }
    }

    /// Ends a block: who has not answered in time was away.
    static func judgeChallenges(_ hook: inout HookState) throws(NativeFailure) {
        var (all, judged, passed) = (try challenges(&hook), 0, 0)
        let before = all.lowerBound
        while let id = all.first, judged < judgedPerBlock, passed < passedPerBlock, let terms = try terms(id, &hook) {
            if terms.status == .open {
                guard terms.deadline <= hook.seconds else { break }
                try judgeOrDrop(id, terms, &hook)
                judged &+= 1
            } else {
                passed &+= 1
            }
            all = id &+ 1..<all.upperBound
        }
        if all.lowerBound != before { try set(all, &hook) }
    }

    /// A challenge that cannot be judged is dropped.
    private static func judgeOrDrop(_ id: UInt64, _ terms: ChallengeTerms, _ hook: inout HookState) throws(NativeFailure) {
        let verdict: Void? = try hook.attempt(.challenge) { (hook) throws(NativeFailure) in try judge(id, terms, &hook) }
        guard verdict == nil else { return }
        try hook.attempt(.challenge) { (hook) throws(NativeFailure) in try close(id, terms, as: .dropped, refund: true, &hook) }
    }

    private static func judge(_ id: UInt64, _ terms: ChallengeTerms, _ hook: inout HookState) throws(NativeFailure) {
        let record = challenge(id)
        let (node, key) = (Address(try record.get(.node, &hook)), try record.get(.key, &hook))
        let (isJailed, hasLeft) = (
            try Staking.node(node).flag(.isJailed, &hook), try Staking.node(node).get(.status, &hook).isZero
        )
        // One silence is punished once, and who has left has nothing to lose, though it may have come back in time.
        let isOfEarlier = key.isZero ? false : try isOfAnEarlierStay(of: node, Hash(key), &hook)
        if isJailed || hasLeft || isOfEarlier { return try close(id, terms, as: .dropped, refund: true, &hook) }
        // Nodes delete a key that its owner has given up.
        if !key.isZero, !(try keyField(.removedAt, Hash(key), &hook)).isZero { return try close(id, terms, as: .dropped, &hook) }
        try punishAbsence(of: node, &hook)
        try close(id, terms, as: .failed, refund: true, &hook)
    }

    /// Takes stake, suspends, and takes the part of the period's rewards that the node has shown to have been away for.
    private static func punishAbsence(of node: Address, _ hook: inout HookState) throws(NativeFailure) {
        let (time, period) = (
            try Parameters.get(.challengeMilliseconds, &hook), try Parameters.get(.rewardPeriodMilliseconds, &hook)
        )
        try Distribution.reportDowntime(node, fraction: min(QST.one, try QST.one.scaled(time, over: period)), &hook)
        try Staking.slashNode(node, fraction: try Parameters.get(.unavailabilitySlash, &hook), &hook)
        let pause = try Parameters.seconds(.jailMilliseconds, &hook)
        try Staking.jailNode(node, until: hook.seconds.later(by: pause), forGood: false, &hook)
    }

    private static func close(
        _ id: UInt64, _ terms: ChallengeTerms, as status: ChallengeStatus, refund: Bool = false, _ state: inout some ContractState
    ) throws(NativeFailure) {
        var terms = terms
        terms.status = status
        let record = challenge(id)
        let wei = try record.get(.deposit, &state)
        let node = Address(try record.get(.node, &state))
        try record.set(.terms, terms.word, &state)
        try record.set(.deposit, .zero, &state)
        try unlink(id, of: node, &state)
        let event = switch status {
        case .answered: challengeAnswered
        case .failed: challengeFailed
        default: challengeDropped
        }
        try state.emit(topics: [event, Hash(id), node.padded], data: [], of: address)
        if refund {
            try state.pay(wei, to: Address(try record.get(.challenger, &state)), from: address)
        } else {
            try Distribution.receiveForCommunity(wei, from: address, &state)
        }
    }

    /// Takes a challenge out of the list of those that its node has not answered. A node answers the newest first: however many
    /// it has answered, and in whatever order, they must not stand before one whose silence is punished.
    private static func unlink(_ id: UInt64, of node: Address, _ state: inout some ContractState) throws(NativeFailure) {
        let (newer, older) = try neighbours(id, &state)
        if older > 0 { try setNeighbours(older, newer: newer, older: try neighbours(older, &state).older, &state) }
        if newer > 0 {
            try setNeighbours(newer, newer: try neighbours(newer, &state).newer, older: older, &state)
        } else {
            try setNewest(node, ofAll: try newest(node, &state).ofAll, open: older, &state)
        }
        try setNeighbours(id, newer: 0, older: 0, &state)
    }
}
