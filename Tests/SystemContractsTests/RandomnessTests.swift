import ChainTypes
import Cryptography
import Primitives
import SystemContracts
import Testing

/// Numbers to which validators commit: they grow from the consensus key.
@Suite struct RandomnessTests {
    private let v0 = EconomyBench.validator(0)
    private let v1 = EconomyBench.validator(1)
    private let commitment = Keccak256.hash([1])

    private func record(_ bench: EconomyBench) throws -> Randomness.Record {
        try Randomness.record(of: v0, in: bench.settledReader())
    }

    /// Ends an epoch with a block of another proposer.
    private func endEpoch(_ bench: inout EconomyBench) throws {
        let before = bench.epoch.number
        try bench.block(after: bench.spec.parameters.epochMilliseconds, proposer: v1)
        #expect(bench.epoch.number == before + 1)
    }

    /// Nobody who has a new key has the number behind the old one's commitment: its blocks would be invalid for ever.
    @Test func whoHasANewConsensusKeyBeginsItsNumbersAnew() throws {
        var bench = try EconomyBench()
        try bench.block(proposer: v0, commitment: commitment)
        try bench.call(
            Staking.self, from: v0, "rotateKeys(bytes,bytes,string,bytes,bytes)",
            [
                .bytes(EconomyBench.key("new")), .bytes(EconomyBench.key("node 0")), .text(""),
                .bytes(try EconomyBench.proof("new", v0)), .bytes(try EconomyBench.proof("node 0", v0)),
            ])
        func hasNewKey() -> Bool {
            bench.epoch.validators.validators.contains { $0.address == v0 && $0.consensusKey == EconomyBench.key("new") }
        }
        for _ in 0..<2 {
            // The old key has its turns until then.
            #expect(!hasNewKey())
            #expect(try record(bench).commitment == commitment)
            try endEpoch(&bench)
        }
        #expect(hasNewKey())
        #expect(try record(bench).accepts(reveal: .zero))
        // The counts go on, so that no number comes twice.
        #expect(try record(bench).count == 1)
    }

    @Test func whoKeepsItsKeyKeepsItsCommitment() throws {
        var bench = try EconomyBench()
        try bench.block(proposer: v0, commitment: commitment)
        for _ in 0..<3 { try endEpoch(&bench) }
        #expect(try record(bench).commitment == commitment)
    }
}
