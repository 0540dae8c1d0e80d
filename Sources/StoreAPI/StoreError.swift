/// Why a database did not do what it was asked.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Written by a later version of the software.
    case newerSchema(found: UInt32, supported: UInt32)
    /// The disk, the operating system or another process that holds the database refused.
    case unavailable(String)
    /// What is stored cannot be what was written.
    case corrupted(String)

    public var description: String {
        switch self {
        case .newerSchema(let found, let supported):
            "the database has schema \(found), this version knows only up to \(supported): use the newer software or another directory"
        case .unavailable(let reason): "the database is not available: \(reason)"
        case .corrupted(let reason): "the database is damaged: \(reason)"
        }
    }
}
