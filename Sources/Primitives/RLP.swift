/// Recursive Length Prefix (Ethereum Yellow Paper, appendix B): the one encoding of everything that
/// is hashed, signed, stored or sent. It is canonical: a value has exactly one valid encoding.

/// Why bytes are not the RLP that was expected.
public enum RLPError: Error, Hashable, Sendable {
    case truncated, trailingBytes, nonCanonicalLength, nonCanonicalByte
    case leadingZero, wrongLength, expectedBytes, expectedList, tooManyItems, invalidValue
}

/// A value with a canonical RLP form.
public protocol RLPCodable {
    func encode(to writer: inout RLPWriter)
    init(from reader: inout RLPReader) throws(RLPError)
}

extension RLPCodable {
    public var rlp: [UInt8] {
        var writer = RLPWriter()
        encode(to: &writer)
        return writer.bytes
    }

    /// Decodes one value that takes up all the bytes.
    @inlinable public init(rlp bytes: some Collection<UInt8>) throws(RLPError) {
        var reader = RLPReader(Array(bytes)[...])
        self = try Self(from: &reader)
        try reader.finish()
    }
}

/// Appends items to a byte buffer.
public struct RLPWriter: Sendable {
    @usableFromInline var buffer: [UInt8] = []
    public var bytes: [UInt8] { buffer }

    public init() {}

    // Generic appends are inlinable: unspecialised ones cost a witness call for every byte.
    @inlinable public mutating func append(_ string: some Collection<UInt8>) {
        if string.count == 1, let byte = string.first, byte < 0x80 {
            buffer.append(byte)
        } else {
            appendHeader(base: 0x80, count: string.count)
            buffer.append(contentsOf: string)
        }
    }

    public mutating func append(_ number: UInt64) {
        let skipped = number.leadingZeroBitCount / 8
        append(Swift.withUnsafeBytes(of: number.bigEndian) { Array($0[skipped...]) })
    }

    public mutating func append(_ number: Int) { append(UInt64(number)) }
    public mutating func append(_ flag: Bool) { append(flag ? 1 as UInt64 : 0) }
    public mutating func append(_ value: some RLPCodable) { value.encode(to: &self) }
    public mutating func append(text: String) { append(Array(text.utf8)) }

    /// Appends a list of what the closure writes.
    public mutating func list(_ body: (inout RLPWriter) -> Void) {
        var inner = RLPWriter()
        body(&inner)
        appendHeader(base: 0xc0, count: inner.buffer.count)
        buffer.append(contentsOf: inner.buffer)
    }

    /// Appends a list of values.
    public mutating func append<Value: RLPCodable>(list values: [Value]) {
        list { writer in for value in values { value.encode(to: &writer) } }
    }

    /// Appends bytes that are RLP already.
    @inlinable public mutating func append(encoded: some Collection<UInt8>) { buffer.append(contentsOf: encoded) }

    @usableFromInline mutating func appendHeader(base: UInt8, count: Int) {
        guard count > 55 else { return buffer.append(base + UInt8(count)) }
        let skipped = UInt64(count).leadingZeroBitCount / 8
        buffer.append(base + 55 + UInt8(8 - skipped))
        Swift.withUnsafeBytes(of: UInt64(count).bigEndian) { buffer.append(contentsOf: $0[skipped...]) }
    }
}

/// Reads items off bytes, strictly. It never allocates more than the input holds.
public struct RLPReader: Sendable {
    private var rest: ArraySlice<UInt8>

    public init(_ bytes: ArraySlice<UInt8>) { rest = bytes }
    public init(_ bytes: [UInt8]) { rest = bytes[...] }

    public var isAtEnd: Bool { rest.isEmpty }

    /// Whether the next item is a list; false at the end.
    public var nextIsList: Bool { (rest.first ?? 0) >= 0xc0 }

    public func finish() throws(RLPError) {
        guard rest.isEmpty else { throw .trailingBytes }
    }

    public mutating func readBytes() throws(RLPError) -> ArraySlice<UInt8> {
        let item = try readItem()
        guard !item.isList else { throw .expectedBytes }
        return item.payload
    }

