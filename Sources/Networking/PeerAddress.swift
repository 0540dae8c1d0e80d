import Primitives

/// Where a peer listens and whose key it must prove.
public struct PeerAddress: Hashable, Sendable {
    public var name: Hash
    public var host: String
    public var port: Int

    public init(name: Hash, host: String, port: Int) { (self.name, self.host, self.port) = (name, host, port) }

    /// Splits `host:port`; nil for anything else.
    public init?(name: Hash, endpoint: String) {
        guard let colon = endpoint.lastIndex(of: ":"), let port = Int(endpoint[endpoint.index(after: colon)...]), (1...65535).contains(port)
        else { return nil }
        self.init(name: name, host: String(endpoint[..<colon]), port: port)
    }
}

/// What is wrong with the text of a peer's address.
public enum PeerAddressFault: Error, Hashable, Sendable, CustomStringConvertible {
    case notNameAtEndpoint
    case name
    case host
    case port

    public var description: String {
        switch self {
        case .notNameAtEndpoint: "it is not NAME@HOST:PORT"
        case .name: "its name is not 0x and 64 hexadecimal digits, as `qustream config peer` prints it"
        case .host: "its host is no name of a host and no IP address"
        case .port: "its port is not from 1 to 65535"
        }
    }
}

// MARK: - As text

extension PeerAddress: CustomStringConvertible {
    /// Reads `0x…@host:port`; the name has 64 digits, an IPv6 address stands in brackets.
    public init(_ text: String) throws(PeerAddressFault) {
        let halves = text.split(separator: "@", omittingEmptySubsequences: false)
        guard halves.count == 2, let digits = halves.first, let endpoint = halves.last, let colon = endpoint.lastIndex(of: ":") else {
            throw .notNameAtEndpoint
        }
        guard digits.hasPrefix("0x"), let name = Hash(hex: String(digits)) else { throw .name }
        guard let host = Self.host(endpoint[..<colon]) else { throw .host }
        let portText = endpoint[endpoint.index(after: colon)...]
        guard let port = Int(portText), (1...65535).contains(port), "\(port)" == portText else { throw .port }
        self.init(name: name, host: host, port: port)
    }

    /// The text that reads back as this.
    public var description: String { "\(name.hex)@\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    private static let maximumHostBytes = 253

    /// The host without brackets; nil for what cannot be one.
    private static func host(_ text: Substring) -> String? {
        let isBracketed = text.hasPrefix("[") && text.hasSuffix("]") && text.count > 2
        let host = isBracketed ? text.dropFirst().dropLast() : text
        let isPlain = host.utf8.allSatisfy { byte in
            let isLetter = (0x61...0x7a).contains(byte | 0x20)
            let isDigit = (0x30...0x39).contains(byte)
            // In brackets: IPv6 with a zone. Otherwise a name or IPv4.
            return isLetter || isDigit || byte == UInt8(ascii: ".") || (isBracketed ? [0x3a, 0x25].contains(byte) : [0x2d, 0x5f].contains(byte))
        }
        guard isPlain, !host.isEmpty, host.utf8.count <= maximumHostBytes, host.contains(":") == isBracketed else { return nil }
        return String(host)
    }
}
