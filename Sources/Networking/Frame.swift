import NIOCore

public enum SessionError: Error, Hashable, Sendable {
    /// Inbound, the session ends; outbound, nothing was sent.
    case frameTooLong(bytes: Int)
    case malformedFrame
    case closed
    case handshake(String)
    case timeout
    /// This side has as many requests under way as a session may have.
    case tooManyRequests
    /// The server has too much to do; the same request may succeed later.
    case busy
    /// The peer, or its address, is banned for what it did.
    case banned
    case noRoom
}

/// One frame: a 4-byte big-endian length, a kind, and the payload.
struct Frame: Sendable {
    enum Kind: UInt8, Sendable {
        case message = 0, ping, pong
        /// The payload starts with an 8-byte number that the response repeats.
        case request, response
        /// Only that number: the server did not look at the request.
        case busy
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
