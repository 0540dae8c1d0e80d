import NIOConcurrencyHelpers
import NIOCore
import Primitives

/// What no correct peer does, or not often.
public enum Misbehaviour: Hashable, Sendable {
    /// A frame that is too long, of no kind, or without its number.
    case malformedFrame
    /// A well-formed frame whose content cannot be decoded.
    case undecodableMessage
    /// A message that says what is not so: false signatures, invalid blocks.
    case falseMessage
    /// More in a second than is allowed; reading has paused.
    case tooFast
    /// A handshake that failed or was left open.
    case failedHandshake

    /// Said of a peer.
    public var sentence: String {
        switch self {
        case .malformedFrame: "sent frames that are none"
        case .undecodableMessage: "sent messages that cannot be read"
        case .falseMessage: "sent what is not so"
        case .tooFast: "sent more than is allowed"
        case .failedHandshake: "failed at handshakes"
        }
    }

    var points: Int {
        switch self {
        case .malformedFrame, .undecodableMessage: 50
        case .falseMessage: 20
        case .failedHandshake: 5
        case .tooFast: 2
        }
    }
}

/// Points of nodes and addresses for what they did, and who is banned for it.
package final class Reputation: Sendable {
    package enum Subject: Hashable, Sendable {
        case node(Hash)
        case address(String)
        /// A kind of message, by its number, of a node.
        case kind(Int, of: Hash)
    }

    private struct Record {
        var points: Int
        var updated: UInt64
        var bannedUntil: UInt64 = 0
        /// What led to the ban; nil where it only has to wait.
        var reason: Misbehaviour?
        /// How long it last had to wait without being banned.
        var wait: UInt64 = 0
    }

    private let records = NIOLockedValueBox<[Subject: Record]>([:])
    private let rules: BanRules
    /// Milliseconds that never run backwards.
    private let now: @Sendable () -> UInt64

    package init(_ rules: BanRules, now: @escaping @Sendable () -> UInt64) { (self.rules, self.now) = (rules, now) }

    package func isBanned(_ subject: Subject) -> Bool { now() < records.withLockedValue { $0[subject]?.bannedUntil ?? 0 } }

    /// Adds points; true when they lead to a ban that was not there before.
    package func record(_ misbehaviour: Misbehaviour, of subject: Subject) -> Bool {
        let now = now()
        return records.withLockedValue { records in
            if records[subject] == nil, records.count >= rules.maximumSubjects { forget(&records, now) }
            var record = records[subject] ?? Record(points: 0, updated: now)
            record.points = current(record, now) + misbehaviour.points
            record.updated = now
            let banned = record.points >= rules.threshold && record.bannedUntil <= now
            if banned {
                record.points = 0
                record.bannedUntil = now + duration(of: subject)
                record.reason = misbehaviour
            }
            records[subject] = record
            return banned
        }
    }

    /// Who is banned at present, and what for; the longest first.
    package var refusals: [Refusal] {
        let now = now()
        let records = records.withLockedValue { $0 }
        let found = records.compactMap { subject, record in
            record.reason.flatMap { reason in
                now < record.bannedUntil ? Refusal(subject: subject, reason: reason, remaining: record.bannedUntil - now) : nil
            }
        }
        return found.sorted { $0.remaining > $1.remaining }
    }

    package struct Refusal: Hashable, Sendable {
        package let subject: Subject
        package let reason: Misbehaviour
        /// Milliseconds.
        package let remaining: UInt64
    }

    private func duration(of subject: Subject) -> UInt64 {
        if case .kind = subject { return rules.ignoreSeconds * 1000 }
        return rules.banSeconds * 1000
    }

    /// Keeps a node away for a while that grows from time to time, and is short again after good conduct of a ban's length.
    package func postpone(_ subject: Subject) {
        let now = now()
        records.withLockedValue { records in
            if records[subject] == nil, records.count >= rules.maximumSubjects { forget(&records, now) }
            var record = records[subject] ?? Record(points: 0, updated: now)
            if record.bannedUntil <= now { record.reason = nil }
            record.wait = isOnProbation(record, now) ? min(2 * record.wait, rules.longestWaitMilliseconds) : rules.firstWaitMilliseconds
            record.updated = now
            record.bannedUntil = max(record.bannedUntil, now + record.wait)
            records[subject] = record
        }
    }

    private func isOnProbation(_ record: Record, _ now: UInt64) -> Bool {
        record.wait > 0 && now < record.updated + rules.banSeconds * 1000
    }

    private func current(_ record: Record, _ now: UInt64) -> Int {
        max(0, record.points - Int(clamping: (now - min(now, record.updated)) / 1000))
    }

    /// Makes room: first what no longer matters, else the quarter that matters least. So many at once because it takes a look
    /// at all of them, and a newcomer costs its sender no more than a handshake.
    private func forget(_ records: inout [Subject: Record], _ now: UInt64) {
        records = records.filter { $0.value.bannedUntil > now || current($0.value, now) > 0 || isOnProbation($0.value, now) }
        let most = rules.maximumSubjects - max(1, rules.maximumSubjects / 4)
        guard records.count > most else { return }
        let least = records.sorted { ($0.value.bannedUntil, $0.value.points) < ($1.value.bannedUntil, $1.value.points) }
        for (subject, _) in least.prefix(records.count - most) { records[subject] = nil }
    }
}

/// Milliseconds since some moment, never running backwards.
@Sendable public func monotonicMilliseconds() -> UInt64 { NIODeadline.now().uptimeNanoseconds / 1_000_000 }

extension SocketAddress {
    /// Whom an address stands for: of IPv6 the first 64 bits, since one host has all the rest.
    package var owner: String {
        guard case .v6 = self, let text = ipAddress, !text.contains(".") else { return ipAddress ?? "local" }
        let halves = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false).map { $0.split(separator: ":") }
        let left = halves.first ?? []
        let right = halves.count > 1 ? halves[1] : []
        let zeros = [Substring](repeating: "0", count: max(0, 8 - left.count - right.count))
        return (left + zeros + right).prefix(4).joined(separator: ":")
    }
}
