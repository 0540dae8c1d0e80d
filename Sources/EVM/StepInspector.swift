import Primitives

/// Sees every instruction before it runs, and every frame as it begins and ends.
protocol StepInspector {
    /// False removes the calls from the interpreter when it is compiled.
    static var isActive: Bool { get }
    mutating func step(_ opcode: UInt8, at position: Int, gas: Int64, height: Int, frame: Frame, evm: inout EVM)
    mutating func enter(_ frame: Frame, evm: inout EVM)
    mutating func leave(_ frame: Frame, end: FrameEnd, evm: inout EVM)
}

/// How a frame's code ended, before the rules of creation and the undoing of what failed.
struct FrameEnd {
    let gas: Int64
    let fault: Fault?
    private let outputCount: Int

    init(_ frame: Frame) { (gas, fault, outputCount) = (frame.gas, frame.fault, frame.outputCount) }

    /// What a settled frame gave back; of a creation the code.
    func output(of frame: Frame) -> UnsafeRawBufferPointer {
        guard frame.fault == nil else { return frame.output }
        return UnsafeRawBufferPointer(start: frame.memory + frame.outputOffset, count: outputCount)
    }
}

struct NoWatcher: StepInspector {
    static var isActive: Bool { false }
    @inline(__always) mutating func step(_ opcode: UInt8, at position: Int, gas: Int64, height: Int, frame: Frame, evm: inout EVM) {}
    @inline(__always) mutating func enter(_ frame: Frame, evm: inout EVM) {}
    @inline(__always) mutating func leave(_ frame: Frame, end: FrameEnd, evm: inout EVM) {}
}
