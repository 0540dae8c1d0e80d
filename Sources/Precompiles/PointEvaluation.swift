import CBLST
import Crypto

/// `0x0a`: that a committed polynomial has the value y at z (EIP-4844): versioned hash (32) ‖ z (32) ‖ y (32) ‖
/// commitment (48) ‖ proof (48).
enum PointEvaluation {
    /// The number of field elements in a blob, and the order of the field: what a caller learns.
    private static let result =
        [UInt8](repeating: 0, count: 30) + [0x10, 0x00] + [
            0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
            0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
        ]

    static func run(_ input: PrecompileInput) -> [UInt8]? {
        guard input.count == 192 else { return nil }
        let bytes = input.all
        let commitment = Array(bytes[96..<144])
        guard bytes[0] == 0x01, Array(SHA256.hash(data: commitment)).dropFirst().elementsEqual(bytes[1..<32]) else { return nil }
        let proof = Array(bytes[144..<192])
        return verify(commitment: commitment, z: Array(bytes[32..<64]), y: Array(bytes[64..<96]), proof: proof) ? result : nil
    }

    /// Whether e(C - yG + zπ, G₂) = e(π, [τ]G₂), which says that C - y is divisible by x - z. The numbers are 32 bytes,
    /// big-endian and below the order; the points are 48 bytes, compressed, and in the subgroup.
    static func verify(commitment: [UInt8], z: [UInt8], y: [UInt8], proof: [UInt8]) -> Bool {
        guard let z = scalar(z), let y = scalar(y), let commitment = point(commitment), let proof = point(proof) else { return false }
        var minusY = blst_p1()
        if let product = G1.lower(G1.multiply(blst_p1_affine_generator().pointee, y)) {
            minusY = G1.lift(product)
            blst_p1_cneg(&minusY, true)
        }
        let zProof = proof.map { G1.multiply($0, z) } ?? G1.infinity
        let left = G1.add(G1.add(commitment.map(G1.lift) ?? G1.infinity, minusY), zProof)

        var pairs: [(blst_p1_affine, blst_p2_affine)] = []
        if let left = G1.lower(left) { pairs.append((left, blst_p2_affine_generator().pointee)) }
        if let proof {
            var negated = G1.lift(proof)
            blst_p1_cneg(&negated, true)
            if let negated = G1.lower(negated), let tau { pairs.append((negated, tau)) }
        }
        return BLS.isOne(pairs.map(\.0), pairs.map(\.1))
    }

    private static func scalar(_ bytes: [UInt8]) -> blst_scalar? {
        guard bytes.count == 32 else { return nil }
        var result = blst_scalar()
        blst_scalar_from_bendian(&result, bytes)
        return blst_scalar_fr_check(&result) ? result : nil
    }

    /// nil: not a point of the subgroup; .some(nil): the point at infinity.
    private static func point(_ bytes: [UInt8]) -> blst_p1_affine?? {
        guard bytes.count == 48 else { return nil }
        var result = blst_p1_affine()
        guard blst_p1_uncompress(&result, bytes) == BLST_SUCCESS else { return nil }
        if blst_p1_affine_is_inf(&result) { return .some(nil) }
        return G1.isInSubgroup(result) ? .some(result) : nil
    }

    /// [τ]G₂ of Ethereum's ceremony (consensus-specs, trusted_setup_4096.json, g2_monomial[1]).
    private static let tau: blst_p2_affine? = {
        let bytes: [UInt8] = [
            0xb5, 0xbf, 0xd7, 0xdd, 0x8c, 0xde, 0xb1, 0x28, 0x84, 0x3b, 0xc2, 0x87, 0x23, 0x0a, 0xf3, 0x89,
            0x26, 0x18, 0x70, 0x75, 0xcb, 0xfb, 0xef, 0xa8, 0x10, 0x09, 0xa2, 0xce, 0x61, 0x5a, 0xc5, 0x3d,
            0x29, 0x14, 0xe5, 0x87, 0x0c, 0xb4, 0x52, 0xd2, 0xaf, 0xaa, 0xab, 0x24, 0xf3, 0x49, 0x9f, 0x72,
            0x18, 0x5c, 0xbf, 0xee, 0x53, 0x49, 0x27, 0x14, 0x73, 0x44, 0x29, 0xb7, 0xb3, 0x86, 0x08, 0xe2,
            0x39, 0x26, 0xc9, 0x11, 0xcc, 0xec, 0xea, 0xc9, 0xa3, 0x68, 0x51, 0x47, 0x7b, 0xa4, 0xc6, 0x0b,
            0x08, 0x70, 0x41, 0xde, 0x62, 0x10, 0x00, 0xed, 0xc9, 0x8e, 0xda, 0xda, 0x20, 0xc1, 0xde, 0xf2,
        ]
        var result = blst_p2_affine()
        guard blst_p2_uncompress(&result, bytes) == BLST_SUCCESS else { return nil }
        return result
    }()
}
