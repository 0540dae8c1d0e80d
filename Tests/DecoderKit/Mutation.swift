/// Makes inputs that are nearly valid.
struct Mutation<Generator: RandomNumberGenerator> {
    var random: Generator

    /// An input for a decoder: now and then noise, mostly a corpus entry changed in a few places.
    mutating func input(from corpus: [[UInt8]]) -> [UInt8] {
        guard let seed = corpus.randomElement(using: &random), Int.random(in: 0..<16, using: &random) > 0 else {
            return (0..<Int.random(in: 0...80, using: &random)).map { _ in byte() }
        }
        var bytes = seed
        for _ in 0..<Int.random(in: 1...4, using: &random) { change(&bytes, corpus) }
        return bytes
    }

    private mutating func byte() -> UInt8 { UInt8.random(in: .min ... .max, using: &random) }

    /// Often near the front, where headers and lengths are.
    private mutating func place(in bytes: [UInt8]) -> Int {
        let end = Bool.random(using: &random) ? min(bytes.count, 64) : bytes.count
        return Int.random(in: 0..<max(end, 1), using: &random)
    }

    private mutating func change(_ bytes: inout [UInt8], _ corpus: [[UInt8]]) {
        guard !bytes.isEmpty else { return bytes.append(byte()) }
        let place = place(in: bytes)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = byte()
        case 2: bytes[place] = Self.telling.randomElement(using: &random) ?? 0
        case 3: bytes.removeLast(bytes.count - place)
        case 4: bytes.insert(byte(), at: place)
        case 5: bytes.remove(at: place)
        case 6: bytes[place] = bytes[place] &+ (Bool.random(using: &random) ? 1 : 255)
        case 7:
            // The largest numbers there are, where a length or count may stand.
            for index in place..<min(place + Int.random(in: 1...9, using: &random), bytes.count) { bytes[index] = 0xff }
        case 8:
            let end = min(place + Int.random(in: 1...40, using: &random), bytes.count)
            bytes.insert(contentsOf: bytes[place..<end], at: place)
        default:
            guard let other = corpus.randomElement(using: &random), !other.isEmpty else { return }
            let start = Int.random(in: 0..<other.count, using: &random)
            bytes.replaceSubrange(place..., with: other[start...])
        }
    }

    /// Bytes at which encodings change their meaning.
    private static var telling: [UInt8] {
        [0, 1, 0x51, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xbf, 0xc0, 0xc1, 0xf7, 0xf8, 0xff] + Array("\"\\{}[]0-.e ".utf8)
    }
}
