import ChainTypes
import Primitives

/// What `eth_getLogs` and `eth_newFilter` ask for: blocks, and what their logs must have.
struct LogQuery: Sendable {
    let filter: LogFilter
    let blocks: Blocks

    enum Blocks: Sendable {
        case one(Hash)
        /// From a number, or the head, to another; nil is the head.
        case between(UInt64?, UInt64?)
    }

    init(_ object: JSONValue) throws(RPCFailure) {
        filter = try LogFilter(object)
        let (from, to) = (Self.given(object["fromBlock"]), Self.given(object["toBlock"]))
        if let hash = Self.given(object["blockHash"]) {
            guard from == nil, to == nil else {
                throw .invalidParameters(
                    "invalid argument 0: cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other")
            }
            blocks = .one(try Field.hash(hash, "blockHash"))
            return
        }
        blocks = .between(try Self.bound(from, "fromBlock"), try Self.bound(to, "toBlock"))
        if case .between(let first?, let last?) = blocks, first > last { throw Self.reversed }
    }

    private static let reversed = RPCFailure.invalidParameters("invalid block range params")

    private static func given(_ value: JSONValue?) -> JSONValue? { value == .null ? nil : value }

    private static func bound(_ value: JSONValue?, _ name: String) throws(RPCFailure) -> UInt64? {
        switch try BlockSelector(value, name) {
        case .number(let number): return number
        case .hash: throw .invalidParameters("invalid \(name): a number or a tag is wanted")
        case .head, .pending: return nil
        }
    }

    /// The numbers that are asked for, all of them final. Throws for a block that there is not.
    func range(_ reader: any ChainReader) throws -> ClosedRange<UInt64> {
        switch blocks {
        case .one(let hash):
            guard let number = try reader.number(ofBlock: hash) else { throw RPCFailure(message: "unknown block", reason: "blockNotFound") }
            return number...number
        case .between(let from, let to):
            let head = try reader.headNumber()
            let (first, last) = (from ?? head, to ?? head)
            guard first <= last else { throw Self.reversed }
            guard last <= head else { throw RPCFailure.invalidParameters("block range extends beyond current head block") }
            return first...last
        }
    }

    /// Whether a filter that was set up with this query tells of a new block.
    func covers(_ number: UInt64) -> Bool {
        guard case .between(let first, let last) = blocks else { return false }
        return number >= first ?? 0 && number <= last ?? .max
    }
}
