import ChainTypes
import Cryptography
import Primitives

/// What became of a signed transaction, as far as the wallet knows.
public enum TransactionStatus: Hashable, Sendable {
    /// It may become final at any time.
    case pending
    case included(TransactionOutcome)
    case dropped(DropReason)
}

public enum DropReason: Hashable, Sendable, CustomStringConvertible {
    /// Another transaction of this journal with its nonce is final.
    case replaced
    /// Its nonce is used, and no node has shown a receipt of it: it may be final, or a transaction of another wallet with these keys is.
    case unseen
    /// No block may include it any more.
    case expired
    /// The node did not take it, for this stable reason. By that node's word: it may still come, until its nonce is used.
    case refused(String)

    public var description: String {
        switch self {
        case .replaced: "replaced"
        case .unseen: "unseen"
        case .expired: "expired"
        case .refused(let reason): reason
        }
    }

    init(_ text: String) {
        switch text {
        case "replaced": self = .replaced
        case "unseen": self = .unseen
        case "expired": self = .expired
        default: self = .refused(text)
        }
    }
}

/// A transaction that the wallet has signed.
public struct JournalEntry: Hashable, Sendable {
    public let transaction: SignedTransaction
    public let hash: Hash
    public internal(set) var status: TransactionStatus

    init(transaction: SignedTransaction, status: TransactionStatus) {
        self.transaction = transaction
        self.status = status
        hash = transaction.hash
    }

    public var nonce: UInt64 { transaction.body.nonce }

    public var isPending: Bool { status == .pending }

    /// Whether its owner was told that it came to nothing, by a node's word.
    var isCalledDead: Bool {
        switch status {
        case .dropped(.refused), .dropped(.expired): true
        default: false
        }
    }

    public var isIncluded: Bool {
        if case .included = status { true } else { false }
    }
}

/// One line of the journal's file.
enum JournalRecord: RLPCodable {
    case signed(SignedTransaction)
    case settled(Hash, TransactionStatus)

    func encode(to writer: inout RLPWriter) {
        writer.list {
            switch self {
            case .signed(let transaction):
                $0.append(0)
                $0.append(transaction)
            case .settled(let hash, .pending):
                $0.append(1)
                $0.append(hash)
            case .settled(let hash, .included(let outcome)):
                $0.append(2)
                $0.append(hash)
                $0.append(outcome.block)
                $0.append(outcome.blockHash)
                $0.append(outcome.succeeded)
                $0.append(outcome.gasUsed)
                $0.append(outcome.effectiveGasPrice)
            case .settled(let hash, .dropped(let reason)):
                $0.append(3)
                $0.append(hash)
                $0.append(Array(reason.description.utf8.prefix(256)))
            }
        }
    }

    init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            switch try list.readInt(atMost: 3) {
            case 0: return .signed(try list.read())
            case 1: return .settled(try list.read(), .pending)
            case 2:
                let hash = try list.read(Hash.self)
                let outcome = TransactionOutcome(
                    block: try list.readUInt64(), blockHash: try list.read(), succeeded: try list.readBool(),
                    gasUsed: try list.readUInt64(), effectiveGasPrice: try list.read())
                return .settled(hash, .included(outcome))
            default:
                let hash = try list.read(Hash.self)
                return .settled(hash, .dropped(DropReason(String(decoding: try list.readBytes(atMost: 256), as: UTF8.self))))
            }
        }
    }
}
