import ChainTypes
import Consensus
import Cryptography
import LightClient
import Primitives
import Signer
import Trie
import WorldState

extension Decoder {
    /// What nodes send each other, and what a node's database and logs hold.
    static func chain(_ corpus: Corpus) throws -> [Decoder] {
        let votes = VoteKind.allCases.map { corpus.vote($0) }
        let evidence = Evidence(corpus.vote(.nullify), corpus.vote(.finalize)).map { [$0] } ?? []
        let proof = FinalityProof(headers: try corpus.sealed, certificate: corpus.certificate)
        return [
            items(try corpus.messages.map(\.rlp) + [[0x80], [0xc0], corpus.spec.rlp]),
            canonical("transaction, block form", corpus.transactions.map(\.transaction.blockForm)) {
                try Transaction(blockForm: $0).blockForm
            },
            canonical("transaction, network form", corpus.transactions.map(\.networkForm)) {
                try SignedTransaction(networkForm: $0).networkForm
            },
            rlp("witness", corpus.transactions.map(\.witness)), rlp("header", try corpus.sealed.map(\.header)),
            rlp("envelope", try corpus.sealed.map(\.envelope) + [corpus.fullEnvelope]), rlp("sealed header", try corpus.sealed), rlp("block", [corpus.block]),
            rlp("ballot", votes.map(\.ballot)), rlp("vote", votes), rlp("certificate", [corpus.certificate]), rlp("evidence", evidence),
            rlp("challenge answer", [corpus.challengeAnswer]), rlp("open challenges", [try corpus.openChallenges]),
            rlp("proposal", [corpus.proposal]), rlp("peer status", [corpus.status]), rlp("finality proof", [proof]),
            rlp("wire message", try corpus.messages), rlp("receipt", corpus.receipts), rlp("log", corpus.receipts[0].logs),
            rlp("chain spec", [corpus.spec]), rlp("validator set", [corpus.spec.validators]), rlp("encryption node", corpus.nodes),
            rlp("account", [Account(nonce: 1, balance: 2)]),
            rlp("proven account", [ProvenAccount(nonce: 1, balance: 2, storageRoot: .zero, codeHash: corpus.hash)]),
            rlp("consensus log", [
                WALRecord.vote(corpus.vote(.notarize)), .certificate(corpus.certificate), .proposal(corpus.proposal),
            ]),
            rlp("slashing guard", [
                SlashingGuard.Record.owner(genesis: corpus.hash, key: .zero), .ballot(corpus.ballot(.nullify)), .floor(epoch: 1, view: 2),
            ]),
            rlp("state proof", [try corpus.stateProof]), try provenValues(corpus), trieNode(try corpus.stateProof),
            rlp("epoch change", [try corpus.epochChange]),
            rlp("checkpoint", [corpus.checkpoint]),
            lightClient(corpus, proof),
        ]
    }

    /// Any item at all, taken apart and put together again.
    private static func items(_ corpus: [[UInt8]]) -> Decoder {
        @Sendable func copy(_ reader: inout RLPReader, to writer: inout RLPWriter, depth: Int) throws(RLPError) {
            guard reader.nextIsList else { return writer.append(try reader.readBytes()) }
            guard depth < 100 else { throw .invalidValue }
            var inner = try reader.readList()
            var copied = RLPWriter()
            while !inner.isAtEnd { try copy(&inner, to: &copied, depth: depth + 1) }
            let bytes = copied.bytes
            writer.list { $0.append(encoded: bytes) }
        }
        return canonical("RLP", corpus) { input in
            var (reader, writer) = (RLPReader(input), RLPWriter())
            try copy(&reader, to: &writer, depth: 0)
            try reader.finish()
            return writer.bytes
        }
    }

    /// A changed proof must show the same as the true one, or nothing.
    private static func provenValues(_ corpus: Corpus) throws -> Decoder {
        let (proof, root) = (try corpus.stateProof, corpus.chain.head.header.stateRoot)
        let truth = try proof.verify(stateRoot: root)
        return total("state proof, verified", [proof.rlp]) { input in
            let proof = try StateProof(rlp: input)
            let account = try proof.account(stateRoot: root)
            for (slot, value) in try proof.verify(stateRoot: root) where account != nil {
                guard truth[slot] ?? .zero == value else { throw Broken(description: "false proof of \(slot): \(Hex.encode(input))") }
            }
            return true
        }
    }

    private struct OneNode: TrieNodeReader {
        let hash: Hash
        let bytes: [UInt8]

        func node(_ hash: Hash) throws(TrieError) -> [UInt8]? { hash == self.hash ? bytes : nil }
    }

    /// A node under its own hash: read, proven, walked and changed.
    private static func trieNode(_ proof: StateProof) -> Decoder {
        let nodes = proof.accountNodes + proof.slots.flatMap(\.nodes)
        return total("trie node", nodes) { input in
            let reader = OneNode(hash: Keccak256.hash(input), bytes: input)
            let trie = MerklePatriciaTrie(root: reader.hash)
            let key = Keccak256.hash(proof.address.bytes).bytes
            _ = try? trie.entries(limit: 100, from: reader)
            _ = try? trie.entries(startingAt: key, limit: 100, reverse: true, from: reader)
            _ = try? trie.get(key, from: reader)
            _ = try? trie.updating([(key: key, value: [1]), (key: [], value: [2]), (key: [7], value: nil)], from: reader)
            _ = try? TrieProof.verify(root: reader.hash, key: key, proof: [input])
            return true
        }
    }

    /// A proof that nobody signed must not pass, whatever it says.
    private static func lightClient(_ corpus: Corpus, _ proof: FinalityProof) -> Decoder {
        let client = LightClient(genesis: corpus.chain.genesis, validators: corpus.spec.validators)
        return total("finality proof, verified", [proof.rlp]) { input in
            let proof = try FinalityProof(rlp: input)
            guard (try? client.verify(proof)) == nil else { throw Broken(description: "forged finality: \(Hex.encode(input))") }
            return true
        }
    }
}
