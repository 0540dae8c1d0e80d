import Cryptography
import Primitives
import WorldState

/// One function of a system contract.
struct Method: Sendable {
    typealias Body = @Sendable (inout Calldata, inout NativeFrame) throws(NativeFailure) -> [ABIValue]

    let signature: String
    let isPayable: Bool
    let body: Body

    init(_ signature: String, payable: Bool = false, _ body: @escaping Body) {
        (self.signature, isPayable, self.body) = (signature, payable, body)
    }
}

/// The functions of a system contract by their selectors.
public struct MethodTable: Sendable {
    /// As Solidity writes them, in order.
    public let signatures: [String]
    private let methods: [UInt32: Method]

    init(_ methods: [Method]) {
        signatures = methods.map(\.signature)
        self.methods = Dictionary(uniqueKeysWithValues: methods.map { (Self.selector(ABI.selector($0.signature)), $0) })
    }

    /// Runs the function that calldata names.
    func run(_ input: [UInt8], _ frame: inout NativeFrame) throws(NativeFailure) -> [UInt8] {
        guard input.count >= 4, let method = methods[Self.selector(input)] else { throw .revert("unknown function") }
        guard method.isPayable || frame.value.isZero else { throw .revert("the function takes no payment") }
        var arguments = Calldata(input)
        return ABIValue.encode(try method.body(&arguments, &frame))
    }

    private static func selector(_ input: [UInt8]) -> UInt32 {
        input.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// A system contract: what it can do stands in its table.
public protocol SystemContract: NativeContract {
    static var methods: MethodTable { get }
}

extension SystemContract {
    public static func call(_ input: [UInt8], frame: inout NativeFrame) throws(NativeFailure) -> [UInt8] {
        try methods.run(input, &frame)
    }
}
