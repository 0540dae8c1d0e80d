import Crypto
import Primitives

/// Two independent layers over one message, segment by segment:
/// `c_i = (AES-256-GCM(k_a, N_i, A_i, m_i) ‖ tag) ⊕ F_K stream`.
///
/// `k_a` comes from `k` and the salt (XAES-256-GCM); `N_i` = 24 zero bits ‖ segment 64 ‖ last flag 8, big-endian; `A_i` is the
/// header's digest, in the last segment followed by the message's length (64 bits, big-endian). The stream masks
/// the tag too. Confidentiality is that of the better layer; integrity is GCM's.
///
/// Stateless: segments may be sealed and opened in any order, and in parallel. `SegmentSealer` and `SegmentOpener`
/// add the order, which makes a message whole.
public struct SegmentCipher: Sendable {
    public static let tagByteCount = 16
    public let header: SegmentHeader
    private let streamKey: TKPKey
    private let messageKey: SymmetricKey
    private let associated: [UInt8]

    /// The place of a segment in its message.
    public enum Position: Hashable, Sendable {
        case inner
        /// The last segment, with the plaintext bytes of the whole message.
        case last(totalLength: UInt64)
    }

    public init(header: SegmentHeader, keyMaterial: KeyMaterial) {
        self.header = header
        streamKey = keyMaterial.permutationKey
        messageKey = SymmetricKey(data: XAESKey(keyMaterial.cipherKey).derived(salt: header.salt))
        associated = header.digest.bytes
    }

    /// Encrypts one segment; the result is 16 bytes longer.
    /// - Precondition: at most a segment's bytes. A segment index is sealed once: a second plaintext under the same header and
    ///   index would share its keystream. Prefer `SegmentSealer`.
    public func seal(_ plaintext: [UInt8], index: UInt64, position: Position) -> [UInt8] {
        precondition(plaintext.count <= header.suite.segmentByteCount, "longer than a segment")
        do {
            let box = try AES.GCM.seal(
                plaintext, using: messageKey, nonce: nonce(index, position), authenticating: associatedData(position))
            var sealed: [UInt8] = []
            sealed.reserveCapacity(plaintext.count + Self.tagByteCount)
            sealed.append(contentsOf: box.ciphertext)
            sealed.append(contentsOf: box.tag)
            mask(&sealed, index)
            return sealed
        } catch {
            preconditionFailure("AES-256-GCM refuses neither this key nor this nonce: \(error)")
        }
    }

    /// Decrypts one segment, or throws when its bytes, index, position or header are not the sealed ones.
    public func open(_ sealed: [UInt8], index: UInt64, position: Position) throws(SegmentError) -> [UInt8] {
        guard sealed.count >= Self.tagByteCount else { throw .tooShort(segment: index) }
        guard sealed.count <= header.suite.segmentByteCount + Self.tagByteCount else { throw .tooLong(segment: index) }
        var sealed = sealed
        mask(&sealed, index)
        let tagStart = sealed.count - Self.tagByteCount
        do {
            let box = try AES.GCM.SealedBox(
                nonce: nonce(index, position), ciphertext: sealed[..<tagStart], tag: sealed[tagStart...])
            return Array(try AES.GCM.open(box, using: messageKey, authenticating: associatedData(position)))
        } catch {
            throw .notAuthentic(segment: index)
        }
    }

    private func mask(_ bytes: inout [UInt8], _ index: UInt64) {
        let input = TKPInput(
            domain: .stream, suite: header.suite.rawValue, keyID: header.keyID, message: header.message,
            segment: index, salt: header.salt)
        TKP.applyKeystream(key: streamKey, input: input, to: &bytes)
    }

    private func nonce(_ index: UInt64, _ position: Position) throws -> AES.GCM.Nonce {
        var bytes: [UInt8] = [0, 0, 0]
        bytes.append(bigEndian: index)
        bytes.append(position == .inner ? 0 : 1)
        return try AES.GCM.Nonce(data: bytes)
    }

    private func associatedData(_ position: Position) -> [UInt8] {
        guard case .last(let totalLength) = position else { return associated }
        var bytes = associated
        bytes.append(bigEndian: totalLength)
        return bytes
    }
}

/// Why a message cannot be sealed or opened.
public enum SegmentError: Error, Hashable, Sendable {
    /// Fewer bytes than a tag, or an inner segment that is not full.
    case tooShort(segment: UInt64)
    /// More bytes than a segment holds.
    case tooLong(segment: UInt64)
    /// Bytes, order, header, length or key are not those that were sealed.
    case notAuthentic(segment: UInt64)
    /// A segment after the last one, or after an error.
    case closed
    /// The message ends before its last segment.
    case incomplete
}
