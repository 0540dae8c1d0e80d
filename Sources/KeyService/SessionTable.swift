import ChainTypes
import Cryptography
import Primitives

/// What an open request has shown, for the requests that follow it on the same TLS session.
struct KeySession: Sendable {
    let token: Hash
    let peer: Hash
    let keyID: KeyID
    let device: Hash
    /// Whether this device requested the key.
    let isDealer: Bool
    /// Whether the owner has given the key up: all that is left to do is to delete it.
    let isRemoved: Bool
    let nonce: Hash
    let seat: VaultCommittee.Seat
    let layout: VaultLayout
    let opened: UInt64
    var expires: UInt64
    /// How often this session was given entropy.
    var contributions = 0

    /// Entropy is given to the key's dealer, and not without end: a lost answer may be asked for again.
    var mayContribute: Bool { isDealer && contributions < 4 }
}

/// Open sessions: a bounded number, of bounded length, each bound to the peer that opened it.
struct SessionTable: Sendable {
    /// Whoever goes on shows anew that it may: a device that was unlinked, or a key that was given up, is served no longer than this
    /// after the header that showed otherwise.
    static let lifetimeMilliseconds: UInt64 = 30_000
    /// An upload keeps its session while it goes on, no longer than this.
    static let uploadMilliseconds: UInt64 = 600_000
    private static let maximum = 4096
    private static let maximumPerDevice = 32

    private var sessions: [Hash: KeySession] = [:]
    /// Tokens, oldest first.
    private var order: [Hash] = []

    func session(_ token: Hash, peer: Hash, now: UInt64) -> KeySession? {
        guard let session = sessions[token], session.peer == peer, now < session.expires else { return nil }
        return session
    }

    mutating func contributed(_ token: Hash) { sessions[token]?.contributions += 1 }

    /// Begins a session's time anew.
    mutating func prolong(_ token: Hash, now: UInt64) {
        guard let session = sessions[token] else { return }
        sessions[token]?.expires = min(now + Self.lifetimeMilliseconds, session.opened + Self.uploadMilliseconds)
    }

    /// Ends all sessions of a key but one.
    mutating func end(_ key: KeyID, but kept: Hash) {
        for (token, session) in sessions where session.keyID == key && token != kept { remove(token) }
    }

    func contains(_ token: Hash) -> Bool { sessions[token] != nil }

    /// Adds a session. A device that opens too many loses its oldest; beyond the total the oldest of all goes.
    mutating func add(_ session: KeySession) {
        let own = order.filter { sessions[$0]?.device == session.device }
        if own.count >= Self.maximumPerDevice, let oldest = own.first { remove(oldest) }
        if order.count >= Self.maximum, let oldest = order.first { remove(oldest) }
        sessions[session.token] = session
        order.append(session.token)
    }

    private mutating func remove(_ token: Hash) {
        sessions[token] = nil
        order.removeAll { $0 == token }
    }
}
