import Primitives

/// One decoder of outside data, with valid inputs to start from.
package struct Decoder: Sendable {
    /// A rule that a decoder broke.
    package struct Broken: Error, CustomStringConvertible {
        package let description: String
    }

    package let name: String
    /// Valid inputs, of which random ones are made.
    package let corpus: [[UInt8]]
    /// Decodes; throws `Broken` when a rule does not hold. Returns whether the input was accepted.
    package let run: @Sendable ([UInt8]) throws -> Bool

    /// A decoder that accepts exactly one encoding of each value: what it takes must encode to the same bytes again.
    static func canonical(
        _ name: String, _ corpus: [[UInt8]], recode: @escaping @Sendable ([UInt8]) throws -> [UInt8]?
    ) -> Decoder {
        Decoder(name: name, corpus: corpus) { input in
            guard let again = try? recode(input) else { return false }
            guard again == input else { throw Broken(description: "\(name): \(Hex.encode(input)) encodes to \(Hex.encode(again))") }
            return true
        }
    }

    /// A decoder that accepts several forms of a value: what it takes must settle after one encoding.
    static func settling(
        _ name: String, _ corpus: [[UInt8]], recode: @escaping @Sendable ([UInt8]) throws -> [UInt8]?
    ) -> Decoder {
        Decoder(name: name, corpus: corpus) { input in
            guard let once = try? recode(input) else { return false }
            guard let twice = try? recode(once), twice == once else {
                throw Broken(description: "\(name): \(Hex.encode(input)) encodes to \(Hex.encode(once)), which does not come back")
            }
            return true
        }
    }

    /// A decoder without an encoder: it must only end.
    static func total(_ name: String, _ corpus: [[UInt8]], run: @escaping @Sendable ([UInt8]) throws -> Bool) -> Decoder {
        Decoder(name: name, corpus: corpus) { input in
            do { return try run(input) } catch let broken as Broken { throw broken } catch { return false }
        }
    }

    static func rlp<Value: RLPCodable & Sendable>(_ name: String, _ values: [Value]) -> Decoder {
        canonical(name, values.map(\.rlp)) { try Value(rlp: $0).rlp }
    }
}
