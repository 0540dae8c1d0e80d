import CBLST

/// The subgroup of the curve y² = x³ + 4 over the base field.
enum G1: BLSGroup {
    static let degree = 1
    static let multiplyGas: UInt64 = 12_000
    static let discounts = BLSGas.discountsG1
    static var infinity: blst_p1 { blst_p1() }

    static func point(x: blst_fp, y: blst_fp) -> blst_p1_affine? {
        var point = blst_p1_affine(x: x, y: y)
        return blst_p1_affine_on_curve(&point) ? point : nil
    }

    static func coordinates(_ point: blst_p1_affine) -> (x: blst_fp, y: blst_fp) { (point.x, point.y) }

    static func isInSubgroup(_ point: blst_p1_affine) -> Bool {
        var point = point
        return blst_p1_affine_in_g1(&point)
    }

    static func lift(_ point: blst_p1_affine) -> blst_p1 {
        var (point, result) = (point, blst_p1())
        blst_p1_from_affine(&result, &point)
        return result
    }

    static func lower(_ point: blst_p1) -> blst_p1_affine? {
        var (point, result) = (point, blst_p1_affine())
        guard !blst_p1_is_inf(&point) else { return nil }
        blst_p1_to_affine(&result, &point)
        return result
    }

    static func add(_ a: blst_p1, _ b: blst_p1) -> blst_p1 {
        var (a, b, result) = (a, b, blst_p1())
        blst_p1_add_or_double(&result, &a, &b)
        return result
    }

    static func map(_ element: blst_fp) -> blst_p1 {
        var (element, result) = (element, blst_p1())
        blst_map_to_g1(&result, &element, nil)
        return result
    }

    static func field(_ elements: [blst_fp]) -> blst_fp? { elements.first }
    static func elements(_ field: blst_fp) -> [blst_fp] { [field] }

    static func multiply(_ point: blst_p1_affine, _ scalar: blst_scalar) -> blst_p1 {
        var (point, result) = (lift(point), blst_p1())
        withUnsafeBytes(of: scalar) { blst_p1_mult(&result, &point, $0.bindMemory(to: UInt8.self).baseAddress, 255) }
        return result
    }

    static func multiExp(_ points: [blst_p1_affine], _ scalars: [blst_scalar]) -> blst_p1 {
        let count = min(points.count, scalars.count)
        guard count > 0 else { return infinity }
        var result = blst_p1()
        let limbs = blst_p1s_mult_pippenger_scratch_sizeof(count) / MemoryLayout<limb_t>.size
        points.withUnsafeBufferPointer { points in
            scalars.withUnsafeBytes { scalars in
                withUnsafeTemporaryAllocation(of: limb_t.self, capacity: limbs) { scratch in
                    // A list that ends with nil after its first pointer means: the others follow in memory.
                    var pointList = [points.baseAddress, nil]
                    var scalarList = [scalars.bindMemory(to: UInt8.self).baseAddress, nil]
                    blst_p1s_mult_pippenger(&result, &pointList, count, &scalarList, 255, scratch.baseAddress)
                }
            }
        }
        return result
    }
}
