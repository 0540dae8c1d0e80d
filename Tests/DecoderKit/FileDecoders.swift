import ChainTypes
import Cryptography
import Foundation
import Primitives
import Signer
import Wallet

extension Decoder {
    /// Files that a crash, another program or another version may have changed, opened from a scratch folder.
    static func files(_ corpus: Corpus, in folder: String) throws -> [Decoder] {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return [
            try recordLog(folder), try votes(corpus, folder), try journal(corpus, folder), try keystore(folder), try nodeKeys(folder),
        ]
    }

    /// Writes the input to a file of its own that only its owner may read, and opens it.
    private static func file(
        _ name: String, _ folder: String, _ corpus: [[UInt8]], open: @escaping @Sendable (String) throws -> Bool
    ) -> Decoder {
        let path = folder + "/" + name
        return total("file: " + name, corpus) { input in
            try Data(input).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            return try open(path)
        }
    }

    private static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    private static func recordLog(_ folder: String) throws -> Decoder {
        let seed = folder + "/seed-log"
        do {
            var (log, _) = try RecordLog.open(seed)
            for record in [[1, 2, 3], [], [UInt8](repeating: 7, count: 300)] as [[UInt8]] { try log.append(record) }
        }
        return file("record log", folder, [try bytes(seed)]) { path in
            let records = try RecordLog.open(path).records
            // What was read is what is there from now on.
            guard try RecordLog.open(path).records == records else { throw Broken(description: "a record log changes on opening") }
            return true
        }
    }

    private static func votes(_ corpus: Corpus, _ folder: String) throws -> Decoder {
        let seed = folder + "/seed-votes"
        let key = try MLDSAPrivateKey(suite: .mldsa65, seed: [UInt8](repeating: 1, count: 32))
        let genesis = corpus.hash
        do {
            let signer = try ConsensusSigner(key: key, genesis: genesis, path: seed)
            for kind in [.notarize, .finalize] as [VoteKind] { _ = try signer.sign(corpus.ballot(kind), as: 0) }
        }
        return file("votes", folder, [try bytes(seed)]) { path in
            _ = try ConsensusSigner(key: key, genesis: genesis, path: path)
            return true
        }
    }

    private static func journal(_ corpus: Corpus, _ folder: String) throws -> Decoder {
        let seed = folder + "/seed-journal"
        do {
            var journal = try Journal.open(seed)
            for transaction in corpus.transactions.prefix(1) {
                try journal.record(transaction)
                try journal.settle(transaction.hash, .dropped(.refused("full")))
            }
        }
        return file("journal", folder, [try bytes(seed)]) { path in
            _ = try Journal.open(path)
            return true
        }
    }

    private static func keystore(_ folder: String) throws -> Decoder {
        let seed = Keystore(path: folder + "/seed-keystore", purpose: "wallet")
        let random = [UInt8](repeating: 3, count: Keystore.randomBytes)
        try seed.seal([1, 2, 3], password: Password(""), random: random, allowsEmptyPassword: true)
        return file("keystore", folder, [try bytes(seed.path)]) { path in
            // Opening costs scrypt; what it decodes before is the same.
            try Keystore(path: path, purpose: "wallet").isDevnetOnly
        }
    }

    private static func nodeKeys(_ folder: String) throws -> Decoder {
        let seed = folder + "/seed-keys"
        _ = try NodeKeyFile.create(
            at: seed, nodeKeySeed: [UInt8](repeating: 1, count: 32), consensusKeySeed: [UInt8](repeating: 2, count: 32))
        return file("node keys", folder, [try bytes(seed)]) { path in
            _ = try NodeKeyFile.load(path)
            return true
        }
    }
}
