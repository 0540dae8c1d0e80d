import CBLST

/// EIP-2537's encoding: an element of the base field is 64 big-endian bytes and below the modulus, a point is x ‖ y, the
/// point at infinity is all zeros.
enum BLSCodec {
    static let elementBytes = 64

    private static let modulus: [UInt8] = [
        0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7,
        0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24,
        0x1e, 0xab, 0xff, 0xfe, 0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
    ]

    /// Elements of the field of one coordinate from `offset` on.
    static func field<G: BLSGroup>(_ input: PrecompileInput, _ offset: Int, _: G.Type) -> G.Field? {
        var elements: [blst_fp] = []
        for index in 0..<G.degree {
            guard let element = element(input.present(offset + index * elementBytes, elementBytes)) else { return nil }
            elements.append(element)
        }
        return G.field(elements)
    }

    private static func element(_ bytes: [UInt8]) -> blst_fp? {
        guard bytes.count == elementBytes, bytes[..<16].allSatisfy({ $0 == 0 }), bytes[16...].lexicographicallyPrecedes(modulus) else {
            return nil
        }
        var result = blst_fp()
        blst_fp_from_bendian(&result, Array(bytes[16...]))
        return result
    }

    enum Decoded<Affine> {
        case invalid, infinity, point(Affine)
    }

    /// A point of the curve, not necessarily of the subgroup.
    static func point<G: BLSGroup>(_ input: PrecompileInput, _ offset: Int, _: G.Type) -> Decoded<G.Affine> {
        let bytes = input.present(offset, G.pointBytes)
        guard bytes.count == G.pointBytes else { return .invalid }
        if bytes.allSatisfy({ $0 == 0 }) { return .infinity }
        guard let x = field(input, offset, G.self), let y = field(input, offset + G.pointBytes / 2, G.self), let point = G.point(x: x, y: y)
        else { return .invalid }
        return .point(point)
    }

    /// A point of the subgroup.
    static func groupPoint<G: BLSGroup>(_ input: PrecompileInput, _ offset: Int, _: G.Type) -> Decoded<G.Affine> {
        let decoded = point(input, offset, G.self)
        if case .point(let point) = decoded, !G.isInSubgroup(point) { return .invalid }
        return decoded
    }

    static func encode<G: BLSGroup>(_ point: G.Point, _: G.Type) -> [UInt8] {
        guard let affine = G.lower(point) else { return [UInt8](repeating: 0, count: G.pointBytes) }
        var output: [UInt8] = []
        let (x, y) = G.coordinates(affine)
        for var element in G.elements(x) + G.elements(y) {
            var bytes = [UInt8](repeating: 0, count: 48)
            blst_bendian_from_fp(&bytes, &element)
            output += [UInt8](repeating: 0, count: 16) + bytes
        }
        return output
    }
}
