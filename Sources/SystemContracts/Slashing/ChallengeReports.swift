import ChainTypes
import Primitives
import WorldState

// Reading challenges.
extension Slashing {
    /// nil where there is no such challenge.
    static func report(ofChallenge id: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> ChallengeReport? {
        guard let terms = try terms(id, &state) else { return nil }
        let record = challenge(id)
        return ChallengeReport(
            id: id, status: terms.status, node: Address(try record.get(.node, &state)),
            challenger: Address(try record.get(.challenger, &state)), deposit: try record.get(.deposit, &state),
            key: Hash(try record.get(.key, &state)), chunk: terms.chunk, deadline: terms.deadline)
    }

    /// Numbers of a node's challenges, newest first.
    /// - Parameter first: the number of that with which the walk begins.
    static func challenges(
        from first: UInt64, atMost maximum: Int, _ state: inout some ContractState
    ) throws(NativeFailure) -> [UInt64] {
        var (found, next): ([UInt64], UInt64) = ([], first)
        while found.count < maximum, let terms = try terms(next, &state) {
            found.append(next)
            next = terms.previous
        }
        return found
    }

    /// The same of those that are open.
    private static func openChallenges(
        from first: UInt64, atMost maximum: Int, _ state: inout some ContractState
    ) throws(NativeFailure) -> [UInt64] {
        var (found, next): ([UInt64], UInt64) = ([], first)
        while found.count < maximum, next > 0 {
            found.append(next)
            next = try neighbours(next, &state).older
        }
        return found
    }

    /// Numbers of the challenges that wait for the node with a key, newest first.
    /// - Parameter keyHash: Keccak-256 of the node key.
    public static func openChallenges(ofNodeKey keyHash: Hash, on reader: any StateReader) throws(StateError) -> [UInt64] {
        var state = WorldState(reader: reader)
        return try HookState.run(seconds: 0, height: 0, in: &state) { (hook) throws(NativeFailure) in
            // Where nothing is open this is one slot: nodes ask all the time.
            guard try !challenges(&hook).isEmpty, let node = try Staking.keyOwner(hash: keyHash, &hook) else { return [] }
            return try openChallenges(from: try newest(node, &hook).open, atMost: OpenChallenges.maximumCount, &hook)
        }
    }

    /// Whether a challenge waits for its answer.
    public static func isOpen(_ id: UInt64, on reader: any StateReader) throws(StateError) -> Bool {
        ChallengeTerms(word: try reader.storage(address, challenge(id).slot(.terms)))?.status == .open
    }
}

extension EconomyView {
    static let maximumChallenges = 100

    /// The newest challenges, newest first: of one node, or of all.
    public mutating func challenges(of node: Address?) throws(StateError) -> [ChallengeReport] {
        try HookState.reading { () throws(NativeFailure) in
            let ids: [UInt64]
            if let node {
                ids = try Slashing.challenges(from: try Slashing.newest(node, &hook).ofAll, atMost: Self.maximumChallenges, &hook)
            } else {
                let next = try Slashing.challenges(&hook).upperBound
                ids = (1..<next).reversed().prefix(Self.maximumChallenges).map { $0 }
            }
            var reports: [ChallengeReport] = []
            for id in ids { if let report = try Slashing.report(ofChallenge: id, &hook) { reports.append(report) } }
            return reports
        }
    }
}
