import Primitives

/// The secret in the gateway's address: who knows it may spend.
public struct GatewayToken: Sendable, CustomStringConvertible {
    public static let minimumLength = 16
    public static let maximumLength = 256
    public static let randomBytes = 32

    public let text: String

    /// Takes letters, digits and `-_.~`, which stand in a URL as they are; nil for anything else, or too little.
    public init?(_ text: String) {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            default: "-_.~".utf8.contains(byte)
            }
        }
        guard isPlain, (Self.minimumLength...Self.maximumLength).contains(text.utf8.count) else { return nil }
        self.text = text
    }

    /// - Parameter random: `randomBytes` bytes from a good source.
    public init(random: [UInt8]) {
        precondition(random.count == Self.randomBytes, "a token takes \(Self.randomBytes) random bytes")
        text = Hex.encode(random, prefix: false)
    }

    /// Whether the path is `/` and the token. How long it takes tells nothing of where they differ.
    func opens(_ path: String) -> Bool {
        let (wanted, given) = (Array("/".utf8) + Array(text.utf8), Array(path.utf8))
        guard given.count == wanted.count else { return false }
        return zip(wanted, given).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    public var description: String { "GatewayToken" }
}
