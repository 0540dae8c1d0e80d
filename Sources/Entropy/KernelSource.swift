import CEntropy

/// The kernel's generator (getrandom).
public struct KernelSource: EntropySource {
    public let name = "kernel"
    public let kind = EntropyKind.kernel

    public init() {}

    public func read(count: Int) throws(EntropyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let code = qs_kernel_random(&bytes, count)
        guard code == 0 else { throw .unavailable(source: name, reason: SystemCall.message(code)) }
        return bytes
    }
}
