import Foundation

/// One HTTP connection that blocks, with as little work as possible: the callers share the machine with the node.
final class KeptConnection {
    private let socket: Int32
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    struct Broken: Error { let reason: String }

    init(port: UInt16) throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard status == 0 else { throw Broken(reason: "cannot connect") }
        var noDelay: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(socket) }

    /// Sends a request and returns the answer's body.
    func exchange(_ request: [UInt8]) throws -> [UInt8] {
        guard send(socket, request, request.count, 0) == request.count else { throw Broken(reason: "cannot send") }
        var count = 0
        while true {
            let more = buffer.withUnsafeMutableBytes { recv(socket, $0.baseAddress! + count, $0.count - count, 0) }
            guard more > 0 else { throw Broken(reason: "the node closed the connection") }
            count += more
            if let body = body(in: buffer[..<count]) { return body }
        }
    }

    /// nil until all of it is there.
    private func body(in bytes: ArraySlice<UInt8>) -> [UInt8]? {
        let mark = Array("content-length: ".utf8)
        guard let end = bytes.indices.dropLast(3).first(where: { bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 }),
            let place = bytes[..<end].indices.first(where: { start in
                start + mark.count <= end && zip(mark, bytes[start...]).allSatisfy { $0 == ($1 < 91 && $1 > 64 ? $1 | 32 : $1) }
            })
        else { return nil }
        let length = bytes[(place + mark.count)..<end].prefix { $0 != 13 }.reduce(0) { $0 * 10 + Int($1 - 48) }
        return bytes.count >= end + 4 + length ? Array(bytes[(end + 4)..<(end + 4 + length)]) : nil
    }
}
