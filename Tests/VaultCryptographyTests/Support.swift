import Foundation
import Primitives
import TestKit
import Testing

/// The frozen vectors, written by `Vectors/generate.py`.
enum FrozenVectors {
    static func load<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
        return try JSONDecoder().decode(type, from: Data(contentsOf: url))
    }
}

/// SplitMix64, as in the generator of the vectors: each call drops what is left of its last word.
struct SplitMix: RandomNumberGenerator {
    private var words: SeededGenerator

    init(_ seed: UInt64) { words = SeededGenerator(seed: seed) }

    mutating func next() -> UInt64 { words.next() }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { bytes.append(littleEndian: next()) }
        return Array(bytes.prefix(count))
    }
}

func unhex(_ text: String) throws -> [UInt8] { try #require(Hex.decode(text)) }

func hex(_ bytes: some Collection<UInt8>) -> String { Hex.encode(bytes, prefix: false) }
