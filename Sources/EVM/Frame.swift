import Primitives
import WorldState

/// One call's stack, memory and surroundings. Frames are kept by depth and used again, so that a call
/// allocates nothing once its depth has been reached.
final class Frame {
    enum Purpose {
        case call
        case create(Address)
    }

    /// Words; one past 1,024 for safety of speculative reads. Left as it is found, so that a call that uses three words does
    /// not pay for all.
    let stack = UnsafeMutablePointer<UInt256>.allocate(capacity: 1_026)
    private(set) var memory = UnsafeMutableRawPointer.allocate(byteCount: 4_096, alignment: 32)
    private var capacity = 4_096
    /// Bytes in use, a multiple of 32.
    private(set) var memorySize = 0
    /// What the last call returned.
    var returnData: [UInt8] = []

    // Where the interpreter stopped.
    var position = 0
    var height = 0
    var gas: Int64 = 0
    private(set) var gasAtStart: Int64 = 0

    var code = Code.empty
    var purpose = Purpose.call
    /// The account whose storage and balance are used.
    var account = AccountIndex.none
    var address = Address.zero
    /// Whose code was called.
    var callee = Address.zero
    var caller = Address.zero
    var value = UInt256.zero
    var isStatic = false
    /// Call data, in the memory of the frame above or of the message.
    var input = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Where the frame above wants the output.
    var wantedOffset = 0
    var wantedCount = 0
    var checkpoint: WorldState.Checkpoint?

    /// The range of memory that a RETURN or REVERT gives back.
    var outputOffset = 0
    var outputCount = 0
    var fault: Fault?

    deinit {
        stack.deallocate()
        memory.deallocate()
    }

    var output: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory + outputOffset, count: outputCount) }

    /// Makes the frame ready for another call.
    func reset(gas: Int64) {
        (self.gas, gasAtStart) = (gas, gas)
        (position, height, memorySize) = (0, 0, 0)
        (outputOffset, outputCount, fault) = (0, 0, nil)
        returnData.removeAll(keepingCapacity: true)
        // One heavy call must not pin its memory to this depth for ever.
        if capacity > 1 << 20 { resize(to: 4_096, keeping: 0) }
    }

    /// Makes memory reach `bytes`, rounded up to words, filled with zeros.
    func growMemory(to bytes: Int) {
        let size = (bytes + 31) & ~31
        guard size > memorySize else { return }
        if size > capacity { resize(to: max(size, 2 * capacity), keeping: memorySize) }
        (memory + memorySize).initializeMemory(as: UInt8.self, repeating: 0, count: size - memorySize)
        memorySize = size
    }

    private func resize(to bytes: Int, keeping used: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 32)
        larger.copyMemory(from: memory, byteCount: used)
        memory.deallocate()
        (memory, capacity) = (larger, bytes)
    }
}
