import ChainTypes
import Cryptography
import KeyService
import Networking
import Primitives

/// Opens sessions for one vault: every node gets a request of its own, signed by the device.
struct SessionOpener: Sendable {
    let keys: VaultKeys
    let registry: RegistryReader
    let entropy: VaultEntropy
    let dialer: Dialer

    var timeoutMilliseconds: Int64 { dialer.options.requestTimeoutMilliseconds }

    /// A signed request for one node, with a fresh one-time identifier.
    func request(_ key: ProvenKey, to seat: VaultCommittee.Seat) throws -> OpenRequest {
        let nonce = try entropy.hash()
        let counter = try entropy.draw(32)
        var request = OpenRequest(
            keyID: key.keyID, deviceKey: keys.device.publicKey,
            requestID: DomainTag.requestID.hash(seat.id.bytes, key.keyID.bytes, counter), nonce: nonce, finality: key.finality,
            registry: key.registry, nodes: key.nodes)
        let message = request.signingPayload(genesis: registry.network.genesis, node: seat.id, peer: dialer.client.identity.name)
        request.signature = try keys.device.sign(message, context: OpenRequest.signingContext)
        return request
    }
}

/// A session with one node of a committee, opened for one vault. It opens itself again when the node has forgotten it.
actor NodeLink {
    nonisolated let seat: VaultCommittee.Seat
    private let key: ProvenKey
    private let opener: SessionOpener
    private let session: Session
    private var token: Hash
    private(set) var nonce: Hash
    private var reopening: Task<Void, any Error>?

    /// - Throws: `NodeFault`.
    static func open(_ seat: VaultCommittee.Seat, of key: ProvenKey, with opener: SessionOpener) async throws -> NodeLink {
        do {
            let session = try await opener.dialer.connect(seat.id, at: key.endpoint(of: seat))
            let request = try opener.request(key, to: seat)
            try await Self.open(request, on: session, timeoutMilliseconds: opener.timeoutMilliseconds)
            return NodeLink(seat: seat, key: key, opener: opener, session: session, token: request.requestID, nonce: request.nonce)
        } catch { throw Self.fault(error, seat) }
    }

    private init(seat: VaultCommittee.Seat, key: ProvenKey, opener: SessionOpener, session: Session, token: Hash, nonce: Hash) {
        self.key = key
        (self.seat, self.opener, self.session, self.token, self.nonce) = (seat, opener, session, token, nonce)
    }

    /// Asks within the session.
    /// - Throws: `NodeFault`: silence or a refusal; a lie when the answer is no answer.
    nonisolated func ask(_ make: @Sendable (Hash) -> KeyRequest) async throws -> KeyAnswer {
        do {
            let (token, timeout) = (await self.token, opener.timeoutMilliseconds)
            let answer = try await Self.exchange(make(token).rlp, on: session, timeout)
            guard case .refused(.unknownSession) = answer else { return try Self.accepted(answer) }
            try await reopen(insteadOf: token)
            return try Self.accepted(try await Self.exchange(make(await self.token).rlp, on: session, timeout))
        } catch { throw Self.fault(error, seat) }
    }

    nonisolated func close() { session.close() }

    private func reopen(insteadOf old: Hash) async throws {
        guard token == old else { return }
        if let reopening { return try await reopening.value }
        let task = Task {
            let fresh = try await opener.registry.key(key.keyID, nodes: key.nodes)
            let request = try opener.request(fresh, to: seat)
            try await Self.open(request, on: session, timeoutMilliseconds: opener.timeoutMilliseconds)
            (token, nonce) = (request.requestID, request.nonce)
        }
        reopening = task
        defer { reopening = nil }
        try await task.value
    }

    private static func open(_ request: OpenRequest, on session: Session, timeoutMilliseconds: Int64) async throws {
        guard case .opened = try accepted(try await exchange(KeyRequest.open(request).rlp, on: session, timeoutMilliseconds)) else {
            throw Unexpected()
        }
    }

    private static func exchange(_ bytes: [UInt8], on session: Session, _ timeoutMilliseconds: Int64) async throws -> KeyAnswer {
        try KeyAnswer(rlp: try await session.request(bytes, timeoutMilliseconds: timeoutMilliseconds))
    }

    private static func accepted(_ answer: KeyAnswer) throws(KeyRefusal) -> KeyAnswer {
        if case .refused(let refusal) = answer { throw refusal }
        return answer
    }

    /// An answer to another question.
    struct Unexpected: Error {}

    private static func fault(_ error: any Error, _ seat: VaultCommittee.Seat) -> any Error {
        switch error {
        case is NodeFault, is VaultError: error
        case let refusal as KeyRefusal: NodeFault(node: seat.node, problem: .refused(refusal))
        case is RLPError, is Unexpected: NodeFault(node: seat.node, problem: .lied("its answer is not one to the question"))
        default: NodeFault(node: seat.node, problem: .silent(reason(error, seat)))
        }
    }

    private static func reason(_ error: any Error, _ seat: VaultCommittee.Seat) -> String {
        switch error as? SessionError {
        case .timeout: "no answer in time"
        case .closed: "the session broke"
        case .busy: "it has too much to do"
        case .handshake(let why): "no session: \(why)"
        case let other?: "\(other)"
        case nil: "cannot be reached at \(seat.node.endpoint)"
        }
    }
}
