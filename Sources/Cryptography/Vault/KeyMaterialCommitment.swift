import Primitives

/// Binds a manifest to one key without saying anything about it (in the model of the permutation, or of AES).
///
/// Two blocks `F_K(commit ‖ id)`, then `(AES_k(c1) ‖ AES_k(c2))` masked by the start of a third: 176 bytes. `K` alone fixes
/// the first two blocks, `k` the rest. Decoding with liars compares candidates with it. It binds as
/// far as collisions are hard to find: the level claimed for confidentiality is not claimed for it.
public struct KeyMaterialCommitment: Hashable, Sendable, RLPCodable {
    public static let byteCount = 2 * TKP.blockByteCount + 32
    public let bytes: [UInt8]

    /// Commits to the material that encrypts (for a root-bound vault, after binding).
    public init(to material: KeyMaterial, id: KeyID, suite: CipherSuite = .current) {
        let cipher = XAESKey(material.cipherKey)
        var bytes = [UInt8](repeating: 0, count: 2 * TKP.blockByteCount)
        bytes += cipher.encrypt(Array("qustream-commit1".utf8)) + cipher.encrypt(Array("qustream-commit2".utf8))
        let input = TKPInput(domain: .commitment, suite: suite.rawValue, keyID: id)
        TKP.applyKeystream(key: material.permutationKey, input: input, to: &bytes)
        self.bytes = bytes
    }

    /// Whether this commits to the material, in time independent of both.
    public func matches(_ material: KeyMaterial, id: KeyID, suite: CipherSuite = .current) -> Bool {
        constantTimeEqual(bytes, KeyMaterialCommitment(to: material, id: id, suite: suite).bytes)
    }

    public func encode(to writer: inout RLPWriter) { writer.append(bytes) }

    public init(from reader: inout RLPReader) throws(RLPError) {
        bytes = try reader.readBytes(exactly: Self.byteCount)
    }
}
