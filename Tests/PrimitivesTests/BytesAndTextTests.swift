import Primitives
import TestKit
import Testing

struct FixedBytesTests {
    @Test func hashesAndAddressesReadBackAndOrderAsBytes() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<5_000 {
            let (a, b) = (random.bytes(32), random.bytes(32))
            let (x, y) = (try #require(Hash(a)), try #require(Hash(b)))
            #expect(x.bytes == a && Hash(hex: x.hex) == x && (x < y) == a.lexicographicallyPrecedes(b))
            let (from, to) = (try #require(Address(a.suffix(20))), try #require(Address(b[3..<23])))
            #expect(from.bytes == Array(a.suffix(20)) && Address(hex: from.hex) == from)
            #expect((from < to) == a.suffix(20).lexicographicallyPrecedes(b[3..<23]))
            #expect(Address(lastBytesOf: x) == from)
            #expect(from.padded.bytes == [UInt8](repeating: 0, count: 12) + from.bytes)
            #expect(try Hash(rlp: x.rlp) == x)
            #expect(try Address(rlp: from.rlp) == from)
        }
    }

    @Test func otherLengthsAreRefused() {
        for count in [0, 19, 21, 31, 33, 64] {
            let bytes = [UInt8](repeating: 1, count: count)
            #expect(Hash(bytes) == nil && Address(bytes) == nil)
            #expect(throws: RLPError.self) { try Hash(rlp: Item.bytes(bytes).rlp) }
            #expect(throws: RLPError.self) { try Address(rlp: Item.bytes(bytes).rlp) }
        }
        #expect(Hash(hex: "0x12") == nil)
        #expect(Address(hex: String(repeating: "g", count: 40)) == nil)
    }

    @Test func systemAddressesAreSmallNumbers() {
        #expect(Address(low: 0x0800).hex == "0x0000000000000000000000000000000000000800")
        #expect(Address.zero == Address(low: 0))
        #expect(Address.zero < Address(low: 1))
    }
}

struct HexTests {
    @Test func bytesReadBack() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let bytes = random.bytes(0...40)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes, prefix: false).uppercased()) == bytes)
        }
        #expect(Hex.encode([0, 0xab]) == "0x00ab")
        #expect(Hex.decode("") == [])
        #expect(Hex.decode("0x") == [])
    }

    @Test(arguments: ["0", "0x0", "0xg0", "zz", "0x 1", "0X00", "+1", "0x0x", "é", "１２"]) func otherTextIsRefused(text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test func quantities() {
        #expect(Hex.decodeQuantity("0x0") == .zero)
        #expect(Hex.decodeQuantity("0x1F") == 31)
        #expect(Hex.decodeQuantity("0x" + String(repeating: "f", count: 64)) == .max)
        for text in ["", "0", "0x", "1f", "0x00", "0x01", "0xg", "0X1", "-0x1", "0x1" + String(repeating: "0", count: 64)] {
            #expect(Hex.decodeQuantity(text) == nil, "\(text)")
        }
    }

    @Test func randomTextNeverTraps() {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<20_000 {
            let text = String(decoding: random.bytes(0...70), as: UTF8.self)
            for candidate in [text, "0x" + text] {
                _ = Hex.decode(candidate)
                _ = Hex.decodeQuantity(candidate)
                _ = QST.parse(candidate)
                _ = UInt256(decimal: candidate)
            }
        }
    }
}

struct QSTTests {
    @Test func amountsReadBack() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<5_000 {
            let wei = UInt256(limbs: random.next(), random.next(), random.next(), random.next()) >> Int.random(in: 0...256, using: &random)
            try #require(QST.parse(QST.format(wei)) == wei)
        }
        #expect(QST.parse(QST.format(.max)) == .max)
    }

    @Test func knownAmounts() {
        #expect(QST.parse("1.5") == 1_500_000_000_000_000_000)
        #expect(QST.parse("0.000000000000000001") == 1)
        #expect(QST.parse("007") == QST.one * 7)
        #expect(QST.format(1) == "0.000000000000000001")
        #expect(QST.format(QST.one) == "1")
        #expect(QST.format(.zero) == "0")
        #expect(QST.format(QST.gwei) == "0.000000001")
    }

    @Test(arguments: ["", ".", "1.", ".5", "1..2", "1.2.3", "-1", "+1", "1e3", "1,5", "0.0000000000000000001", " 1", "1 ",
        "115792089237316195423570985008687907853269984665640564039458"])
    func otherTextIsRefused(text: String) {
        #expect(QST.parse(text) == nil)
    }
}
