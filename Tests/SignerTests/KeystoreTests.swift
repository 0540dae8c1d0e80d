import Foundation
import Signer
import Testing

@Suite struct KeystoreTests {
    let scratch: Scratch
    let keystore: Keystore
    let random = [UInt8](0..<44)
    /// The real cost is only slower.
    let cheap = Keystore.Cost.none

    init() throws {
        scratch = try Scratch()
        keystore = Keystore(path: scratch.file("keys.json"), purpose: "wallet")
    }

    private func seal(_ secret: [UInt8] = [1, 2, 3], _ password: Password = Password("correct horse")) throws {
        try keystore.seal(secret, password: password, random: random, allowsEmptyPassword: password.isEmpty, cost: cheap)
    }

    /// Changes the file's text and sees to it that the change happened.
    private func change(_ old: String, _ new: String) throws {
        let text = String(decoding: try scratch.bytes("keys.json"), as: UTF8.self)
        let changed = text.replacingOccurrences(of: old, with: new)
        #expect(changed != text)
        try scratch.put(Array(changed.utf8), in: "keys.json")
        try scratch.setPermissions(0o600, "keys.json")
    }

    @Test func secretComesBackUnderItsPassword() throws {
        try seal()
        #expect(try keystore.open(password: Password("correct horse")) == [1, 2, 3])
        #expect(try !keystore.isDevnetOnly)
        #expect(try scratch.permissions("keys.json") == 0o600)
    }

    @Test func standardCostWorks() throws {
        try keystore.seal([5], password: Password("p"), random: random)
        #expect(try keystore.open(password: Password("p")) == [5])
    }

    @Test func wrongPasswordIsRefused() throws {
        try seal()
        #expect(throws: SignerError.wrongPassword) { try keystore.open(password: Password("correct horsf")) }
        #expect(throws: SignerError.wrongPassword) { try keystore.open(password: .empty) }
    }

    @Test func emptyPasswordNeedsToBeAllowedAndMarksTheFile() throws {
        #expect(throws: SignerError.emptyPassword) { try keystore.seal([1], password: .empty, random: random) }
        #expect(!keystore.exists)
        try seal([1], .empty)
        #expect(try keystore.isDevnetOnly)
        #expect(try keystore.open(password: .empty) == [1])
    }

    @Test func devnetMarkIsAuthenticated() throws {
        try seal([1], .empty)
        try change("\"devnetOnly\" : true", "\"devnetOnly\" : false")
        #expect(throws: SignerError.wrongPassword) { try keystore.open(password: .empty) }
    }

    @Test func changedCiphertextIsRefused() throws {
        try seal()
        let sealed = try #require(String(decoding: try scratch.bytes("keys.json"), as: UTF8.self).firstMatch(of: /"sealed" : "0x(..)/)?.1)
        try change("\"sealed\" : \"0x\(sealed)", "\"sealed\" : \"0x\(sealed == "00" ? "01" : "00")")
        #expect(throws: SignerError.wrongPassword) { try keystore.open(password: Password("correct horse")) }
    }

    @Test func costBeyondTheBoundIsRefusedBeforeItIsPaid() throws {
        try seal()
        try change("\"rounds\" : 1024", "\"rounds\" : 1073741824")
        #expect(throws: SignerError.malformed(path: keystore.path)) { try keystore.open(password: Password("correct horse")) }
    }

    @Test func newerVersionIsRefusedByName() throws {
        try seal()
        try change("\"version\" : 1", "\"version\" : 2")
        #expect(throws: SignerError.newerVersion(path: keystore.path, version: 2)) { try keystore.open(password: Password("correct horse")) }
    }

    @Test func otherPurposeIsRefused() throws {
        try seal()
        let other = Keystore(path: keystore.path, purpose: "device")
        #expect(throws: SignerError.malformed(path: keystore.path)) { try other.open(password: Password("correct horse")) }
    }

    @Test func fileThatOthersCanReadIsRefused() throws {
        try seal()
        try scratch.setPermissions(0o644, "keys.json")
        #expect(throws: SignerError.tooOpen(path: keystore.path)) { try keystore.open(password: Password("correct horse")) }
    }

    @Test func noiseIsMalformedAndNeverTraps() throws {
        for text in ["", "{}", "[]", "{\"header\":{\"version\":1}}", "{\"header\":{\"version\":\"1\"}}", "\u{0}\u{1}"] {
            try scratch.put(Array(text.utf8), in: "keys.json")
            try scratch.setPermissions(0o600, "keys.json")
            #expect(throws: SignerError.malformed(path: keystore.path)) { try keystore.open(password: .empty) }
        }
    }

    @Test func resealingReplacesTheFileAndLeavesNothingBeside() throws {
        try seal([1])
        try seal([2])
        #expect(try keystore.open(password: Password("correct horse")) == [2])
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["keys.json"])
    }

    @Test func leftoverOfACrashedWriteDoesNotStandInTheWay() throws {
        try scratch.put([1, 2], in: "keys.json.new")
        try seal([3])
        #expect(try keystore.open(password: Password("correct horse")) == [3])
    }

    @Test func nodeKeysComeBackAndAreNotReplaced() throws {
        let path = scratch.file("node.key")
        let (a, b) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
        let made = try NodeKeyFile.create(at: path, nodeKeySeed: a, consensusKeySeed: b)
        let loaded = try NodeKeyFile.load(path)
        #expect(loaded.nodeKeySeed == made.nodeKeySeed)
        #expect(loaded.consensusKey.publicKey == made.consensusKey.publicKey)
        #expect(try scratch.permissions("node.key") == 0o600)
        #expect(throws: SignerError.self) { try NodeKeyFile.create(at: path, nodeKeySeed: a, consensusKeySeed: b) }
        try scratch.setPermissions(0o640, "node.key")
        #expect(throws: SignerError.tooOpen(path: path)) { try NodeKeyFile.load(path) }
        #expect(throws: SignerError.self) { try NodeKeyFile.create(at: path + "2", nodeKeySeed: a, consensusKeySeed: a) }
    }
}
