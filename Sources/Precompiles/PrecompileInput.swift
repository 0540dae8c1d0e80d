import Primitives

/// The input of a call, read without ever leaving it.
struct PrecompileInput {
    let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var count: Int { bytes.count }
    var all: [UInt8] { [UInt8](bytes) }

    /// `count` bytes from `offset` on, with zeros for those that the input does not have.
    func padded(_ offset: Int, _ count: Int) -> [UInt8] {
        var result = present(offset, count)
        result.append(contentsOf: repeatElement(0, count: count - result.count))
        return result
    }

    /// Those of the `count` bytes from `offset` on that the input has.
    func present(_ offset: Int, _ count: Int) -> [UInt8] {
        guard offset < bytes.count else { return [] }
        return [UInt8](bytes[offset..<(offset + min(count, bytes.count - offset))])
    }

    /// The 32 bytes from `offset` on as a big-endian number, zeros beyond the input.
    func number(_ offset: Int) -> UInt256 { UInt256(bigEndian: padded(offset, 32)) ?? .zero }

    /// base + perWord for each 32 bytes begun.
    func gas(base: UInt64, perWord: UInt64) -> UInt64 { base + perWord * Self.words(count) }

    static func words(_ count: Int) -> UInt64 { UInt64(count / 32 + (count % 32 == 0 ? 0 : 1)) }
}
