import ChainTypes

/// Why a file that holds secrets or promises cannot be used, or a signature is refused.
public enum SignerError: Error, Hashable, Sendable {
    case file(path: String, reason: String)
    /// Another process has the file open.
    case locked(path: String)
    /// Others than the owner may read the file.
    case tooOpen(path: String)
    /// Others than the owner may replace the directory's files.
    case directoryTooOpen(path: String)
    case malformed(path: String)
    /// The file is of a later version of this program.
    case newerVersion(path: String, version: Int)
    /// The password is wrong, or the file was changed: the two cannot be told apart.
    case wrongPassword
    case emptyPassword
    /// The file is another key's or another chain's.
    case foreign(path: String)
    /// A record in the middle of the file is damaged.
    case corrupt(path: String, offset: Int)
    case recordTooLong(maximumBytes: Int)
    /// Signing this ballot would break a promise: the ballot that was signed before.
    case conflict(Ballot)
    /// The view is below those whose ballots are remembered.
    case forgotten(epoch: UInt64, view: UInt64)
    case signing
}

extension SignerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let path, let reason): "\(path): \(reason)"
        case .locked(let path): "\(path) is in use by another process"
        case .tooOpen(let path): "\(path) can be read by others: chmod 600 it"
        case .directoryTooOpen(let path): "others can put files into \(path): chmod 700 it"
        case .malformed(let path): "\(path) is malformed"
        case .newerVersion(let path, let version): "\(path) has version \(version), which is newer than this program"
        case .wrongPassword: "wrong password (or the file was changed)"
        case .emptyPassword: "an empty password is allowed on a devnet only: set QUSTREAM_PASSWORD"
        case .foreign(let path): "\(path) belongs to another key or chain"
        case .corrupt(let path, let offset): "\(path) is damaged at byte \(offset)"
        case .recordTooLong(let maximum): "a record is longer than \(maximum) bytes"
        case .conflict(let ballot): "another \(ballot.kind) ballot is signed in view \(ballot.view) already"
        case .forgotten(let epoch, let view): "view \(view) of epoch \(epoch) is older than the signer remembers"
        case .signing: "signing failed"
        }
    }
}
