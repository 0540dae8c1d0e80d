import Primitives

/// Values of one account's storage slots with Merkle proofs up to a state root (EIP-1186's shape).
public struct StateProof: Hashable, Sendable, RLPCodable {
    /// One slot's path in the account's storage trie.
    public struct Slot: Hashable, Sendable, RLPCodable {
        public var slot: Hash
        /// RLP nodes from the storage root down.
        public var nodes: [[UInt8]]

        public init(slot: Hash, nodes: [[UInt8]]) { (self.slot, self.nodes) = (slot, nodes) }

        public func encode(to writer: inout RLPWriter) {
            writer.list {
                $0.append(slot)
                $0.append(nodes: nodes)
            }
        }

        public init(from reader: inout RLPReader) throws(RLPError) {
            self = try reader.readList { (list) throws(RLPError) in Slot(slot: try list.read(), nodes: try list.readNodes()) }
        }
    }

    public static let maximumSlots = 32
    /// A path has at most 64 nodes and one for the value.
    static let maximumNodes = 65
    /// A branch of 16 hashes and a value of 32 bytes is shorter; so is an account's leaf.
    static let maximumNodeBytes = 640

    public var address: Address
    /// RLP nodes from the state root down.
    public var accountNodes: [[UInt8]]
    public var slots: [Slot]

    public init(address: Address, accountNodes: [[UInt8]], slots: [Slot]) {
        (self.address, self.accountNodes, self.slots) = (address, accountNodes, slots)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(address)
            $0.append(nodes: accountNodes)
            $0.append(list: slots)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            StateProof(
                address: try list.read(), accountNodes: try list.readNodes(),
                slots: try list.readList(of: Slot.self, maximum: Self.maximumSlots))
        }
    }
}

extension RLPWriter {
    fileprivate mutating func append(nodes: [[UInt8]]) {
        list { writer in for node in nodes { writer.append(node) } }
    }
}

extension RLPReader {
    fileprivate mutating func readNodes() throws(RLPError) -> [[UInt8]] {
        var list = try readList()
        var nodes: [[UInt8]] = []
        while !list.isAtEnd {
            guard nodes.count < StateProof.maximumNodes else { throw .tooManyItems }
            nodes.append(try list.readBytes(atMost: StateProof.maximumNodeBytes))
        }
        return nodes
    }
}
