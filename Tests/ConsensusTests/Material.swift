import ChainTypes
import Consensus
import Cryptography
import Primitives

/// Validators, blocks and votes for tests. The core never looks at signatures, so they are opaque bytes.
enum Material {
    static func validators(_ powers: [UInt64]) -> ValidatorSet {
        let members = powers.enumerated().map { index, power in
            let key = [UInt8](repeating: UInt8(index + 1), count: SignatureSuite.mldsa65.publicKeyBytes)
            return Validator(
                address: Address(low: UInt32(index + 1)), power: power, consensusKey: key, nodeKey: key, endpoint: "", moniker: "\(index)")
        }
        guard let set = ValidatorSet(members) else { preconditionFailure("powers are out of range") }
        return set
    }

    static func block(view: UInt64, on parent: SealedHeader?, time: UInt64 = 0, note: [UInt8] = []) -> SealedHeader {
        let header = Header(
            parentHash: parent?.blockHash ?? .zero, beneficiary: .zero, stateRoot: .zero, number: parent.map { $0.number + 1 } ?? 0,
            gasLimit: 30_000_000, timestamp: time / 1000, extraData: note, prevRandao: .zero, baseFeePerGas: .one)
        let envelope = Envelope(
            epoch: 0, view: view, parent: parent?.id ?? .zero, timeMilliseconds: time, headerHash: header.hash, bodyHash: Block.bodyHash(of: []),
            nextSetHash: .zero)
        guard let sealed = SealedHeader(envelope: envelope, header: header) else { preconditionFailure("the header is its envelope's") }
        return sealed
    }

    static let genesis = block(view: 0, on: nil)

    private static let signatures = (0..<100).map { [UInt8](repeating: UInt8($0), count: SignatureSuite.mldsa65.signatureBytes) }

    static func vote(_ kind: VoteKind, _ block: Hash = .zero, view: UInt64, by validator: Int) -> Vote {
        Vote(ballot: Ballot(epoch: 0, view: view, kind: kind, block: block), validator: validator, signature: signatures[validator])
    }

    static func sign(_ ballot: Ballot, by validator: Int) -> Vote {
        Vote(ballot: ballot, validator: validator, signature: signatures[validator])
    }

    static func proposal(_ sealed: SealedHeader, by leader: Int) -> Proposal {
        Proposal(sealed: sealed, transactionHashes: [], vote: vote(.propose, sealed.id, view: sealed.envelope.view, by: leader))
    }

    static func certificate(_ kind: VoteKind, _ block: Hash = .zero, view: UInt64, by members: [Int]) -> Certificate {
        let ballot = Ballot(epoch: 0, view: view, kind: kind, block: block)
        return Certificate(ballot: ballot, shares: members.map { .init(validator: $0, signature: signatures[$0]) })
    }

    static func core(
        _ set: ValidatorSet, me: Int, timeout: UInt64 = 2000, finalized: SealedHeader = genesis, finalization: Certificate? = nil,
        log: [WALRecord] = []
    ) -> Simplex {
        let configuration = Simplex.Configuration(
            genesis: genesis.id, epoch: 0, validators: set, me: me, viewTimeoutMilliseconds: timeout)
        return Simplex(configuration, finalized: finalized, finalization: finalization, log: log)
    }

    /// How peers name a validator.
    static func name(_ index: Int, in set: ValidatorSet) -> Hash { Keccak256.hash(set.validators[index].nodeKey) }
}
