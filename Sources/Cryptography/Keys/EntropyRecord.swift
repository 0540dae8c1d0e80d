import Primitives

/// What random bytes rest on, as whoever drew them states it.
public struct EntropyRecord: Hashable, Sendable, RLPCodable {
    /// Names of the sources: `kernel`, `rdseed`, `/dev/hwrng`.
    public var sources: [String]
    /// Bits of assessed physical min-entropy in the bytes; zero where only the kernel's generator was used.
    public var physicalBits: UInt64

    public init(sources: [String], physicalBits: UInt64) { (self.sources, self.physicalBits) = (sources, physicalBits) }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.list { writer in for source in sources { writer.append(text: source) } }
            $0.append(physicalBits)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            var names = try list.readList()
            var sources: [String] = []
            while !names.isAtEnd {
                guard sources.count < 16 else { throw .tooManyItems }
                sources.append(try names.readText(atMost: 64))
            }
            return EntropyRecord(sources: sources, physicalBits: try list.readUInt64())
        }
    }
}

/// Random bytes with what they rest on.
public struct EntropyDraw: Sendable {
    public var bytes: [UInt8]
    public var sources: EntropyRecord

    public init(bytes: [UInt8], sources: EntropyRecord) { (self.bytes, self.sources) = (bytes, sources) }
}
