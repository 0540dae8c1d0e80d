import ChainTypes
import Cryptography
import Primitives
import Synchronization

/// Signs a validator's votes, and never two that the chain would slash for, also after a crash or a restored replica:
/// what is signed is on disk before the signature leaves.
public final class ConsensusSigner: Sendable {
    fileprivate struct State: Sendable {
        var memory = SlashingGuard()
        var log: RecordLog
    }

    private let key: MLDSAPrivateKey
    private let genesis: Hash
    private let state: Mutex<State>

    public var publicKey: [UInt8] { key.publicKey }

    /// Opens or makes the record of what was signed, and takes it for this process.
    /// - Parameter path: must move with the key: a validator on a second machine needs this file first.
    public init(key: MLDSAPrivateKey, genesis: Hash, path: String) throws(SignerError) {
        var (log, records) = try RecordLog.open(path)
        var memory = SlashingGuard()
        let owner = SlashingGuard.Record.owner(genesis: genesis, key: key.commitment)
        if records.isEmpty {
            try log.append(owner.rlp)
        } else {
            guard records.removeFirst() == owner.rlp else { throw .foreign(path: path) }
        }
        for bytes in records {
            switch try? SlashingGuard.Record(rlp: bytes) {
            case .ballot(let ballot): memory.add(ballot)
            case .floor(let epoch, let view): memory.raiseFloor(epoch: epoch, view: view)
            case .owner, nil: throw .malformed(path: path)
            }
        }
        (self.key, self.genesis) = (key, genesis)
        state = Mutex(State(memory: memory, log: log))
    }

    /// Signs a ballot. One that was signed before is signed again; one that conflicts with it is refused.
    /// Costs a signature and a write forced to disk.
    public func sign(_ ballot: Ballot, as validator: Int) throws(SignerError) -> Vote {
        try state.withLock { (state) throws(SignerError) in try state.promise(ballot, owner: owner) }
        do {
            let signature = try key.sign(ballot.signingPayload(genesis: genesis), context: Ballot.signingContext)
            return Vote(ballot: ballot, validator: validator, signature: signature)
        } catch {
            throw .signing
        }
    }

    private var owner: SlashingGuard.Record { .owner(genesis: genesis, key: key.commitment) }
}

extension ConsensusSigner.State {
    /// Keeps the promise on disk, or throws.
    mutating func promise(_ ballot: Ballot, owner: SlashingGuard.Record) throws(SignerError) {
        guard !memory.isRepeat(ballot) else { return }
        try memory.check(ballot)
        try log.append(SlashingGuard.Record.ballot(ballot).rlp)
        memory.add(ballot)
        if memory.forgetOldest() { try log.rewrite(([owner] + memory.records).map(\.rlp)) }
    }
}
