import Cryptography
import KeyService
import Primitives

/// Why a wallet cannot open a manifest.
package enum ManifestFailure: Error, Hashable, Sendable {
    /// Not what this wallet sealed.
    case foreign
    /// This wallet's, bound to a client root that the wallet lacks.
    case rootMissing
    /// This wallet's, bound to another client root.
    case wrongRoot
}

/// How nodes keep a manifest: `seal([version, binding, contents])` under the phrase's key.
///
/// The contents are the manifest, for a root-bound vault sealed once more under a key that takes the client root as well: whoever
/// has the phrase alone learns that there is such a vault, and neither its name nor anything made from its key.
private struct Envelope: RLPCodable {
    static let version: UInt64 = 2

    var isRootBound: Bool
    var contents: [UInt8]

    init(isRootBound: Bool, contents: [UInt8]) { (self.isRootBound, self.contents) = (isRootBound, contents) }

    func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(Self.version)
            $0.append(isRootBound)
            $0.append(contents)
        }
    }

    init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            guard try list.readUInt64() == Self.version else { throw .invalidValue }
            return Envelope(isRootBound: try list.readBool(), contents: try list.readBytes(atMost: KeyRequest.maximumManifestBytes))
        }
    }
}

extension VaultManifest {
    /// What nodes keep. Draws two fresh salts.
    func sealed(_ keyID: KeyID, keys: VaultKeys, salt: () throws -> AttemptSalt) throws -> [UInt8] {
        var contents = rlp
        if label.isRootBound {
            guard let root = keys.root else { throw VaultError.rootMissing }
            contents = try Seal.contents.seal(contents, keyID, keys.contentsKey(keyID, root), try salt())
        }
        let envelope = Envelope(isRootBound: label.isRootBound, contents: contents)
        return try Seal.envelope.seal(envelope.rlp, keyID, keys.manifestKey(keyID), try salt())
    }

    /// Opens what a node gave.
    package init(sealed bytes: [UInt8], _ keyID: KeyID, keys: VaultKeys) throws(ManifestFailure) {
        guard let plain = Seal.envelope.open(bytes, keyID, keys.manifestKey(keyID)), let envelope = try? Envelope(rlp: plain) else {
            throw .foreign
        }
        var contents = envelope.contents
        if envelope.isRootBound {
            guard let root = keys.root else { throw .rootMissing }
            guard let opened = Seal.contents.open(contents, keyID, keys.contentsKey(keyID, root)) else { throw .wrongRoot }
            contents = opened
        }
        guard let manifest = try? VaultManifest(rlp: contents), manifest.label.isRootBound == envelope.isRootBound else { throw .foreign }
        self = manifest
    }
}

/// Seals short data in segments: `salt ‖ segments`. The raw values are field numbers that no file has.
private enum Seal: UInt64 {
    case envelope = 0x1_0000_0000
    case contents = 0x1_0000_0001

    private func header(_ keyID: KeyID, _ salt: AttemptSalt) -> SegmentHeader {
        SegmentHeader(keyID: keyID, record: keyID.hash, field: rawValue, policy: AccessPolicy.ownerOnly, epoch: 0, message: 0, salt: salt)
    }

    /// The salt must be fresh.
    func seal(_ plain: [UInt8], _ keyID: KeyID, _ key: KeyMaterial, _ salt: AttemptSalt) throws(SegmentError) -> [UInt8] {
        var sealer = SegmentSealer(header: header(keyID, salt), keyMaterial: key)
        let full = CipherSuite.current.segmentByteCount
        var bytes = salt.bytes
        for start in stride(from: 0, to: plain.count, by: full) {
            let end = min(start + full, plain.count)
            bytes += try sealer.seal(Array(plain[start..<end]), isLast: end == plain.count)
        }
        return bytes
    }

    /// nil for what was not sealed under this key, or not whole.
    func open(_ bytes: [UInt8], _ keyID: KeyID, _ key: KeyMaterial) -> [UInt8]? {
        guard let salt = AttemptSalt(bytes.prefix(AttemptSalt.byteCount)) else { return nil }
        var opener = SegmentOpener(header: header(keyID, salt), keyMaterial: key)
        let full = CipherSuite.current.segmentByteCount + SegmentCipher.tagByteCount
        var plain: [UInt8] = []
        for start in stride(from: AttemptSalt.byteCount, to: bytes.count, by: full) {
            let end = min(start + full, bytes.count)
            guard let segment = try? opener.open(Array(bytes[start..<end]), isLast: end == bytes.count) else { return nil }
            plain += segment
        }
        return opener.isComplete ? plain : nil
    }
}
