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
        switch (object["blockNumber"], object["blockHash"]) {
        case (let number?, nil): self = .number(try Field.number(number, name))
        case (nil, let hash?): self = .hash(try Field.hash(hash, name))
        case (nil, nil): self = .head
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

    /// Number of the named block; throws `header not found`.
    func block(_ index: Int, _ reader: any ChainReader) throws -> UInt64 {
        guard let number = try selector(index).resolve(reader) else { throw RPCFailure.headerNotFound }
        return number
    }
}
