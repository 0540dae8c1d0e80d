import Primitives
import Synchronization

/// Codes made ready to run, shared by all blocks and threads. It remembers only what follows from the hash
/// alone, so it changes no result.
final class CodeCache: Sendable {
    static let shared = CodeCache(maximumBytes: 64 << 20)

    private struct Contents {
        var codes: [Hash: Code] = [:]
        var bytes = 0
    }

    private let maximumBytes: Int
    private let contents = Mutex(Contents())

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    func code(_ hash: Hash, _ load: () throws(StateError) -> [UInt8]) throws(StateError) -> Code {
        if let known = contents.withLock({ $0.codes[hash] }) { return known }
        let code = Code(try load(), hash: hash)
        contents.withLock { contents in
            // Forgetting everything now and then costs less than keeping an order of use.
            if contents.bytes + code.count > maximumBytes { contents = Contents() }
            if contents.codes.updateValue(code, forKey: hash) == nil { contents.bytes += code.count }
        }
        return code
    }
}
