import Cryptography
import Primitives
import Testing

@Suite struct OpenerTests {
    @Test func anyFlippedBitIsRefused() throws {
        let message = try SealedMessage(length: 61, seed: 41)
        for bit in 0..<(8 * message.segments[0].count) {
            var changed = message.segments
            changed[0][bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: SegmentError.notAuthentic(segment: 0)) { try message.open(changed) }
        }
    }

    @Test func randomFlipsInLongMessagesAreRefused() throws {
        let message = try SealedMessage(length: 50_000, seed: 42)
        var random = SplitMix(43)
        for _ in 0..<200 {
            var changed = message.segments
            let segment = Int.random(in: changed.indices, using: &random)
            let byte = Int.random(in: changed[segment].indices, using: &random)
            changed[segment][byte] ^= UInt8.random(in: 1...255, using: &random)
            #expect(throws: SegmentError.notAuthentic(segment: UInt64(segment))) { try message.open(changed) }
        }
    }

    @Test func everyTruncationIsRefused() throws {
        let message = try SealedMessage(length: 16_384 + 30, seed: 44)
        for kept in 0..<message.segments[1].count {
            let changed = [message.segments[0], Array(message.segments[1].prefix(kept))]
            #expect(throws: SegmentError.self) { try message.open(changed) }
        }
        #expect(throws: SegmentError.notAuthentic(segment: 0)) { try message.open([message.segments[0]]) }
        #expect(throws: SegmentError.tooShort(segment: 0)) {
            try message.open([Array(message.segments[0].dropLast()), message.segments[1]])
        }
    }

    @Test func reorderedRepeatedOrMissingSegmentsAreRefused() throws {
        let message = try SealedMessage(length: 3 * 16_384, seed: 45)
        for order in [[1, 0, 2], [0, 0, 2], [0, 2], [1, 2], [0, 1, 1, 2], [0, 1, 2, 2], [0, 1], [2], [2, 1, 0]] {
            #expect(throws: SegmentError.self) { try message.open(order.map { message.segments[$0] }) }
        }
        #expect(try message.open(message.segments) == message.plaintext)
    }

    @Test func nothingIsWholeBeforeTheFinalFlag() throws {
        let message = try SealedMessage(length: 2 * 16_384, seed: 46)
        var opener = SegmentOpener(header: message.header, keyMaterial: message.material)
        #expect(throws: SegmentError.incomplete) { try opener.finish() }
        _ = try opener.open(message.segments[0], isLast: false)
        #expect(!opener.isComplete)
        #expect(throws: SegmentError.incomplete) { try opener.finish() }
        _ = try opener.open(message.segments[1], isLast: true)
        #expect(try opener.finish() == 2 * 16_384)
        #expect(throws: SegmentError.closed) { try opener.open(message.segments[1], isLast: true) }
    }

    @Test func anOpenerStaysClosedAfterAnError() throws {
        let message = try SealedMessage(length: 16_384 + 1, seed: 47)
        var opener = SegmentOpener(header: message.header, keyMaterial: message.material)
        #expect(throws: SegmentError.notAuthentic(segment: 0)) { try opener.open(message.segments[0], isLast: true) }
        #expect(throws: SegmentError.closed) { try opener.open(message.segments[0], isLast: false) }
        #expect(throws: SegmentError.incomplete) { try opener.finish() }
    }

    @Test func everyHeaderFieldIsAuthenticated() throws {
        let message = try SealedMessage(length: 100, seed: 48)
        var headers = [SegmentHeader](repeating: message.header, count: 7)
        headers[0].keyID = .zero
        headers[1].record = .zero
        headers[2].field += 1
        headers[3].policy = .zero
        headers[4].epoch += 1
        headers[5].message += 1
        headers[6].salt = .zero
        for header in headers {
            #expect(throws: SegmentError.notAuthentic(segment: 0)) { try message.open(message.segments, header: header) }
        }
    }

    @Test func aWrongHalfOfTheKeyIsRefused() throws {
        let message = try SealedMessage(length: 100, seed: 49)
        for index in [0, 64, 127, 128, 159] {
            var bytes = message.material.bytes
            bytes[index] ^= 0x80
            var opener = SegmentOpener(header: message.header, keyMaterial: try #require(KeyMaterial(bytes)))
            #expect(throws: SegmentError.notAuthentic(segment: 0)) { try opener.open(message.segments[0], isLast: true) }
        }
    }

    @Test func aMessageHasOnlyOneDivisionIntoSegments() throws {
        let message = try SealedMessage(length: 10, seed: 50)
        var sealer = SegmentSealer(header: message.header, keyMaterial: message.material)
        let full = [UInt8](repeating: 1, count: 16_384)
        #expect(throws: SegmentError.tooShort(segment: 0)) { try sealer.seal([1], isLast: false) }
        #expect(throws: SegmentError.tooLong(segment: 0)) { try sealer.seal(full + [1], isLast: true) }
        _ = try sealer.seal(full, isLast: false)
        #expect(throws: SegmentError.tooShort(segment: 1)) { try sealer.seal([], isLast: true) }
        _ = try sealer.seal([1], isLast: true)
        #expect(sealer.totalLength == 16_385)
        #expect(throws: SegmentError.closed) { try sealer.seal([1], isLast: true) }
    }

    @Test func randomBytesNeverTrapTheDecoders() throws {
        let message = try SealedMessage(length: 10, seed: 51)
        var random = SplitMix(52)
        for _ in 0..<2000 {
            let junk = random.bytes(Int.random(in: 0...200, using: &random))
            #expect(throws: SegmentError.self) { try message.open([junk]) }
            #expect(throws: RLPError.self) { try SegmentHeader(rlp: junk) }
            #expect(throws: RLPError.self) { try KeyMaterialCommitment(rlp: junk) }
            var header = message.header.rlp
            header[Int.random(in: header.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            if let changed = try? SegmentHeader(rlp: header) { #expect(changed.rlp == header && changed != message.header) }
        }
    }
}
