import ChainTypes
import Cryptography
import KeyService
import Primitives
import Synchronization

/// What went wrong with which node, the first thing for each.
final class FaultLog: Sendable {
    private struct Entries {
        var faults: [Int: NodeFault] = [:]
        var gone: Set<Int> = []
    }

    private let entries = Mutex(Entries())

    /// Remembers a node's fault. A silent node is not asked again: each question would cost a timeout.
    func note(_ fault: NodeFault, seat: Int) {
        entries.withLock {
            if $0.faults[seat] == nil { $0.faults[seat] = fault }
            if case .silent = fault.problem { $0.gone.insert(seat) }
        }
    }

    /// Leaves a node out of everything that follows.
    func exclude(seat: Int) { entries.withLock { _ = $0.gone.insert(seat) } }

    func isAsked(_ seat: Int) -> Bool { entries.withLock { !$0.gone.contains(seat) } }

    /// By seat.
    var faults: [NodeFault] { entries.withLock { entries in entries.faults.keys.sorted().compactMap { entries.faults[$0] } } }
}

/// Open sessions with the nodes of a vault's committee that could be reached.
struct CommitteeSession: Sendable {
    let key: ProvenKey
    let links: [NodeLink]
    let log: FaultLog

    /// Connects to all at once; those that fail are in the log.
    static func open(_ key: ProvenKey, with opener: SessionOpener) async throws -> CommitteeSession {
        let log = FaultLog()
        let links = try await withThrowingTaskGroup(of: NodeLink?.self) { group in
            for seat in key.committee.seats {
                group.addTask {
                    do { return try await NodeLink.open(seat, of: key, with: opener) } catch let fault as NodeFault {
                        log.note(fault, seat: seat.index)
                        return nil
                    }
                }
            }
            return try await group.reduce(into: [NodeLink]()) { links, link in if let link { links.append(link) } }
        }
        return CommitteeSession(key: key, links: links.sorted { $0.seat.index < $1.seat.index }, log: log)
    }

    func close() { for link in links { link.close() } }

    var faults: [NodeFault] { log.faults }

    /// Asks all nodes that still answer, at once. A node whose answer is of another kind, or that `read` finds wrong, is in the log.
    /// - Parameter read: what the answer means; nil when it is no answer to the question. It may throw a `NodeFault.Problem`.
    /// - Returns: by seat index, ascending.
    func ask<Value: Sendable>(
        _ make: @escaping @Sendable (Hash, VaultCommittee.Seat) -> KeyRequest,
        read: @escaping @Sendable (KeyAnswer, VaultCommittee.Seat) throws -> Value?
    ) async throws -> [(seat: VaultCommittee.Seat, value: Value)] {
        let answers = try await withThrowingTaskGroup(of: (VaultCommittee.Seat, Value)?.self) { group in
            for link in links where log.isAsked(link.seat.index) {
                let seat = link.seat
                group.addTask {
                    do {
                        guard let value = try read(try await link.ask { make($0, seat) }, seat) else {
                            throw NodeFault(node: seat.node, problem: .lied("its answer is not one to the question"))
                        }
                        return (seat, value)
                    } catch let fault as NodeFault {
                        log.note(fault, seat: seat.index)
                        return nil
                    }
                }
            }
            return try await group.reduce(into: [(VaultCommittee.Seat, Value)]()) { all, one in if let one { all.append(one) } }
        }
        return answers.sorted { $0.0.index < $1.0.index }.map { (seat: $0.0, value: $0.1) }
    }

    /// Throws unless nodes at these seats are enough of each class for the key.
    func requireShareThresholds(_ seats: [VaultCommittee.Seat]) throws(VaultError) {
        let (operators, shape) = (seats.filter(\.isOperator).count, key.committee.shape)
        guard operators >= shape.operators.threshold, seats.count - operators >= shape.community.threshold else {
            throw .belowShareThreshold(
                operators: operators, needOperators: shape.operators.threshold, community: seats.count - operators,
                needCommunity: shape.community.threshold, faults: faults)
        }
    }
}
