/// Changes that are committed together or not at all. A later change to a key wins over an earlier one.
public struct WriteBatch: Sendable {
    public struct Operation: Sendable {
        public let column: Column
        public let key: [UInt8]
        /// The new value; nil deletes.
        public let value: [UInt8]?
    }

    public private(set) var operations: [Operation] = []

    public init() {}

    public var isEmpty: Bool { operations.isEmpty }
    public var count: Int { operations.count }

    public mutating func put(_ column: Column, _ key: [UInt8], _ value: [UInt8]) {
        operations.append(Operation(column: column, key: key, value: value))
    }

    /// Deletes a key; no error when it is not there.
    public mutating func delete(_ column: Column, _ key: [UInt8]) {
        operations.append(Operation(column: column, key: key, value: nil))
    }

    /// Appends another batch's changes after this one's.
    public mutating func append(_ other: WriteBatch) {
        operations.append(contentsOf: other.operations)
    }
}
