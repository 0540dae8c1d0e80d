import Primitives

/// Sees every instruction before it runs, and every frame as it begins and ends.
protocol StepInspector {
    /// False removes the calls from the interpreter when it is compiled.
    static var isActive: Bool { get }
    mutating func step(_ opcode: UInt8, at position: Int, gas: Int64, height: Int, frame: Frame, evm: inout EVM)
    mutating func enter(_ frame: Frame)
    mutating func leave(_ frame: Frame)
}

struct NoWatcher: StepInspector {
    static var isActive: Bool { false }
    @inline(__always) mutating func step(_ opcode: UInt8, at position: Int, gas: Int64, height: Int, frame: Frame, evm: inout EVM) {}
    @inline(__always) mutating func enter(_ frame: Frame) {}
    @inline(__always) mutating func leave(_ frame: Frame) {}
}
