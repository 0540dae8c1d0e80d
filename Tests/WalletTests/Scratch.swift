import Cryptography
import Entropy
import Foundation
import Primitives
import Signer
import Wallet

/// A directory that goes away with the test.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "wallet-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func directory(_ name: String) -> String { path + "/" + name }

    /// All files below the directory with this extension.
    func files(_ suffix: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path).filter { $0.hasSuffix(suffix) }.sorted().map { path + "/" + $0 }
    }
}

enum Fixture {
    static let entropy = Result { try EntropyPool([KernelSource()]) }

    /// The phrase of the devnet: zeros.
    static func phrase(_ byte: UInt8 = 0) throws -> RecoveryPhrase { try RecoveryPhrase(entropy: [UInt8](repeating: byte, count: 32)) }

    /// A devnet wallet, whose keystore is quick.
    static func wallet(_ directory: String) throws -> UnlockedWallet {
        try Wallet.create(directory: directory, password: .empty, entropy: entropy.get(), allowsEmptyPassword: true)
    }

    static func keyChain(_ index: UInt64 = 0, suite: SignatureSuite = .mldsa65) throws -> KeyChain {
        KeyChain(seed: try AccountSeed(phrase: phrase(), account: index), suite: suite)
    }

    static let recipient = Address(low: 0xbeef)
}
