import ChainTypes
import Cryptography
import Primitives
import WorldState

// Instructions on memory. Each takes the stack pointer and the gas by value and returns the gas that is
// left; below zero means a fault, out of gas unless the frame names another.

extension EVM {
    /// More memory than any block can pay for; keeps offsets small enough to compute with.
    static let memoryLimit = 1 << 30

    /// Pays for memory up to `end` bytes and makes it exist (Yellow Paper, equation 328: 3 a word and a square).
    @inline(never)
    static func growMemory(_ frame: Frame, to end: Int, _ gas: Int64) -> Int64 {
        guard end > frame.memorySize else { return gas }
        guard end <= memoryLimit else { return -1 }
        let left = gas - (memoryCost(end) - memoryCost(frame.memorySize))
        if left >= 0 { frame.growMemory(to: end) }
        return left
    }

    private static func memoryCost(_ bytes: Int) -> Int64 {
        let words = Int64((bytes + 31) / 32)
        return 3 * words + words * words / 512
    }

    @inline(never)
    func touchMemory(_ frame: Frame, _ offset: UInt256, _ count: Int, _ gas: Int64) -> Int64 {
        let offset = offset.clampedInt
        guard offset < Self.memoryLimit else { return -1 }
        return Self.growMemory(frame, to: offset + count, gas)
    }

    /// Pays for a range that an operand pair names; nothing where it is empty, whatever its offset.
    static func payRange(_ frame: Frame, _ offset: UInt256, _ count: UInt256, _ gas: Int64) -> Int64 {
        if count.isZero { return gas }
        let (start, length) = (offset.clampedInt, count.clampedInt)
        guard start < memoryLimit, length < memoryLimit else { return -1 }
        return growMemory(frame, to: start + length, gas)
    }

    static func wordGas(_ price: Int64, _ count: UInt256, _ gas: Int64) -> Int64 {
        guard count.isSmall, count.limb0 < 1 << 40 else { return -1 }
        return gas - price * Int64((count.limb0 + 31) / 32)
    }

    @inline(never)
    mutating func keccak(_ frame: Frame, _ sp: UnsafeMutablePointer<UInt256>, _ gas: Int64) -> Int64 {
        let (offset, count) = (sp[-1], sp[-2])
        let left = Self.payRange(frame, offset, count, Self.wordGas(6, count, gas))
        guard left >= 0 else { return -1 }
        let bytes = count.isZero ? UnsafeRawBufferPointer(start: nil, count: 0) : frame.range(offset, count)
        sp[-2] = Keccak256.hash(bytes).number
        return left
    }

    func callDataWord(_ input: UnsafeRawBufferPointer, _ offset: UInt256) -> UInt256 {
        let offset = offset.clampedInt
        guard offset < input.count, let base = input.baseAddress else { return .zero }
        if offset + 32 <= input.count { return base.loadWord(at: offset) }
        var word: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        return withUnsafeMutableBytes(of: &word) { buffer in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[offset...]))
            return UnsafeRawPointer(buffer.baseAddress!).loadWord(at: 0)
        }
    }

    /// CALLDATACOPY, CODECOPY, RETURNDATACOPY.
    @inline(never)
    mutating func copy(_ operation: Operation, _ frame: Frame, _ sp: UnsafeMutablePointer<UInt256>, _ gas: Int64) -> Int64 {
        let (to, from, count) = (sp[-1], sp[-2], sp[-3])
        if operation == .returndatacopy {
            let (end, overflow) = from.addingReportingOverflow(count)
            guard !overflow, end <= UInt256(UInt64(frame.returnData.count)) else {
                frame.fault = .returnDataOutOfBounds
                return -1
            }
        }
        let left = Self.payRange(frame, to, count, Self.wordGas(3, count, gas))
        guard left >= 0, !count.isZero else { return left }
        switch operation {
        case .calldatacopy: frame.fill(to, count, with: frame.input, from: from)
        case .codecopy: frame.fill(to, count, with: frame.code.bytes, from: from)
        default: frame.returnData.withUnsafeBytes { frame.fill(to, count, with: $0, from: from) }
        }
        return left
    }

    /// MCOPY (EIP-5656).
    @inline(never)
    mutating func copyMemory(_ frame: Frame, _ sp: UnsafeMutablePointer<UInt256>, _ gas: Int64) -> Int64 {
        let (to, from, count) = (sp[-1], sp[-2], sp[-3])
        let left = Self.payRange(frame, to < from ? from : to, count, Self.wordGas(3, count, gas))
        guard left >= 0, !count.isZero else { return left }
        memmove(frame, Int(to.limb0), Int(from.limb0), Int(count.limb0))
        return left
    }

    private func memmove(_ frame: Frame, _ to: Int, _ from: Int, _ count: Int) {
        (frame.memory + to).copyMemory(from: frame.memory + from, byteCount: count)
    }

    @inline(never)
    mutating func emitLog(_ topics: Int, _ frame: Frame, _ sp: UnsafeMutablePointer<UInt256>, _ gas: Int64) -> Int64 {
        guard !frame.isStatic else {
            frame.fault = .writeInStaticCall
            return -1
        }
        let (offset, count) = (sp[-1], sp[-2])
        guard count.isSmall, count.limb0 < 1 << 40 else { return -1 }
        let left = Self.payRange(frame, offset, count, gas - Int64(375 * topics) - 8 * Int64(count.limb0))
        guard left >= 0 else { return -1 }
        let data = count.isZero ? [] : Array(frame.range(offset, count))
        state.emit(Log(address: frame.address, topics: (0..<topics).map { Hash(sp[-3 - $0]) }, data: data))
        return left
    }

    @inline(never)
    mutating func setOutput(_ frame: Frame, _ sp: UnsafeMutablePointer<UInt256>, _ gas: Int64) -> Int64 {
        let (offset, count) = (sp[-1], sp[-2])
        let left = Self.payRange(frame, offset, count, gas)
        if left >= 0, !count.isZero { (frame.outputOffset, frame.outputCount) = (Int(offset.limb0), Int(count.limb0)) }
        return left
    }
}

extension Frame {
    /// A range that has been paid for and is not empty.
    func range(_ offset: UInt256, _ count: UInt256) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory + Int(offset.limb0), count: Int(count.limb0))
    }

    /// Fills a paid range from a source, with zeros where the source has ended.
    func fill(_ to: UInt256, _ count: UInt256, with source: UnsafeRawBufferPointer, from offset: UInt256) {
        let (target, length, first) = (memory + Int(to.limb0), Int(count.limb0), offset.clampedInt)
        let present = first < source.count ? min(length, source.count - first) : 0
        if present > 0, let base = source.baseAddress { target.copyMemory(from: base + first, byteCount: present) }
        if present < length { (target + present).initializeMemory(as: UInt8.self, repeating: 0, count: length - present) }
    }
}
