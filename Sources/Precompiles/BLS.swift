import CBLST

/// `0x0b`–`0x11`: BLS12-381 (EIP-2537).
enum BLS {
    /// The sum of two points of the curve, which need not be of the subgroup.
    static func add<G: BLSGroup>(_ input: PrecompileInput, _: G.Type) -> [UInt8]? {
        guard input.count == 2 * G.pointBytes else { return nil }
        var sum = G.infinity
        for offset in [0, G.pointBytes] {
            switch BLSCodec.point(input, offset, G.self) {
            case .invalid: return nil
            case .infinity: continue
            case .point(let point): sum = G.add(sum, G.lift(point))
            }
        }
        return BLSCodec.encode(sum, G.self)
    }

    /// The sum of points of the subgroup, each times the 32-byte number that follows it.
    static func multiExp<G: BLSGroup>(_ input: PrecompileInput, _: G.Type) -> [UInt8]? {
        let stride = G.pointBytes + 32
        guard input.count > 0, input.count % stride == 0 else { return nil }
        var points: [G.Affine] = []
        var scalars: [blst_scalar] = []
        for offset in Swift.stride(from: 0, to: input.count, by: stride) {
            switch BLSCodec.groupPoint(input, offset, G.self) {
            case .invalid: return nil
            case .infinity: continue
            case .point(let point):
                // Reduced modulo the order; zero, for which blst answers false, adds nothing.
                var scalar = blst_scalar()
                guard blst_scalar_from_be_bytes(&scalar, input.present(offset + G.pointBytes, 32), 32) else { continue }
                points.append(point)
                scalars.append(scalar)
            }
        }
        return BLSCodec.encode(sum(points, scalars, G.self), G.self)
    }

    private static func sum<G: BLSGroup>(_ points: [G.Affine], _ scalars: [blst_scalar], _: G.Type) -> G.Point {
        // Buckets pay from a few points on.
        if points.count > 4 { return G.multiExp(points, scalars) }
        return zip(points, scalars).reduce(G.infinity) { G.add($0, G.multiply($1.0, $1.1)) }
    }

    /// One in 32 bytes where the product of the pairings of all pairs is one, else zero.
    static func pairing(_ input: PrecompileInput) -> [UInt8]? {
        let stride = G1.pointBytes + G2.pointBytes
        guard input.count > 0, input.count % stride == 0 else { return nil }
        var first: [blst_p1_affine] = []
        var second: [blst_p2_affine] = []
        for offset in Swift.stride(from: 0, to: input.count, by: stride) {
            switch (BLSCodec.groupPoint(input, offset, G1.self), BLSCodec.groupPoint(input, offset + G1.pointBytes, G2.self)) {
            case (.invalid, _), (_, .invalid): return nil
            case (.point(let p), .point(let q)):
                first.append(p)
                second.append(q)
            default: continue
            }
        }
        return word(isOne(first, second) ? 1 : 0)
    }

    /// Whether the product of the pairings is one. The points are in their subgroups and not infinite.
    static func isOne(_ first: [blst_p1_affine], _ second: [blst_p2_affine]) -> Bool {
        let count = min(first.count, second.count)
        guard count > 0 else { return true }
        var product = blst_fp12()
        first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
                var firstList = [first.baseAddress, nil]
                var secondList = [second.baseAddress, nil]
                blst_miller_loop_n(&product, &secondList, &firstList, count)
            }
        }
        var result = blst_fp12()
        blst_final_exp(&result, &product)
        return blst_fp12_is_one(&result)
    }

    /// The point that an element of the field maps to (RFC 9380, without hashing).
    static func map<G: BLSGroup>(_ input: PrecompileInput, _: G.Type) -> [UInt8]? {
        guard input.count == G.degree * BLSCodec.elementBytes, let element = BLSCodec.field(input, 0, G.self) else { return nil }
        return BLSCodec.encode(G.map(element), G.self)
    }
}
