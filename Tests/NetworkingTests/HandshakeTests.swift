import NIOCore
import NIOPosix
import NIOSSL
import Testing
import Networking
import Primitives

/// Who gets a session, and what a listener on the line learns.
@Suite(.timeLimit(.minutes(2))) struct HandshakeTests {
    static func client(_ seed: UInt8, _ change: (inout TLSConfiguration) throws -> Void = { _ in }) throws -> TLSConfiguration {
        var configuration = SessionTLS.configuration(try TestNode.identity(seed), base: .makeClientConfiguration())
        try change(&configuration)
        return configuration
    }

    /// A client gets no session: at its own end the handshake fails or the connection is closed, and the node never hears of it.
    private func refuses(_ configuration: TLSConfiguration) async throws {
        let node = try await TestNode(1).listening()
        if let raw = try? await RawPeer.connect(port: node.port, tls: configuration) {
            raw.send(kind: 0, [7])
            await raw.closed()
            #expect(raw.received.value.isEmpty)
        }
        try await node.serves(2)
        #expect(!node.heard.value.contains(.connected(try TestNode.identity(3).name)))
        #expect(node.heard.value.allSatisfy { if case .frame = $0 { false } else { true } })
        await node.network.stop()
    }

    @Test func theRawClientIsAcceptedWhenItKeepsTheRules() async throws {
        let node = try await TestNode(1).listening()
        let raw = try await RawPeer.connect(port: node.port, tls: try Self.client(3))
        raw.send(kind: 0, [7])
        try await node.heard(.frame(try TestNode.identity(3).name, [7]))
        await node.network.stop()
    }

    @Test(arguments: [NIOTLSCurve.x25519, .secp256r1, .secp384r1])
    func classicalKeyExchangeIsRefused(_ group: NIOTLSCurve) async throws {
        await #expect(throws: (any Error).self) {
            let node = try await TestNode(1).listening()
            _ = try await RawPeer.connect(port: node.port, tls: try Self.client(3) { $0.curves = [group] })
        }
        try await refuses(try Self.client(3) { $0.curves = [group] })
    }

    @Test(arguments: [UInt16(0x0202), 0x11ec])
    func eachPostQuantumGroupIsAccepted(_ group: UInt16) async throws {
        let node = try await TestNode(1).listening()
        _ = try await RawPeer.connect(port: node.port, tls: try Self.client(3) { $0.curves = [NIOTLSCurve(rawValue: group)] })
        try await node.heard(.connected(try TestNode.identity(3).name))
        await node.network.stop()
    }

    @Test func aClassicalCertificateIsRefused() async throws {
        try await refuses(try Self.client(3) { try ClassicalCertificate.apply(to: &$0) })
    }

    @Test func aClientWithoutACertificateIsRefused() async throws {
        try await refuses(
            try Self.client(3) {
                $0.certificateChain = []
                $0.privateKey = nil
            })
    }

    @Test func tls12IsRefused() async throws {
        try await refuses(
            try Self.client(3) {
                $0.minimumTLSVersion = .tlsv12
                $0.maximumTLSVersion = .tlsv12
            })
    }

    @Test func aServerWithAClassicalCertificateIsRefused() async throws {
        var configuration = SessionTLS.configuration(
            try TestNode.identity(1), base: .makeServerConfiguration(certificateChain: [], privateKey: .file("")))
        try ClassicalCertificate.apply(to: &configuration)
        configuration.certificateVerification = .none
        let port = try await rawServer(configuration)
        await refusesServer(at: port, named: try TestNode.identity(1).name)
    }

    @Test func aServerThatOffersOnlyClassicalKeyExchangeIsRefused() async throws {
        var configuration = SessionTLS.configuration(
            try TestNode.identity(1), base: .makeServerConfiguration(certificateChain: [], privateKey: .file("")))
        configuration.certificateVerification = .none
        let accepted = try await rawServer(configuration)
        let session = try await SecureClient(identity: try TestNode.identity(3), group: MultiThreadedEventLoopGroup.singleton)
            .connect(to: PeerAddress(name: try TestNode.identity(1).name, host: "127.0.0.1", port: accepted))
        session.close()
        configuration.curves = [.x25519]
        await refusesServer(at: try await rawServer(configuration), named: try TestNode.identity(1).name)
    }

    private func rawServer(_ configuration: TLSConfiguration) async throws -> Int {
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return channel.localAddress?.port ?? 0
    }

    private func refusesServer(at port: Int, named name: Hash) async {
        await #expect {
            let client = try SecureClient(identity: try TestNode.identity(3), group: MultiThreadedEventLoopGroup.singleton)
            _ = try await client.connect(to: PeerAddress(name: name, host: "127.0.0.1", port: port))
        } throws: { error in
            if case .handshake = error as? SessionError { true } else { false }
        }
    }

    @Test func aManInTheMiddleWithAKeyOfItsOwnIsRefused() async throws {
        let middle = try await TestNode(9).listening()
        let name = try TestNode.identity(1).name
        await refusesServer(at: middle.port, named: name)
        let node = try TestNode(2)
        node.network.keep([PeerAddress(name: name, host: "127.0.0.1", port: middle.port)])
        try await middle.serves(4)
        #expect(node.heard.value.isEmpty && node.network.peers.isEmpty)
        await node.network.stop()
        await middle.network.stop()
    }

    @Test func aRelaySeesNoPlaintext() async throws {
        let recorded = Watched<[UInt8]>([])
        let (server, client) = (try await TestNode(1).listening(), try TestNode(2))
        let relay = try await Relay.start(to: server.port, recording: recorded)
        client.network.keep([PeerAddress(name: server.name, host: "127.0.0.1", port: relay.port)])
        try await server.heard(.connected(client.name))
        try await client.heard(.connected(server.name))
        let there = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ ($0 >> 8)) }
        let back = [UInt8]("a message that a listener would know".utf8)
        try client.network.send(there, to: server.name)
        try await server.heard(.frame(client.name, there))
        try server.network.send(back, to: client.name)
        try await client.heard(.frame(server.name, back))
        await client.network.stop()
        await server.network.stop()
        try await relay.channel.close()

        let bytes = recorded.value
        #expect(bytes.count > there.count + back.count)
        for secret in [there, back, client.identity.publicKey, server.identity.publicKey, client.name.bytes, server.name.bytes] {
            // Any 16 bytes in a row would give a field away.
            let pieces = stride(from: 0, to: secret.count - 15, by: 16).map { Array(secret[$0..<$0 + 16]) }
            #expect(!contains(bytes, anyOf: Set(pieces)))
        }
    }

    private func contains(_ bytes: [UInt8], anyOf pieces: Set<[UInt8]>) -> Bool {
        bytes.indices.dropLast(15).contains { pieces.contains(Array(bytes[$0..<$0 + 16])) }
    }
}
