import ChainTypes
import Networking
import Primitives
import Replica

/// Takes in what peers send, beside the replica: decodes frames, answers questions from the store, and passes the
/// rest on.
///
/// Of a stranger the replica holds one message at a time; the next is decoded when that one has been handled.
package final class Inbox: Sendable {
    /// The network as seen from here.
    package struct Peers: Sendable {
        /// Whether the chain or this node has chosen the peer.
        var isOwn: @Sendable (Hash) -> Bool
        /// Whether messages of this kind of the peer are to be ignored.
        var ignores: @Sendable (_ kind: Int, Hash) -> Bool
        var send: @Sendable ([UInt8], Hash) -> Void
        var report: @Sendable (Misbehaviour, Hash, _ kind: Int) -> Void

        package init(
            isOwn: @escaping @Sendable (Hash) -> Bool, ignores: @escaping @Sendable (Int, Hash) -> Bool,
            send: @escaping @Sendable ([UInt8], Hash) -> Void,
            report: @escaping @Sendable (Misbehaviour, Hash, Int) -> Void
        ) {
            self.isOwn = isOwn
            self.ignores = ignores
            self.send = send
            self.report = report
        }
    }

    private struct Question: Sendable {
        let message: WireMessage
        /// Counts against its sender until the answer is on its way.
        let frame: PeerFrame
    }

    package typealias Deliver = @Sendable (
        WireMessage, Hash, PeerFrame, _ handled: @escaping @Sendable () -> Void
    ) -> Void

    /// Of one peer. Whoever asks faster than it is answered has asked in vain.
    package static let maximumQuestions = 16

    private let frames: Lanes<PeerFrame>
    private let questions: Lanes<Question>

    /// - Parameters:
    ///   - now: milliseconds that never run backwards.
    ///   - later: runs something in so many milliseconds.
    ///   - deliver: hands a message to the replica, which calls `handled` after it.
    package init(
        pool: WorkPool, server: ChainServer, peers: Peers, now: @escaping @Sendable () -> UInt64,
        later: @escaping @Sendable (Int, @escaping @Sendable () -> Void) -> Void, deliver: @escaping Deliver
    ) {
        let questions = Lanes<Question>(
            pool: pool,
            terms: { peer in
                peers.isOwn(peer)
                    ? .init(urgency: .ownQuestions, allowance: .own, limit: Self.maximumQuestions)
                    : .init(urgency: .guests, allowance: .guest, limit: Self.maximumQuestions)
            },
            now: now, later: later
        ) { question, peer, done in done(Self.answer(question, of: peer, server, peers)) }
        self.questions = questions
        frames = Lanes(
            pool: pool,
            terms: { peer in
                // The session's own bound on what is unhandled ends the line.
                peers.isOwn(peer)
                    ? .init(urgency: .ownFrames, allowance: .own, limit: .max)
                    : .init(urgency: .guests, allowance: .guest, limit: .max)
            },
            now: now, later: later
        ) { frame, peer, done in
            var cost = Cost.bytes(frame.bytes.count)
            guard let message = Self.decode(frame.bytes, of: peer, peers) else { return done(cost) }
            guard !ChainServer.serves(message) else {
                questions.add(Question(message: message, frame: frame), of: peer)
                return done(cost)
            }
            cost += Cost.handling(message)
            if peers.isOwn(peer) {
                deliver(message, peer, frame) {}
                done(cost)
            } else {
                deliver(message, peer, frame) { [cost] in done(cost) }
            }
        }
    }

    package func connected(_ peer: Hash) {
        frames.open(peer)
        questions.open(peer)
    }

    package func disconnected(_ peer: Hash) {
        frames.close(peer)
        questions.close(peer)
    }

    package func received(_ frame: PeerFrame, of peer: Hash) { frames.add(frame, of: peer) }

    /// Gives back what a transaction cost that was good.
    package func credit(_ transaction: SignedTransaction, of peer: Hash) {
        frames.charge(-Cost.admitted(transaction), to: peer)
    }

    /// Counts what the replica's answer to a message has cost besides.
    func charge(_ cost: Int, to peer: Hash) { frames.charge(cost, to: peer) }

    /// nil for what is ignored: a kind of a newer version, or one that this peer has used badly.
    private static func decode(_ bytes: [UInt8], of peer: Hash, _ peers: Peers) -> WireMessage? {
        guard let kind = WireMessage.kind(of: bytes) else {
            peers.report(.undecodableMessage, peer, 0)
            return nil
        }
        guard kind <= WireMessage.newestKind, !peers.ignores(kind, peer) else { return nil }
        guard let message = try? WireMessage(rlp: bytes) else {
            peers.report(.undecodableMessage, peer, kind)
            return nil
        }
        return message
    }

    /// Returns what it has cost.
    private static func answer(_ question: Question, of peer: Hash, _ server: ChainServer, _ peers: Peers) -> Int {
        let message = question.message
        guard let answer = try? server.answer(message, of: peer) else { return Cost.reads(for: message, nil) }
        let bytes = answer.rlp
        peers.send(bytes, peer)
        return Cost.reads(for: message, answer) + Cost.bytes(bytes.count)
    }
}
