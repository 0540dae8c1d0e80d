import Foundation

/// An open file, by its descriptor; all errors name the path.
final class SystemFile: Sendable {
    let path: String
    private let descriptor: Int32

    init(_ path: String, flags: Int32) throws(SignerError) {
        descriptor = open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
        self.path = path
    }

    deinit { close(descriptor) }

    static func failure(_ path: String) -> SignerError { .file(path: path, reason: String(cString: strerror(errno))) }

    private func check(_ result: Int32) throws(SignerError) {
        guard result == 0 else { throw Self.failure(path) }
    }

    var status: stat {
        get throws(SignerError) {
            var status = stat()
            try check(fstat(descriptor, &status))
            return status
        }
    }

    /// Whether both are the same file on the disk, by whatever name.
    func isSame(as other: SystemFile) throws(SignerError) -> Bool {
        let (own, others) = (try status, try other.status)
        return own.st_dev == others.st_dev && own.st_ino == others.st_ino
    }

    /// Takes the file for this process, or throws `.locked`; released when the file closes.
    func lock() throws(SignerError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw Self.failure(path) }
            throw .locked(path: path)
        }
        // Between opening and locking, the holder may have put another file under the name.
        var named = stat()
        guard stat(path, &named) == 0, try named.st_ino == status.st_ino else { throw .locked(path: path) }
    }

    /// Opens or makes a file and takes it, waiting so long for another holder. It is opened anew for each try, since the
    /// holder may put another file under the name.
    static func locked(_ path: String, patienceMilliseconds: Int) throws(SignerError) -> SystemFile {
        var waited = 0
        while true {
            // A link would have another file made or held, wherever it points.
            let file = try SystemFile(path, flags: O_RDWR | O_CREAT | O_NOFOLLOW)
            do {
                try file.lock()
                return file
            } catch {
                guard case .locked = error, waited < patienceMilliseconds else { throw error }
                usleep(5000)
                waited += 5
            }
        }
    }

    /// The file from an offset on. It must not be longer than `maximum`.
    func readAll(from start: Int = 0, atMost maximum: Int) throws(SignerError) -> [UInt8] {
        let length = try Int(status.st_size)
        guard length <= maximum else { throw .file(path: path, reason: "longer than \(maximum) bytes") }
        let size = max(length - start, 0)
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            let place = off_t(start + filled)
            let got = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress.map { $0 + filled }, size - filled, place) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw Self.failure(path) }
            guard got > 0 else { break }
            filled += got
        }
        return Array(bytes.prefix(filled))
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(SignerError) {
        var written = 0
        while written < bytes.count {
            let put = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written, off_t(offset + written)) }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw Self.failure(path) }
            written += put
        }
    }

    func truncate(to count: Int) throws(SignerError) { try check(ftruncate(descriptor, off_t(count))) }

    /// Returns when what was written is on the disk.
    func synchronize() throws(SignerError) { try check(fsync(descriptor)) }
}
