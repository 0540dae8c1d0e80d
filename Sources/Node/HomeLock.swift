import Foundation
import Signer

/// A home that is taken by this process: two nodes of one home would sign against each other, and write into each other's files.
/// The system lets go of it when the process ends, however it does.
public final class HomeLock: Sendable {
    public enum Failure: Error, Sendable, CustomStringConvertible {
        case taken(path: String, process: String)
        case system(String)

        public var description: String {
            switch self {
            case .taken(let path, let process): "a node runs on \(path) already\(process.isEmpty ? "" : " (process \(process))")"
            case .system(let reason): reason
            }
        }
    }

    private let lock: FileLock
    private let note: String

    /// Takes the home and notes the process in its `node.pid`.
    public init(_ home: URL) throws(Failure) {
        note = home.appending(path: "node.pid").path
        do { lock = try FileLock(home.appending(path: "node.lock").path) } catch SignerError.locked {
            let process = (try? String(contentsOfFile: note, encoding: .utf8))?.filter(\.isNumber) ?? ""
            throw .taken(path: home.path, process: process)
        } catch { throw .system("\(error)") }
        do { try "\(ProcessInfo.processInfo.processIdentifier)\n".write(toFile: note, atomically: true, encoding: .utf8) } catch {
            throw .system(SystemError.text(error))
        }
    }

    /// Takes the process's number away; the home stays taken until the process ends.
    public func end() { unlink(note) }
}
