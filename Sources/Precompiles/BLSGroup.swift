import CBLST

/// One of the two groups of BLS12-381 as EIP-2537 encodes it, on blst's types.
protocol BLSGroup {
    associatedtype Affine: BitwiseCopyable
    associatedtype Point: BitwiseCopyable
    /// What a point of the group is mapped from: one or two elements of the base field.
    associatedtype Field: BitwiseCopyable

    /// Elements of the base field in a coordinate.
    static var degree: Int { get }
    /// The price of one multiplication, and per mille of it for each of k of them (the last holds above 128).
    static var multiplyGas: UInt64 { get }
    static var discounts: [UInt64] { get }

    static var infinity: Point { get }
    /// The point with the coordinates; nil where it is not on the curve.
    static func point(x: Field, y: Field) -> Affine?
    static func coordinates(_ point: Affine) -> (x: Field, y: Field)
    static func isInSubgroup(_ point: Affine) -> Bool
    static func lift(_ point: Affine) -> Point
    /// nil for the point at infinity.
    static func lower(_ point: Point) -> Affine?
    static func add(_ a: Point, _ b: Point) -> Point
    static func map(_ element: Field) -> Point
    static func field(_ elements: [blst_fp]) -> Field?
    static func elements(_ field: Field) -> [blst_fp]
    /// The point, which is in the subgroup, times a scalar below the order.
    static func multiply(_ point: Affine, _ scalar: blst_scalar) -> Point
    /// The sum of the points, which are in the subgroup and not infinite, each times its scalar below the order.
    static func multiExp(_ points: [Affine], _ scalars: [blst_scalar]) -> Point
}

extension BLSGroup {
    static var pointBytes: Int { 2 * degree * BLSCodec.elementBytes }
}
