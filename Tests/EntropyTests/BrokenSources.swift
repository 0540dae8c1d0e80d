import Entropy
import Synchronization

/// A source whose bytes a closure makes from their position.
final class ScriptedSource: EntropySource {
    let name: String
    let kind: EntropyKind
    private let position = Mutex(0)
    private let byte: @Sendable (Int) throws(EntropyError) -> UInt8

    init(_ name: String = "scripted", kind: EntropyKind = .physical, byte: @escaping @Sendable (Int) throws(EntropyError) -> UInt8) {
        (self.name, self.kind, self.byte) = (name, kind, byte)
    }

    func read(count: Int) throws(EntropyError) -> [UInt8] {
        try position.withLock { (position) throws(EntropyError) in
            var bytes: [UInt8] = []
            for _ in 0..<count {
                bytes.append(try byte(position))
                position += 1
            }
            return bytes
        }
    }

    /// A full-period sequence that passes both tests.
    static func healthyByte(_ position: Int) -> UInt8 { UInt8(truncatingIfNeeded: position &* 167 &+ 13) }
}
