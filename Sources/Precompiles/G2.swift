import CBLST

/// The subgroup of the twist y² = x³ + 4(1 + u) over the quadratic extension.
enum G2: BLSGroup {
    static let degree = 2
    static let multiplyGas: UInt64 = 22_500
    static let discounts = BLSGas.discountsG2
    static var infinity: blst_p2 { blst_p2() }

    static func point(x: blst_fp2, y: blst_fp2) -> blst_p2_affine? {
        var point = blst_p2_affine(x: x, y: y)
        return blst_p2_affine_on_curve(&point) ? point : nil
    }

    static func coordinates(_ point: blst_p2_affine) -> (x: blst_fp2, y: blst_fp2) { (point.x, point.y) }

    static func isInSubgroup(_ point: blst_p2_affine) -> Bool {
        var point = point
        return blst_p2_affine_in_g2(&point)
    }

    static func lift(_ point: blst_p2_affine) -> blst_p2 {
        var (point, result) = (point, blst_p2())
        blst_p2_from_affine(&result, &point)
        return result
    }

    static func lower(_ point: blst_p2) -> blst_p2_affine? {
        var (point, result) = (point, blst_p2_affine())
        guard !blst_p2_is_inf(&point) else { return nil }
        blst_p2_to_affine(&result, &point)
        return result
    }

    static func add(_ a: blst_p2, _ b: blst_p2) -> blst_p2 {
        var (a, b, result) = (a, b, blst_p2())
        blst_p2_add_or_double(&result, &a, &b)
        return result
    }

    static func map(_ element: blst_fp2) -> blst_p2 {
        var (element, result) = (element, blst_p2())
        blst_map_to_g2(&result, &element, nil)
        return result
    }

    static func field(_ elements: [blst_fp]) -> blst_fp2? {
        guard elements.count == 2 else { return nil }
        return blst_fp2(fp: (elements[0], elements[1]))
    }

    static func elements(_ field: blst_fp2) -> [blst_fp] { [field.fp.0, field.fp.1] }

    static func multiply(_ point: blst_p2_affine, _ scalar: blst_scalar) -> blst_p2 {
        var (point, result) = (lift(point), blst_p2())
        withUnsafeBytes(of: scalar) { blst_p2_mult(&result, &point, $0.bindMemory(to: UInt8.self).baseAddress, 255) }
        return result
    }

    static func multiExp(_ points: [blst_p2_affine], _ scalars: [blst_scalar]) -> blst_p2 {
        let count = min(points.count, scalars.count)
        guard count > 0 else { return infinity }
        var result = blst_p2()
        let limbs = blst_p2s_mult_pippenger_scratch_sizeof(count) / MemoryLayout<limb_t>.size
        points.withUnsafeBufferPointer { points in
            scalars.withUnsafeBytes { scalars in
                withUnsafeTemporaryAllocation(of: limb_t.self, capacity: limbs) { scratch in
                    // A list that ends with nil after its first pointer means: the others follow in memory.
                    var pointList = [points.baseAddress, nil]
                    var scalarList = [scalars.bindMemory(to: UInt8.self).baseAddress, nil]
                    blst_p2s_mult_pippenger(&result, &pointList, count, &scalarList, 255, scratch.baseAddress)
                }
            }
        }
        return result
    }
}
