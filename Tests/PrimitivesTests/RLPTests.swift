import Primitives
import TestKit
import Testing

/// Any RLP value, to write and read trees of all shapes.
indirect enum Item: Equatable, RLPCodable {
    case bytes([UInt8])
    case list([Item])

    func encode(to writer: inout RLPWriter) {
        switch self {
        case .bytes(let bytes): writer.append(bytes)
        case .list(let items): writer.append(list: items)
        }
    }

    init(from reader: inout RLPReader) throws(RLPError) {
        guard reader.nextIsList else {
            self = .bytes(Array(try reader.readBytes()))
            return
        }
        self = .list(try reader.readList { list throws(RLPError) in
            var items: [Item] = []
            while !list.isAtEnd { items.append(try Item(from: &list)) }
            return items
        })
    }

    static func random(_ random: inout SeededGenerator, depth: Int = 4) -> Item {
        guard depth > 0, Bool.random(using: &random) else {
            return .bytes(random.bytes(Bool.random(using: &random) ? 0...3 : 50...300))
        }
        return .list((0..<Int.random(in: 0...5, using: &random)).map { _ in .random(&random, depth: depth - 1) })
    }
}

struct RLPTests {
    @Test func treesReadBack() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<3_000 {
            let item = Item.random(&random)
            try #require(try Item(rlp: item.rlp) == item)
        }
    }

    /// Whatever is accepted has one encoding only; nothing traps.
    @Test func acceptedBytesAreCanonical() {
        var random = SeededGenerator(seed: 2)
        var accepted = 0
        for _ in 0..<200_000 {
            var bytes = random.bytes(1...12)
            if Bool.random(using: &random) { bytes[0] = [0x80, 0x81, 0xb7, 0xb8, 0xbf, 0xc1, 0xc3, 0xf7, 0xf8, 0xff][Int(bytes[0] % 10)] }
            guard let item = try? Item(rlp: bytes) else { continue }
            accepted += 1
            #expect(item.rlp == bytes)
        }
        #expect(accepted > 100)
    }

    @Test func mutationsNeverTrapAndStayCanonical() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            var bytes = Item.random(&random, depth: 3).rlp
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = random.bytes(1)[0]
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...min(3, bytes.count), using: &random)) }
            if let item = try? Item(rlp: bytes) { #expect(item.rlp == bytes) }
        }
    }

    @Test func hugeClaimedLengthsAreTruncated() throws {
        for head in [0xb8, 0xbb, 0xbf, 0xf8, 0xfb, 0xff] as [UInt8] {
            #expect(throws: RLPError.truncated) { try Item(rlp: [head] + [UInt8](repeating: 0xff, count: 8)) }
        }
    }

    @Test func numbersAreMinimal() throws {
        for number in [0, 1, 0x7f, 0x80, 0xff, 0x100, 1 << 32, .max] as [UInt64] {
            var writer = RLPWriter()
            writer.append(number)
            var reader = RLPReader(writer.bytes)
            #expect(try reader.readUInt64() == number)
            #expect(writer.bytes == UInt256(number).rlp)
        }
        #expect(throws: RLPError.leadingZero) { try Self.readUInt64([0x00]) }
        #expect(throws: RLPError.leadingZero) { try Self.readUInt64([0x82, 0x00, 0x01]) }
        #expect(throws: RLPError.wrongLength) { try Self.readUInt64([0x89, 1, 2, 3, 4, 5, 6, 7, 8, 9]) }
        #expect(throws: RLPError.invalidValue) { try Self.readBool([0x02]) }
        #expect(try Self.readBool([0x80]) == false)
        #expect(try Self.readBool([0x01]))
    }

    @Test func limitsHold() throws {
        var writer = RLPWriter()
        writer.append(list: [UInt256.one, 2, 3])
        let bytes = writer.bytes
        func read(_ maximum: Int) throws -> [UInt256] {
            var reader = RLPReader(bytes)
            return try reader.readList(of: UInt256.self, maximum: maximum)
        }
        #expect(try read(3) == [1, 2, 3])
        #expect(throws: RLPError.tooManyItems) { try read(2) }
        #expect(throws: RLPError.trailingBytes) { try Item(rlp: [0x01, 0x02]) }
        #expect(throws: RLPError.wrongLength) { try Hash(rlp: [0x81, 0xff]) }
        #expect(throws: RLPError.expectedBytes) { try Hash(rlp: [0xc0]) }
        var raw = RLPReader([0xc2, 0x01, 0x02, 0x80])
        #expect(try raw.readRaw() == [0xc2, 0x01, 0x02])
        #expect(try raw.readRaw() == [0x80])
    }

    private static func readUInt64(_ bytes: [UInt8]) throws -> UInt64 {
        var reader = RLPReader(bytes)
        return try reader.readUInt64()
    }

    private static func readBool(_ bytes: [UInt8]) throws -> Bool {
        var reader = RLPReader(bytes)
        return try reader.readBool()
    }
}
