import Networking
import Primitives
import Testing

/// Addresses of peers as operators write them.
@Suite struct PeerAddressTests {
    static let name = "0x" + String(repeating: "ab", count: 32)

    @Test(arguments: [
        ("a.example.org:26600", "a.example.org", 26600), ("10.0.0.7:1", "10.0.0.7", 1), ("host_b-2:65535", "host_b-2", 65535),
        ("[2001:db8::1]:26600", "2001:db8::1", 26600), ("[fe80::1%eth0]:5", "fe80::1%eth0", 5),
    ])
    func whatIsReadIsWrittenTheSame(_ endpoint: String, _ host: String, _ port: Int) throws {
        let address = try PeerAddress("\(Self.name)@\(endpoint)")
        #expect(address == PeerAddress(name: try #require(Hash(hex: Self.name)), host: host, port: port))
        #expect("\(address)" == "\(Self.name)@\(endpoint)")
    }

    @Test(arguments: [
        ("", PeerAddressFault.notNameAtEndpoint), ("a.example.org:26600", .notNameAtEndpoint), ("\(name)@a", .notNameAtEndpoint),
        ("\(name)@a:1@b:2", .notNameAtEndpoint), ("0xabab@a:1", .name), ("\(name)00@a:1", .name), ("\(name.dropFirst(2))@a:1", .name),
        ("@a:1", .name), ("\(name)@:1", .host), ("\(name)@a b:1", .host), ("\(name)@a\":1", .host), ("\(name)@2001:db8::1:1", .host),
        ("\(name)@[]:1", .host), ("\(name)@[a.example.org]:1", .host), ("\(name)@b\u{fc}cher.example:1", .host),
        ("\(name)@\(String(repeating: "a", count: 254)):1", .host), ("\(name)@a:0", .port), ("\(name)@a:65536", .port),
        ("\(name)@a:+1", .port), ("\(name)@a:01", .port), ("\(name)@a:", .port), ("\(name)@a:99999999999999999999", .port),
    ])
    func everythingElseIsRefusedWithItsReason(_ text: String, _ fault: PeerAddressFault) {
        #expect(throws: fault) { try PeerAddress(text) }
    }
}
