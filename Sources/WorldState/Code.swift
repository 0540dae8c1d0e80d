import CJumps
import Cryptography
import Primitives

/// The jump destinations of a code, for as long as the code lives.
public struct JumpTable {
    @usableFromInline let bits: UnsafePointer<UInt64>
    @usableFromInline let count: UInt64

    init(bits: UnsafePointer<UInt64>, count: UInt64) { (self.bits, self.count) = (bits, count) }

    @inlinable @inline(__always) public func contains(_ offset: UInt256) -> Bool {
        guard offset.limb1 | offset.limb2 | offset.limb3 == 0, offset.limb0 < count else { return false }
        return bits[Int(truncatingIfNeeded: offset.limb0 >> 6)] >> (offset.limb0 & 63) & 1 != 0
    }
}

/// A contract's code, made ready to run: padded so that reading an instruction never needs a bound
/// check, with its jump destinations marked. Made once per code and shared.
public final class Code: Sendable {
    /// Room before and after the code: a PUSH32 reads 32 bytes that end behind its last immediate byte, and jump
    /// destinations are looked for in 64 bytes at a time.
    private static let padding = 64

    public let hash: Hash
    public let count: Int
    private nonisolated(unsafe) let storage: UnsafeMutablePointer<UInt8>
    /// A bit for each byte of the code: whether a jump may land there.
    private nonisolated(unsafe) let jumpDestinations: UnsafeMutablePointer<UInt64>

    public static let empty = Code([], hash: Account.emptyCodeHash)

    public init(_ bytes: some Collection<UInt8>, hash: Hash) {
        self.hash = hash
        count = bytes.count
        storage = .allocate(capacity: count + 2 * Self.padding)
        storage.initialize(repeating: 0, count: count + 2 * Self.padding)
        _ = UnsafeMutableBufferPointer(start: storage + Self.padding, count: count).update(fromContentsOf: bytes)
        jumpDestinations = .allocate(capacity: count / 64 + 1)
        cjumps_mark(storage + Self.padding, count, jumpDestinations)
    }

    deinit {
        storage.deallocate()
        jumpDestinations.deallocate()
    }

    /// The first instruction. Zeros (STOP) follow the last one.
    public var start: UnsafePointer<UInt8> { UnsafePointer(storage + Self.padding) }
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// Where the interpreter looks up whether a jump may land.
    public var jumps: JumpTable { JumpTable(bits: UnsafePointer(jumpDestinations), count: UInt64(count)) }

    /// The account that the code delegates to: `0xef0100 ‖ address` (EIP-7702).
    public var delegate: Address? {
        guard count == 23, start[0] == 0xef, start[1] == 0x01, start[2] == 0x00 else { return nil }
        return Address(bytes.dropFirst(3))
    }
}
