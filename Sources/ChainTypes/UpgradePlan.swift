/// A version of the protocol that governance has decided on: nodes of an older version stop before the block at its height.
public struct UpgradePlan: Hashable, Sendable {
    /// At most this many bytes of UTF-8, none of them zero.
    public static let maximumNameBytes = 32

    public var name: String
    public var version: UInt64
    /// The number of the first block under the new version.
    public var height: UInt64

    public init(name: String, version: UInt64, height: UInt64) {
        self.name = name
        self.version = version
        self.height = height
    }

    /// What a node of an older version tells its operator.
    public var instruction: String {
        "block \(height) is of protocol version \(version)\(name.isEmpty ? "" : " (\(name))"): "
            + "install a release of QuStream that supports it, and start this node again"
    }
}

/// Versions of the rules by which blocks are made. A block's envelope says its own.
public enum ProtocolVersion {
    /// Of a chain without upgrades.
    public static let first: UInt64 = 1
    /// The newest that this code knows.
    public static let newest: UInt64 = 1
}
