import ChainTypes
import Cryptography
import NIOCore
import Primitives

/// What a stranger may send without end.
enum Flood: String, CaseIterable, Sendable {
    case finalized = "get-finalized"
    case blocks = "get-block"
    case epochs = "get-epochs"
    case challenges = "get-challenges"
    case missing = "get-transactions"
    case transactions = "junk-transactions"
    case unknown = "unknown-kinds"
    case statuses = "false-heights"
    case votes
    case garbage
    case half = "half-frames"

    /// Frames, as many as go out in one write.
    func frames(block: Hash) -> [[UInt8]] {
        switch self {
        case .finalized: repeated(.getFinalized(from: 1, maximum: WireMessage.maximumBlocks), 200)
        case .blocks: repeated(.getBlock(block), 200)
        case .epochs: repeated(.getEpochs(from: 0), 200)
        case .challenges: repeated(.getChallenges, 200)
        case .missing: repeated(.getTransactions((0..<4096).map { Hash(UInt256(UInt64($0))) }), 2)
        case .transactions: [WireMessage.transactions((0..<150).map { Self.junk($0) }).rlp]
        case .unknown: (0..<10).map { _ in Self.unknownKind }
        case .statuses: (0..<200).map { WireMessage.status(Self.status(UInt64.max - UInt64($0))).rlp }
        case .votes: (0..<50).map { WireMessage.vote(Self.vote($0)).rlp }
        case .garbage: [[UInt8](repeating: 0xff, count: 1000)]
        case .half: []
        }
    }

    private func repeated(_ message: WireMessage, _ count: Int) -> [[UInt8]] {
        [[UInt8]](repeating: message.rlp, count: count)
    }

    /// From nobody, signed by nobody.
    private static func junk(_ number: Int) -> SignedTransaction {
        let body = UnsignedTransaction(
            chainID: 20817, sender: Address(low: .random(in: 0 ... .max)), nonce: UInt64(number),
            maxPriorityFeePerGas: QST.gwei, maxFeePerGas: QST.gwei * 1000, gasLimit: 21_000, to: Address(low: 1), value: .one, nextKeyCommitment: .zero)
        let witness = Witness(publicKey: [UInt8](repeating: 7, count: 1952), signature: [UInt8](repeating: 7, count: 3309))
        return SignedTransaction(body: body, witness: witness)
    }

    private static let unknownKind: [UInt8] = {
        var writer = RLPWriter()
        writer.list {
            $0.append(WireMessage.newestKind + 1)
            $0.append([UInt8](repeating: 1, count: 30_000))
        }
        return writer.bytes
    }()

    private static func status(_ height: UInt64) -> PeerStatus {
        PeerStatus(epoch: 0, view: 1, finalizedNumber: height, finalizedBlock: .zero, votesHeld: [.zero, .zero, .zero])
    }

    private static func vote(_ number: Int) -> Vote {
        let ballot = Ballot(epoch: 0, view: UInt64(number), kind: .notarize, block: Hash(UInt256(UInt64(number) + 1)))
        return Vote(ballot: ballot, validator: number % 4, signature: [UInt8](repeating: 7, count: 3309))
    }
}
