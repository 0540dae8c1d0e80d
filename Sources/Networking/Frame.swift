import NIOCore

/// Limits of a listener or session.
public struct SessionLimits: Sendable {
    public var maximumFrameBytes = 8 << 20
    public var maximumConnections = 512
    public var maximumConnectionsPerAddress = 256
    public var handshakeTimeoutSeconds: Int64 = 10
    /// A session is closed when nothing came for this long; half of it without writing sends a ping.
    public var idleTimeoutSeconds: Int64 = 20
    /// A peer that lets more than this pile up is disconnected; it catches up after reconnecting.
    public var maximumQueuedBytes = 64 << 20
    /// Inbound bytes a second beyond which reading pauses.
    public var maximumInboundBytesPerSecond = 512 << 20
    public var maximumRequestsInFlight = 64

    public init() {}
}

public enum SessionError: Error, Hashable, Sendable {
    case frameTooLong(bytes: Int)
    case malformedFrame
    case closed
    case handshake(String)
    case timeout
    case tooManyRequests
}

/// One frame: a 4-byte big-endian length, a kind, and the payload.
struct Frame: Sendable {
    enum Kind: UInt8, Sendable {
        case message = 0, ping, pong
        /// The payload starts with an 8-byte number that the response repeats.
        case request, response
    }

    var kind: Kind
    var payload: ByteBuffer
}

struct FrameDecoder: NIOSingleStepByteToMessageDecoder {
    typealias InboundOut = Frame
    let maximumBytes: Int

    mutating func decode(buffer: inout ByteBuffer) throws -> Frame? {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return nil }
        guard length >= 1 else { throw SessionError.malformedFrame }
        guard length <= maximumBytes else { throw SessionError.frameTooLong(bytes: Int(length)) }
        guard buffer.readableBytes >= 4 + Int(length) else { return nil }
        buffer.moveReaderIndex(forwardBy: 4)
        guard let kind = buffer.readInteger(as: UInt8.self).flatMap({ Frame.Kind(rawValue: $0) }),
            let payload = buffer.readSlice(length: Int(length) - 1)
        else { throw SessionError.malformedFrame }
        return Frame(kind: kind, payload: payload)
    }

    mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> Frame? { try decode(buffer: &buffer) }
}

struct FrameEncoder: MessageToByteEncoder {
    typealias OutboundIn = Frame

    func encode(data: Frame, out: inout ByteBuffer) {
        out.writeInteger(UInt32(data.payload.readableBytes + 1))
        out.writeInteger(data.kind.rawValue)
        out.writeImmutableBuffer(data.payload)
    }
}
