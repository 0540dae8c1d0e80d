import Foundation

/// Whether a node could listen somewhere.
enum PortProbe {
    /// Why not; nil where it could. Binds and lets go at once, as the node's sockets do.
    static func fault(host: String, port: Int) -> String? {
        var hints = addrinfo()
        #if canImport(Glibc)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
        hints.ai_socktype = SOCK_STREAM
        #endif
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &list) == 0, let list else { return "the host is unknown" }
        defer { freeaddrinfo(list) }
        let found = list.pointee
        let socket = socket(found.ai_family, found.ai_socktype, found.ai_protocol)
        guard socket >= 0 else { return "no socket can be made" }
        defer { close(socket) }
        var yes: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(socket, found.ai_addr, found.ai_addrlen) == 0 else { return message(errno) }
        // Two sockets may share a port until one listens.
        return listen(socket, 1) == 0 ? nil : message(errno)
    }

    private static func message(_ code: Int32) -> String {
        switch code {
        case EADDRINUSE: "the port is in use"
        case EADDRNOTAVAIL: "this machine does not have the address"
        case EACCES: "this user may not listen on the port"
        default: String(cString: strerror(code))
        }
    }
}
