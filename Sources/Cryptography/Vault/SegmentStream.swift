/// Encrypts a message in order, holding one segment at a time.
///
/// It cannot be copied: a copy would seal another segment under the same keystream.
public struct SegmentSealer: ~Copyable, Sendable {
    private let cipher: SegmentCipher
    private var next: UInt64 = 0
    /// Plaintext bytes sealed so far.
    public private(set) var totalLength: UInt64 = 0
    /// Whether the last segment has been sealed.
    public private(set) var isComplete = false

    /// The header's salt must be fresh: one sealer per header.
    public init(header: SegmentHeader, keyMaterial: KeyMaterial) {
        cipher = SegmentCipher(header: header, keyMaterial: keyMaterial)
    }

    /// Encrypts the next segment: exactly `segmentByteCount` bytes, fewer only in the last one, which may be empty only
    /// when the message is.
    /// - Returns: 16 bytes more than the plaintext.
    public mutating func seal(_ segment: [UInt8], isLast: Bool) throws(SegmentError) -> [UInt8] {
        guard !isComplete else { throw .closed }
        try cipher.header.checkLength(segment.count, index: next, isLast: isLast)
        totalLength += UInt64(segment.count)
        let position = isLast ? SegmentCipher.Position.last(totalLength: totalLength) : .inner
        let sealed = cipher.seal(segment, index: next, position: position)
        next += 1
        isComplete = isLast
        return sealed
    }
}

/// Decrypts a message in order, holding one segment at a time.
///
/// Plaintext of inner segments is authentic but only part of a message: treat it as whole after `finish` returns, not before.
/// After an error the opener stays closed.
public struct SegmentOpener: Sendable {
    private let cipher: SegmentCipher
    private var next: UInt64 = 0
    private var hasFailed = false
    /// Plaintext bytes opened so far.
    public private(set) var totalLength: UInt64 = 0
    /// Whether the last segment has been opened.
    public private(set) var isComplete = false

    public init(header: SegmentHeader, keyMaterial: KeyMaterial) {
        cipher = SegmentCipher(header: header, keyMaterial: keyMaterial)
    }

    /// Decrypts the next segment.
    /// - Parameter isLast: whether the input ends here; a wrong answer is not authentic.
    public mutating func open(_ sealed: [UInt8], isLast: Bool) throws(SegmentError) -> [UInt8] {
        guard !isComplete, !hasFailed else { throw .closed }
        do {
            return try openNext(sealed, isLast: isLast)
        } catch {
            hasFailed = true
            throw error
        }
    }

    /// The message's length in bytes, once it has arrived whole.
    public func finish() throws(SegmentError) -> UInt64 {
        guard isComplete else { throw .incomplete }
        return totalLength
    }

    private mutating func openNext(_ sealed: [UInt8], isLast: Bool) throws(SegmentError) -> [UInt8] {
        let count = sealed.count - SegmentCipher.tagByteCount
        guard count >= 0 else { throw .tooShort(segment: next) }
        try cipher.header.checkLength(count, index: next, isLast: isLast)
        let total = totalLength + UInt64(count)
        let plaintext = try cipher.open(sealed, index: next, position: isLast ? .last(totalLength: total) : .inner)
        totalLength = total
        next += 1
        isComplete = isLast
        return plaintext
    }
}

extension SegmentHeader {
    /// One message has one division into segments: all full but the last, which is empty only when it is the first.
    fileprivate func checkLength(_ count: Int, index: UInt64, isLast: Bool) throws(SegmentError) {
        let full = suite.segmentByteCount
        guard count <= full else { throw .tooLong(segment: index) }
        let least = isLast ? (index == 0 ? 0 : 1) : full
        guard count >= least else { throw .tooShort(segment: index) }
    }
}
