import Cryptography
import Primitives

/// Everything in the wallet that nobody else may know: the keystore's content.
struct WalletSecrets: Hashable, Sendable, RLPCodable {
    static let maximumPhrases = 64

    /// A 24-word phrase and its passphrase.
    struct Phrase: Hashable, Sendable, RLPCodable {
        var words: RecoveryPhrase
        var passphrase: String

        /// BIP-39's seed; slow.
        func seed() throws(WalletError) -> [UInt8] {
            try wording { () throws(PhraseError) in try words.seed(passphrase: passphrase) }
        }

        init(words: RecoveryPhrase, passphrase: String) { (self.words, self.passphrase) = (words, passphrase) }

        func encode(to writer: inout RLPWriter) {
            writer.list {
                $0.append(words.entropy)
                $0.append(Array(passphrase.utf8))
            }
        }

        init(from reader: inout RLPReader) throws(RLPError) {
            let (entropy, passphrase) = try reader.readList { (list) throws(RLPError) in
                (try list.readBytes(exactly: 32), try list.readBytes(atMost: 1024))
            }
            guard let words = try? RecoveryPhrase(entropy: entropy), let passphrase = String(validating: passphrase, as: UTF8.self) else {
                throw .invalidValue
            }
            (self.words, self.passphrase) = (words, passphrase)
        }
    }

    var phrases: [Phrase] = []
    var root: ClientRoot?
    /// What the root was made from; nil for one that came as a sheet.
    var rootSources: EntropyRecord?

    init() {}

    func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(list: phrases)
            $0.append(root?.bytes ?? [])
            $0.append(list: rootSources.map { [$0] } ?? [])
        }
    }

    init(from reader: inout RLPReader) throws(RLPError) {
        let (phrases, bytes, sources) = try reader.readList { (list) throws(RLPError) in
            (
                try list.readList(of: Phrase.self, maximum: Self.maximumPhrases), try list.readBytes(atMost: ClientRoot.byteCount),
                // Wallets made before records were kept end here.
                list.isAtEnd ? [] : try list.readList(of: EntropyRecord.self, maximum: 1)
            )
        }
        root = ClientRoot(bytes)
        guard bytes.isEmpty || root != nil else { throw .wrongLength }
        self.phrases = phrases
        rootSources = sources.first
    }
}
