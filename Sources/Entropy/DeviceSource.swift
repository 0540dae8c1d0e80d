import Foundation

/// A character device that gives physical randomness: `/dev/hwrng`, or a quantum generator's.
public final class DeviceSource: EntropySource {
    /// The device's path.
    public let name: String
    public let kind = EntropyKind.physical
    private let descriptor: Int32

    /// A device that gives nothing for so long has run dry.
    private static let patienceMilliseconds = 5000

    /// Opens the device. Files and pipes are refused: their bytes can be read twice.
    public init(path: String) throws(EntropyError) {
        // Without waiting, so that a device that hangs cannot hang its reader.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unavailable(source: path, reason: SystemCall.message(errno)) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else {
            close(descriptor)
            throw .unavailable(source: path, reason: "not a character device")
        }
        (name, self.descriptor) = (path, descriptor)
    }

    deinit { close(descriptor) }

    public func read(count: Int) throws(EntropyError) -> [UInt8] {
        var bytes: [UInt8] = []
        var waited = 0
        while bytes.count < count {
            let part = try readSome(atMost: count - bytes.count)
            bytes += part
            guard part.isEmpty else {
                waited = 0
                continue
            }
            guard waited < Self.patienceMilliseconds else { throw .starved(source: name) }
            // Not `poll`: the kernel's hwrng does not offer it.
            usleep(1000)
            waited += 1
        }
        return bytes
    }

    /// What the device has ready; nothing when it must be waited for.
    private func readSome(atMost count: Int) throws(EntropyError) -> [UInt8] {
        var part = [UInt8](repeating: 0, count: min(count, 4096))
        let got = Foundation.read(descriptor, &part, part.count)
        if got > 0 { return Array(part.prefix(got)) }
        if got == 0 { throw .unavailable(source: name, reason: "end of file") }
        let code = errno
        guard code == EAGAIN || code == EINTR else { throw .unavailable(source: name, reason: SystemCall.message(code)) }
        return []
    }
}

enum SystemCall {
    /// The system's words for an errno.
    static func message(_ code: Int32) -> String { String(cString: strerror(code)) }
}
