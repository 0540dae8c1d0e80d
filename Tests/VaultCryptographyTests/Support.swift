import Foundation
import Primitives
import Testing

/// The frozen vectors, written by `Vectors/generate.py`.
enum Vectors {
    static func load<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
        return try JSONDecoder().decode(type, from: Data(contentsOf: url))
    }
}

/// SplitMix64, as in the generator of the vectors: each call drops what is left of its last word.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { bytes.append(littleEndian: next()) }
        return Array(bytes.prefix(count))
    }
}

func unhex(_ text: String) throws -> [UInt8] { try #require(Hex.decode(text)) }

func hex(_ bytes: some Collection<UInt8>) -> String { Hex.encode(bytes, prefix: false) }