    public mutating func readList() throws(RLPError) -> RLPReader {
        let item = try readItem()
        guard item.isList else { throw .expectedList }
        return RLPReader(item.payload)
    }

    /// Reads a whole list with the closure, which must use all of it.
    public mutating func readList<Value>(
        _ body: (inout RLPReader) throws(RLPError) -> Value
    ) throws(RLPError) -> Value {
        var inner = try readList()
        let value = try body(&inner)
        try inner.finish()
        return value
    }

    /// Reads a list of at most `maximum` values.
    public mutating func readList<Value: RLPCodable>(
        of type: Value.Type, maximum: Int
    ) throws(RLPError) -> [Value] {
        var inner = try readList()
        var values: [Value] = []
        while !inner.isAtEnd {
            guard values.count < maximum else { throw .tooManyItems }
            values.append(try Value(from: &inner))
        }
        return values
    }

    /// The next item with its header, undecoded.
    public mutating func readRaw() throws(RLPError) -> ArraySlice<UInt8> {
        let start = rest
        _ = try readItem()
        return start[..<rest.startIndex]
    }

    public mutating func readBytes(exactly count: Int) throws(RLPError) -> [UInt8] {
        let bytes = try readBytes()
        guard bytes.count == count else { throw .wrongLength }
        return Array(bytes)
    }

    public mutating func readBytes(atMost count: Int) throws(RLPError) -> [UInt8] {
        let bytes = try readBytes()
        guard bytes.count <= count else { throw .wrongLength }
        return Array(bytes)
    }

    /// Reads UTF-8 text of at most `count` bytes.
    public mutating func readText(atMost count: Int) throws(RLPError) -> String {
        guard let text = String(validating: try readBytes(atMost: count), as: UTF8.self) else { throw .invalidValue }
        return text
    }

    public mutating func readUInt64() throws(RLPError) -> UInt64 {
        let bytes = try readBytes()
        guard bytes.first != 0 else { throw .leadingZero }
        guard bytes.count <= 8 else { throw .wrongLength }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Reads a count or index of at most `maximum`.
    public mutating func readInt(atMost maximum: Int = Int(Int32.max)) throws(RLPError) -> Int {
        let value = try readUInt64()
        guard value <= UInt64(maximum) else { throw .invalidValue }
        return Int(value)
    }

    public mutating func readBool() throws(RLPError) -> Bool { try readInt(atMost: 1) == 1 }

    public mutating func read<Value: RLPCodable>(_ type: Value.Type = Value.self) throws(RLPError) -> Value {
        try Value(from: &self)
    }

    private mutating func readItem() throws(RLPError) -> (isList: Bool, payload: ArraySlice<UInt8>) {
        guard let head = rest.first else { throw .truncated }
        switch head {
        case 0..<0x80:
            return (false, take(1))
        case 0x80...0xb7:
            rest = rest.dropFirst()
            let payload = try takeChecked(Int(head - 0x80))
            if payload.count == 1, let byte = payload.first, byte < 0x80 { throw .nonCanonicalByte }
            return (false, payload)
        case 0xb8...0xbf:
            return (false, try takeLong(lengthBytes: Int(head - 0xb7)))
        case 0xc0...0xf7:
            rest = rest.dropFirst()
            return (true, try takeChecked(Int(head - 0xc0)))
        default:
            return (true, try takeLong(lengthBytes: Int(head - 0xf7)))
        }
    }

    private mutating func takeLong(lengthBytes: Int) throws(RLPError) -> ArraySlice<UInt8> {
        rest = rest.dropFirst()
        let length = try takeChecked(lengthBytes)
        guard length.first != 0 else { throw .nonCanonicalLength }
        let count = length.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard count > 55 else { throw .nonCanonicalLength }
        guard count <= UInt64(rest.count) else { throw .truncated }
        return take(Int(count))
    }

    private mutating func takeChecked(_ count: Int) throws(RLPError) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw .truncated }
        return take(count)
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return taken
    }
}
