import ChainTypes
import Primitives

/// What a validator has signed, and so what it must not sign any more. Pure: no files.
package struct SlashingGuard: Sendable {
    /// One line of the guard's file.
    package enum Record: Hashable, Sendable, RLPCodable {
        /// First in a file: whose it is.
        case owner(genesis: Hash, key: Hash)
        case ballot(Ballot)
        /// Nothing below this view of this epoch is signed again.
        case floor(epoch: UInt64, view: UInt64)

        package func encode(to writer: inout RLPWriter) {
            writer.list {
                switch self {
                case .owner(let genesis, let key):
                    $0.append(0)
                    $0.append(genesis)
                    $0.append(key)
                case .ballot(let ballot):
                    $0.append(1)
                    $0.append(ballot)
                case .floor(let epoch, let view):
                    $0.append(2)
                    $0.append(epoch)
                    $0.append(view)
                }
            }
        }

        package init(from reader: inout RLPReader) throws(RLPError) {
            self = try reader.readList { (list) throws(RLPError) in
                switch try list.readInt(atMost: 2) {
                case 0: .owner(genesis: try list.read(), key: try list.read())
                case 1: .ballot(try list.read())
                default: .floor(epoch: try list.readUInt64(), view: try list.readUInt64())
                }
            }
        }
    }

    package struct Place: Hashable, Comparable, Sendable {
        package var epoch, view: UInt64

        package static func < (a: Place, b: Place) -> Bool { (a.epoch, a.view) < (b.epoch, b.view) }
    }

    /// Views whose ballots are remembered. All further back are refused.
    package static let rememberedViews = 4096

    package private(set) var floor = Place(epoch: 0, view: 0)
    private var signed: [Place: [Ballot]] = [:]

    package init() {}

    /// Whether the ballot is one that was signed already: signing it again says nothing new.
    package func isRepeat(_ ballot: Ballot) -> Bool { signed[Self.place(of: ballot)]?.contains(ballot) ?? false }

    /// Throws if the ballot makes evidence together with one that was signed.
    package func check(_ ballot: Ballot) throws(SignerError) {
        let place = Self.place(of: ballot)
        guard place >= floor else { throw .forgotten(epoch: place.epoch, view: place.view) }
        func vote(_ ballot: Ballot) -> Vote { Vote(ballot: ballot, validator: 0, signature: []) }
        // The chain's own rule for what is slashed decides, so that the two cannot differ.
        let conflict = signed[place]?.first { Evidence(vote($0), vote(ballot)) != nil }
        if let conflict { throw .conflict(conflict) }
    }

    package mutating func add(_ ballot: Ballot) {
        guard !isRepeat(ballot) else { return }
        signed[Self.place(of: ballot), default: []].append(ballot)
    }

    package mutating func raiseFloor(epoch: UInt64, view: UInt64) {
        floor = max(floor, Place(epoch: epoch, view: view))
        let floor = floor
        signed = signed.filter { $0.key >= floor }
    }

    /// Forgets the oldest views, once twice as many as needed are held; returns whether it did.
    package mutating func forgetOldest() -> Bool {
        guard signed.count > 2 * Self.rememberedViews else { return false }
        let oldestKept = signed.keys.sorted()[signed.count - Self.rememberedViews]
        raiseFloor(epoch: oldestKept.epoch, view: oldestKept.view)
        return true
    }

    /// The shortest file that says the same, without its owner.
    package var records: [Record] {
        let ballots = signed.sorted { $0.key < $1.key }.flatMap(\.value)
        return [.floor(epoch: floor.epoch, view: floor.view)] + ballots.map(Record.ballot)
    }

    private static func place(of ballot: Ballot) -> Place { Place(epoch: ballot.epoch, view: ballot.view) }
}
