import ChainTypes
import Primitives

/// Which block a call speaks of: a number, a tag, or a hash (EIP-1898). Every block here is finalised,
/// so `latest`, `safe`, `finalized` and `pending` are one.
enum BlockSelector: Hashable, Sendable {
    case head, pending
    case number(UInt64)
    case hash(Hash)

    init(_ value: JSONValue?, _ name: String) throws(RPCFailure) {
        switch value {
        case nil: self = .head
        case .some(.object): try self.init(object: value ?? .null, name)
        case .some(let value):
            switch try Field.text(value, name) {
            case "latest", "safe", "finalized": self = .head
            case "pending": self = .pending
            case "earliest": self = .number(0)
            // geth takes a bare hash for state queries as well.
            case let text where text.utf8.count == 66: self = .hash(try Field.hash(value, name))
            default: self = .number(try Field.number(value, name))
            }
        }
    }

    private init(object: JSONValue, _ name: String) throws(RPCFailure) {
        if let canonical = object["requireCanonical"] {
            // Every block here is canonical, so the answer is the same either way.
            guard case .bool = canonical else { throw .invalidParameters("invalid \(name): requireCanonical must be a boolean") }
        }
        switch (object["blockNumber"], object["blockHash"]) {
        case (.some(.object), nil): throw .invalidParameters("invalid \(name): expected a string")
        case (let number?, nil): try self.init(number, name)
        case (nil, let hash?): self = .hash(try Field.hash(hash, name))
        case (nil, nil): throw .invalidParameters("invalid \(name): neither block nor hash specified")
        default: throw .invalidParameters("invalid \(name): cannot specify both BlockHash and BlockNumber, choose one or the other")
        }
    }

    /// Number of the block; nil when there is none (yet).
    func resolve(_ reader: any ChainReader) throws -> UInt64? {
        let head = try reader.headNumber()
        switch self {
        case .head, .pending: return head
        case .number(let number): return number <= head ? number : nil
        case .hash(let hash): return try reader.number(ofBlock: hash)
        }
    }
}

extension RPCParameters {
    func selector(_ index: Int) throws(RPCFailure) -> BlockSelector { try BlockSelector(optional(index), "argument \(index)") }

    /// A block by number or tag only.
    func numberSelector(_ index: Int) throws(RPCFailure) -> BlockSelector {
        let value = try required(index)
        guard !value.isObject else { throw .invalidParameters("invalid argument \(index): expected a string") }
        let selector = try BlockSelector(value, "argument \(index)")
        if case .hash = selector { throw .invalidParameters("invalid argument \(index): hex number > 64 bits") }
        return selector
    }

    /// Number of the named block; throws `header not found`.
    func block(_ index: Int, _ reader: any ChainReader) throws -> UInt64 {
        guard let number = try selector(index).resolve(reader) else { throw RPCFailure.headerNotFound }
        return number
    }
}
