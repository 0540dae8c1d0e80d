import Foundation

/// What a keystore is locked with.
public struct Password: Sendable, CustomStringConvertible {
    public static let variable = "QUSTREAM_PASSWORD"

    let bytes: [UInt8]

    public init(_ text: String) { bytes = Array(text.utf8) }

    /// For devnets, whose keys are published anyway.
    public static let empty = Password("")
    public var isEmpty: Bool { bytes.isEmpty }

    /// The password in `QUSTREAM_PASSWORD`; nil where the variable is not set.
    public static func fromEnvironment() -> Password? {
        ProcessInfo.processInfo.environment[variable].map(Password.init)
    }

    public var description: String { "Password" }
}
