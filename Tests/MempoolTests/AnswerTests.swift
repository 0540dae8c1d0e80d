import ChainTypes
import Cryptography
import Primitives
import Replica
import SystemContracts
import Testing

/// Answers of encryption nodes, which a validator keeps until a block has them.
@Suite struct AnswerTests {
    private static func key(_ name: String) throws -> MLDSAPrivateKey {
        try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash(Array(name.utf8)).bytes)
    }

    private func answer(_ id: UInt64, _ key: MLDSAPrivateKey, _ genesis: Hash) throws -> ChallengeAnswer {
        var answer = ChallengeAnswer(id: id, opening: nil)
        answer.signature = try key.sign(answer.message(genesis: genesis), context: ChallengeAnswer.signingContext)
        return answer
    }

    private func kept(_ lone: LoneReplica) -> Int { lone.replica.loads.first { $0.name == "answers" }?.count ?? -1 }

    /// Nobody can put them into a block any more, and their challenges stay open for a day: they would keep out all others.
    @Test func answersThatANewKeyHasMadeVoidLeaveTheirPlaces() throws {
        let (old, new, node) = (try Self.key("old"), try Self.key("new"), Payer(number: 1))
        let address = try node.address
        var lone = try LoneReplica(
            payers: 2,
            genesis: { spec in
                spec.encryptionNodes = [
                    EncryptionNode(
                        address: address, nodeClass: .community, nodeKey: old.publicKey, endpoint: "", capacityGiB: 1, moniker: "n")
                ]
                for index in spec.allocations.indices { spec.allocations[index].balance = QST.one * 100_000 }
            })
        let genesis = lone.replica.genesis
        for nonce in 0..<40 as Range<UInt64> {
            try lone.submit(
                Payer(number: 0).transfer(nonce: nonce, genesis: genesis) { body in
                    body.to = Slashing.address
                    body.value = QST.one * 100
                    body.data = ABI.call("challengeNode(address)", values: [.address(address)])
                    body.gasLimit = 400_000
                })
        }
        func areOpen(_ lone: LoneReplica) -> Bool { (try? Slashing.isOpen(40, on: lone.replica.headState)) == true }
        try lone.wait(30_000) { areOpen($0) }
        #expect(areOpen(lone))
        let proof = try new.sign(
            KeyPossession.message(genesis: genesis, operator: address, key: new.publicKey), context: KeyPossession.signingContext)
        try lone.submit(
            node.transfer(genesis: genesis) { body in
                body.to = Staking.address
                body.value = .zero
                body.data = ABI.call(
                    "updateEncryptionNode(uint64,bytes,string,string,bytes)",
                    values: [.number(1), .bytes(new.publicKey), .text(""), .text("n"), .bytes(proof)])
                body.gasLimit = 4_000_000
            })
        for id in 1...40 as ClosedRange<UInt64> {
            try lone.handle(.message(.challengeAnswer(answer(id, old, genesis)), from: lone.name(0)))
        }
        #expect(kept(lone) > 30)
        let before = lone.final.count
        try lone.wait(30_000) { $0.final.count >= before + 2 }
        #expect(lone.final.dropFirst(before).contains { !$0.transactions.isEmpty })
        #expect(areOpen(lone))
        #expect(kept(lone) == 0)
    }
}
