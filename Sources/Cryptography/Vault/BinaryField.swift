/// A field of at most 256 elements and characteristic two: bytes whose sum is their exclusive or.
///
/// The sharing is generic over it so that tests can enumerate the very code that ships over a field small enough
/// to try every key with every randomness.
public protocol BinaryField {
    /// Number of elements; bytes from this up are no elements.
    static var order: Int { get }
    /// The product, in time independent of both factors.
    static func multiply(_ a: UInt8, _ b: UInt8) -> UInt8
    /// Adds `scalar · source` to `target`, element by element, in time independent of the elements.
    /// - Parameter scalar: public (a point or a weight).
    static func addScaled(_ source: [UInt8], by scalar: UInt8, to target: inout [UInt8])
}

extension BinaryField {
    public static func addScaled(_ source: [UInt8], by scalar: UInt8, to target: inout [UInt8]) {
        for index in target.indices { target[index] ^= multiply(source[index], scalar) }
    }

    /// The inverse, as the power `order − 2` (so zero gives zero), in time independent of the element.
    public static func inverse(_ a: UInt8) -> UInt8 { power(a, order - 2) }

    /// - Parameter exponent: public and not negative.
    static func power(_ a: UInt8, _ exponent: Int) -> UInt8 {
        var (result, square, rest) = (1 as UInt8, a, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result = multiply(result, square) }
            square = multiply(square, square)
            rest >>= 1
        }
        return result
    }
}

/// GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (the field of FIPS 197), without tables: no address or branch depends on
/// a factor.
public enum GF256: BinaryField {
    public static let order = 256

    public static func multiply(_ a: UInt8, _ b: UInt8) -> UInt8 {
        var (product, multiple, rest) = (0 as UInt8, a, b)
        for _ in 0..<8 {
            product ^= multiple & (0 &- (rest & 1))
            multiple = doubled(multiple)
            rest >>= 1
        }
        return product
    }

    /// Sixty-four elements at a time: the loop over the scalar's bits stands outside, the elements in vector registers.
    public static func addScaled(_ source: [UInt8], by scalar: UInt8, to target: inout [UInt8]) {
        precondition(source.count == target.count, "rows of one length")
        var index = 0
        while index + 16 <= source.count {
            var multiple = SIMD16<UInt8>()
            for lane in 0..<16 { multiple[lane] = source[index + lane] }
            var product = SIMD16<UInt8>()
            for bit in 0..<8 {
                if scalar >> UInt8(bit) & 1 == 1 { product ^= multiple }
                multiple = (multiple &<< 1) ^ (((multiple &>> 7)) &* 0x1b)
            }
            for lane in 0..<16 { target[index + lane] ^= product[lane] }
            index += 16
        }
        while index < source.count {
            target[index] ^= multiply(source[index], scalar)
            index += 1
        }
    }

    private static func doubled(_ a: UInt8) -> UInt8 { a << 1 ^ (0x1b & (0 &- (a >> 7))) }
}
