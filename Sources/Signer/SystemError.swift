import Foundation

/// What the system says about a file or a socket, in its own few words.
public enum SystemError {
    /// `permission denied`, with the path where the error names one; the error's own description where the system did not say it.
    public static func text(_ error: any Error) -> String {
        var next: NSError? = error as NSError
        var path: String?
        while let current = next {
            path = path ?? current.userInfo[NSFilePathErrorKey] as? String ?? (current.userInfo[NSURLErrorKey] as? URL)?.path
            if current.domain == NSPOSIXErrorDomain { return named(path, words(Int32(current.code))) }
            if current.domain == NSCocoaErrorDomain, current.userInfo[NSUnderlyingErrorKey] == nil {
                return named(path, posix[current.code].map(words) ?? "the file cannot be used (\(current.code))")
            }
            next = (current.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError }
        }
        return "\(error)"
    }

    /// The system's words for an `errno`.
    public static func words(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }

    private static func named(_ path: String?, _ words: String) -> String { path.map { "\($0): \(words)" } ?? words }

    /// Foundation's numbers for what it does not pass on.
    private static let posix: [Int: Int32] = [
        CocoaError.fileNoSuchFile.rawValue: ENOENT, CocoaError.fileReadNoSuchFile.rawValue: ENOENT,
        CocoaError.fileReadNoPermission.rawValue: EACCES, CocoaError.fileWriteNoPermission.rawValue: EACCES,
        CocoaError.fileWriteOutOfSpace.rawValue: ENOSPC, CocoaError.fileWriteFileExists.rawValue: EEXIST,
        CocoaError.fileWriteVolumeReadOnly.rawValue: EROFS,
    ]
}
