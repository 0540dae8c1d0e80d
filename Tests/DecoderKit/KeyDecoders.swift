import Cryptography
import KeyService
import Primitives
import StoreAPI
import Vault
import VaultTestKit

extension Decoder {
    /// What clients and encryption nodes send each other, and what a vault is made of.
    static func keys(_ corpus: Corpus) throws -> [Decoder] {
        let header = SegmentHeader(
            keyID: KeyID(corpus.hash), record: corpus.hash, field: 1, policy: .zero, epoch: 2, message: 3, salt: .zero)
        let material = [UInt8](repeating: 1, count: KeyMaterial.byteCount)
        return [
            rlp("key request", try corpus.requests), rlp("key answer", corpus.answers), rlp("open request", [try corpus.openRequest]),
            rlp("dealt share", [corpus.share]), rlp("signed receipt", [corpus.signedReceipt]),
            rlp("vault receipt", corpus.nodes.map { VaultReceipt(node: $0, signed: corpus.signedReceipt) }), rlp("contribution", [corpus.contribution]),
            rlp("holdings", [Holdings(epoch: 3, hasManifest: false, isSealed: true)]),
            rlp("vault label", [VaultLabel(binding: .root(corpus.record), client: corpus.record, contributors: [corpus.record])]),
            rlp("vault manifest", [try manifest(corpus, material)]), try sealedManifest(corpus), rlp("segment header", [header]),
            try service(corpus),
        ]
    }

    /// Written by hand, as version 2 of the format is inside its envelopes.
    private static func manifest(_ corpus: Corpus, _ material: [UInt8]) throws -> VaultManifest {
        guard let key = KeyMaterial(material) else { throw Broken(description: "key material has another length") }
        var writer = RLPWriter()
        writer.list {
            $0.append(Array("file.txt".utf8))
            $0.append(12_345)
            $0.append(VaultLabel(binding: .recoverable, client: corpus.record, contributors: []))
            $0.append(1)
            $0.append(AttemptSalt.zero)
            $0.append(KeyMaterialCommitment(to: key, id: KeyID(corpus.hash)))
            $0.list { list in for _ in 0..<2 { list.append([UInt8](repeating: 4, count: ShareAuthenticator.keyByteCount)) } }
            $0.list { list in for _ in 0..<3 { list.append(corpus.hash.bytes + Hash.zero.bytes) } }
        }
        return try VaultManifest(rlp: writer.bytes)
    }

    /// Noise is never a manifest.
    private static func sealedManifest(_ corpus: Corpus) throws -> Decoder {
        let keys = try VaultKeys(
            owner: .zero, deviceSeed: corpus.hash.bytes, manifestSecret: [UInt8](repeating: 5, count: 32), root: nil)
        return total("vault manifest, sealed", [[UInt8](repeating: 7, count: 200)]) { input in
            guard (try? VaultManifest(sealed: input, KeyID(corpus.hash), keys: keys)) == nil else {
                throw Broken(description: "a forged manifest")
            }
            return true
        }
    }

    /// A whole encryption node under requests that are nearly right.
    private static func service(_ corpus: Corpus) throws -> Decoder {
        let configuration = KeyService.Configuration(spec: corpus.spec, genesis: corpus.chain.genesis, nodeKey: corpus.key, capacityGiB: 10)
        let fresh = try KeyService(configuration, store: MemoryStore())
        let now = corpus.chain.now
        return total("encryption node's service", try corpus.requests.map(\.rlp)) { input in
            var service = fresh
            guard case .answer(let answer) = service.handle(input, from: [1], now: now).reply else { return true }
            _ = try KeyAnswer(rlp: answer)
            return true
        }
    }
}
