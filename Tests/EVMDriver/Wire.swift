@preconcurrency import Foundation
import Primitives

/// Big-endian fields of a request. The peer is our own script: a short request ends the process.
struct RequestReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        guard count <= bytes.count - position else { fatalError("request too short") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func byte() -> UInt8 { take(1).first ?? 0 }
    mutating func integer(_ bytes: Int) -> UInt64 { take(bytes).reduce(0) { $0 << 8 | UInt64($1) } }
    mutating func data() -> [UInt8] { Array(take(Int(integer(4)))) }
    mutating func address() -> Address { Address(take(20)) ?? .zero }
    mutating func word() -> UInt256 { UInt256(bigEndian: take(32)) ?? .zero }
}

/// Big-endian fields of an answer.
struct AnswerWriter {
    private(set) var bytes: [UInt8] = []

    mutating func integer(_ value: UInt64, _ count: Int) {
        for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }

    mutating func data(_ data: [UInt8]) {
        integer(UInt64(data.count), 4)
        bytes += data
    }

    mutating func raw(_ data: [UInt8]) { bytes += data }
}

enum Pipe {
    /// One message: four bytes of length and as many bytes; nil at the end of the input.
    static func read() -> [UInt8]? {
        guard let header = read(4) else { return nil }
        return read(header.reduce(0) { $0 << 8 | Int($1) })
    }

    static func write(_ message: [UInt8]) {
        var out = AnswerWriter()
        out.data(message)
        fwrite(out.bytes, 1, out.bytes.count, stdout)
        fflush(stdout)
    }

    private static func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return fread(&bytes, 1, count, stdin) == count ? bytes : nil
    }
}
