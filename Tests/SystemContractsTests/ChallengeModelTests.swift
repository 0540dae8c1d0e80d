import ChainTypes
import Cryptography
import Primitives
import SystemContracts
import TestKit
import Testing
import WorldState

/// Challenges once more, by plain lists: who is asked what, in which order it is judged, and what a node hears of it.
private struct Model {
    struct Challenge {
        let id: UInt64
        let node: Int
        let deadline: UInt64
        var status = ChallengeStatus.open
    }

    enum Stay { case registered, leaving(until: UInt64), gone }

    var challenges: [Challenge] = []
    var stays: [Stay]
    var jailed: Set<Int> = []
    /// Place of the first that a block looks at.
    var first = 0

    init(nodes: Int) { stays = Array(repeating: .registered, count: nodes) }

    var open: [Int] { challenges.indices.filter { challenges[$0].status == .open } }

    func heard(by node: Int) -> [UInt64] {
        Array(challenges.filter { $0.node == node && $0.status == .open }.map(\.id).reversed().prefix(OpenChallenges.maximumCount))
    }

    mutating func endBlock(seconds: UInt64) {
        var (judged, passed) = (0, 0)
        while first < challenges.count, judged < 16, passed < 64 {
            let challenge = challenges[first]
            if challenge.status == .open {
                guard challenge.deadline <= seconds else { return }
                let isGone = if case .gone = stays[challenge.node] { true } else { false }
                challenges[first].status = isGone || jailed.contains(challenge.node) ? .dropped : .failed
                if !isGone { jailed.insert(challenge.node) }
                judged += 1
            } else {
                passed += 1
            }
            first += 1
        }
    }
}

@Suite struct ChallengeModelTests {
    private static let nodes = 3
    private let alice = EconomyBench.account(0)
    private let deposit = QST.one * 100

    @Test(arguments: Array(1...6) as [UInt64]) func randomQuestionsFollowTheModel(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var bench = try EconomyBench(nodes: Self.nodes) {
            $0.parameters[.challengeMilliseconds] = 20_000
            $0.parameters[.unbondingMilliseconds] = 15_000
            $0.parameters[.jailMilliseconds] = 1000
        }
        var model = Model(nodes: Self.nodes)
        var keys = (0..<Self.nodes).map { "encryption \($0)" }
        var seen: Set<UInt64> = []
        for step in 0..<400 {
            let node = Int.random(in: 0..<Self.nodes, using: &random)
            switch Int.random(in: 0..<40, using: &random) {
            case 0..<18: try ask(node, &bench, &model)
            case 18..<29: if let place = model.open.randomElement(using: &random) { try answer(place, keys, &bench, &model) }
            case 29: try leave(node, &bench, &model)
            case 30..<32: try complete(node, &bench, &model)
            case 32..<34: try comeBack(node, &keys, step: step, &bench, &model)
            case 34..<36: try unjail(node, &bench, &model)
            default:
                try bench.block(after: UInt64.random(in: 1...8, using: &random) * 1000)
                model.endBlock(seconds: bench.time / 1000)
            }
            guard step % 8 == 0 else { continue }
            try compare(&bench, model, keys, "seed \(seed), step \(step)")
            seen.formUnion(model.challenges.map(\.status.rawValue))
        }
        #expect(seen.count == 4, "seed \(seed): not everything has happened: \(seen.sorted())")
        #expect(try bench.faults() == [], "seed \(seed)")
    }

    private func compare(_ bench: inout EconomyBench, _ model: Model, _ keys: [String], _ place: Comment) throws {
        for node in 0..<Self.nodes {
            let hash = Keccak256.hash(EconomyBench.key(keys[node]))
            #expect(try Slashing.openChallenges(ofNodeKey: hash, on: bench.settledReader()) == model.heard(by: node), place)
        }
        for challenge in model.challenges {
            let status = try bench.call(Slashing.self, from: alice, "challenge(uint256)", [.number(challenge.id)])[6].limb0
            #expect(ChallengeStatus(rawValue: status) == challenge.status, place)
        }
        let held = try bench.balance(Slashing.address)
        #expect(held == deposit * UInt256(UInt64(model.open.count)), place)
    }

    private func ask(_ node: Int, _ bench: inout EconomyBench, _ model: inout Model) throws {
        let refused = refusal {
            let id = try bench.call(
                Slashing.self, from: alice, value: deposit, "challengeNode(address)", [.address(EconomyBench.node(node))])[0].limb0
            model.challenges.append(Model.Challenge(id: id, node: node, deadline: bench.time / 1000 + 20))
        }
        let isGone = if case .gone = model.stays[node] { true } else { false }
        #expect((refused != nil) == (isGone || model.jailed.contains(node)))
    }

    private func answer(_ place: Int, _ keys: [String], _ bench: inout EconomyBench, _ model: inout Model) throws {
        let challenge = model.challenges[place]
        var answer = ChallengeAnswer(id: challenge.id, opening: nil)
        answer.signature = try EconomyBench.privateKey(keys[challenge.node]).sign(
            answer.message(genesis: .zero), context: ChallengeAnswer.signingContext)
        try bench.call(Slashing.self, from: alice, "answerChallenge(bytes)", [.bytes(answer.rlp)])
        model.challenges[place].status = .answered
    }

    private func leave(_ node: Int, _ bench: inout EconomyBench, _ model: inout Model) throws {
        guard case .registered = model.stays[node] else { return }
        try bench.call(Staking.self, from: EconomyBench.node(node), "exitEncryptionNode()")
        model.stays[node] = .leaving(until: bench.time / 1000 + 15)
    }

    private func complete(_ node: Int, _ bench: inout EconomyBench, _ model: inout Model) throws {
        guard case .leaving(let end) = model.stays[node], end <= bench.time / 1000 else { return }
        try bench.call(Staking.self, from: alice, "completeExit(address)", [.address(EconomyBench.node(node))])
        model.stays[node] = .gone
    }

    /// With a new key. Whoever was suspended still is.
    private func comeBack(_ node: Int, _ keys: inout [String], step: Int, _ bench: inout EconomyBench, _ model: inout Model) throws {
        guard case .gone = model.stays[node] else { return }
        let (address, key) = (EconomyBench.node(node), "encryption \(node) at \(step)")
        try bench.call(
            Staking.self, from: address, value: EconomyBench.stake * UInt256(2), "registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)",
            [.number(1), .number(10), .bytes(EconomyBench.key(key)), .text(""), .text("n"), .bytes(try EconomyBench.proof(key, address))])
        keys[node] = key
        model.stays[node] = .registered
    }

    private func unjail(_ node: Int, _ bench: inout EconomyBench, _ model: inout Model) throws {
        let address = EconomyBench.node(node)
        if case .registered = model.stays[node] {
            try bench.call(Staking.self, from: address, value: EconomyBench.stake, "addEncryptionStake()")
        }
        if refusal({ try bench.call(Staking.self, from: address, "unjailEncryptionNode()") }) == nil { model.jailed.remove(node) }
    }
}
