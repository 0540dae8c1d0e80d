import ChainTypes
import Cryptography
import KeyService
import LightClient
import Primitives
import SystemContracts
import VaultTestKit

/// Valid values of every kind, small ones where there is a choice. Signatures are noise where nothing verifies them.
struct Corpus {
    let chain: FixtureChain
    let address = Address(low: 0xa11ce)
    let hash = Keccak256.hash([1])
    let key = [UInt8](repeating: 3, count: SignatureSuite.mldsa65.publicKeyBytes)
    let signature = [UInt8](repeating: 5, count: SignatureSuite.mldsa65.signatureBytes)

    init() throws {
        chain = try FixtureChain(nodes: [], operators: 3, community: 5)
        for index in 1...4 as ClosedRange<UInt8> { try chain.link(Keccak256.hash([index]), to: address) }
    }

    var checkpoint: Checkpoint { Checkpoint(epoch: chain.head.envelope.epoch, validators: spec.validators, finalized: chain.head) }

    var transactions: [SignedTransaction] {
        let plain = UnsignedTransaction(
            chainID: 20817, sender: address, nonce: 0, maxPriorityFeePerGas: 1, maxFeePerGas: .max, gasLimit: 21_000, to: address,
            value: QST.one, nextKeyCommitment: hash)
        var rich = plain
        (rich.data, rich.to, rich.lastValidBlock, rich.suite) = ([1, 2, 3], nil, 99, .mldsa87)
        rich.accessList = [AccessListEntry(address: address, slots: [hash, .zero]), AccessListEntry(address: .zero, slots: [])]
        return [plain, rich].map { SignedTransaction(body: $0, witness: Witness(publicKey: [1, 2], signature: [3])) }
    }

    var sealed: [SealedHeader] { get throws { [chain.head] + (try chain.finality(0, signers: []).headers) } }

    func ballot(_ kind: VoteKind) -> Ballot { Ballot(epoch: 1, view: 300, kind: kind, block: kind == .nullify ? .zero : hash) }
    func vote(_ kind: VoteKind, _ block: Hash? = nil) -> Vote {
        var ballot = ballot(kind)
        if let block { ballot.block = block }
        return Vote(ballot: ballot, validator: 7, signature: signature)
    }

    var certificate: Certificate {
        Certificate(ballot: ballot(.finalize), shares: [0, 2].map { .init(validator: $0, signature: signature) })
    }

    /// The head with another body.
    private func head(naming hashes: [Hash]) -> SealedHeader {
        var envelope = chain.head.envelope
        envelope.bodyHash = Block.bodyHash(of: hashes)
        guard let sealed = SealedHeader(envelope: envelope, header: chain.head.header) else { preconditionFailure("the header is the same") }
        return sealed
    }

    var block: Block { Block(sealed: head(naming: transactions.map(\.hash)), transactions: transactions) }

    var proposal: Proposal {
        let hashes = [hash, .zero]
        let sealed = head(naming: hashes)
        let ballot = Ballot(epoch: sealed.envelope.epoch, view: sealed.envelope.view, kind: .propose, block: sealed.id)
        return Proposal(sealed: sealed, transactionHashes: hashes, vote: Vote(ballot: ballot, validator: 1, signature: signature))
    }

    var status: PeerStatus { PeerStatus(epoch: 0, view: 9, finalizedNumber: 8, finalizedBlock: hash, votesHeld: [.one, .zero, .max]) }

    var messages: [WireMessage] {
        get throws {
            [
                .status(status), .proposal(proposal), .vote(vote(.notarize)), .certificate(certificate), .transactions(transactions),
                .getTransactions([hash]), .getBlock(hash), .block(block), .getFinalized(from: 1, maximum: 64),
                .finalized([block], FinalityProof(headers: try sealed, certificate: certificate)), .getFinality, .finality(FinalityProof(headers: try sealed, certificate: certificate)),
                .getEpochs(from: 3), .epochs([try epochChange]), .getChallenges, .challenges(try openChallenges), .challengeAnswer(challengeAnswer),
            ]
        }
    }

    /// With all that a block may carry beside its transactions.
    var fullEnvelope: Envelope {
        var envelope = chain.head.envelope
        envelope.doubleSigns = (Evidence(vote(.nullify), vote(.finalize)).map { [$0] } ?? []).map { DoubleSign(consensusKey: key, evidence: $0) }
        envelope.answers = [challengeAnswer, ChallengeAnswer(id: 1, opening: nil, signature: signature)]
        return envelope
    }

    var challengeAnswer: ChallengeAnswer {
        ChallengeAnswer(id: 5, opening: ChunkOpening(chunk: [1, 2, 3], path: [hash, .zero]), signature: signature)
    }

    var openChallenges: OpenChallenges {
        get throws {
            OpenChallenges(
                finality: FinalityProof(headers: try sealed, certificate: certificate), ids: [1, 300],
                state: try chain.proof(Slashing.address, slots: Slashing.slots(ofChallenge: 1)))
        }
    }

    var epochChange: EpochChange {
        get throws { EpochChange(proof: FinalityProof(headers: try sealed, certificate: certificate), validators: spec.validators) }
    }

    var receipts: [ChainTypes.Receipt] {
        let log = Log(address: address, topics: [hash, .zero], data: [1, 2])
        return [
            Receipt(succeeded: true, cumulativeGasUsed: 21_000, logs: [log, log], gasUsed: 21_000, effectiveGasPrice: 7),
            Receipt(
                succeeded: false, cumulativeGasUsed: 0, logs: [], gasUsed: 0, effectiveGasPrice: .max, revertData: [1],
                contractAddress: address),
        ]
    }

    var nodes: [EncryptionNode] {
        [EncryptionNode(address: address, nodeClass: .community, nodeKey: key, endpoint: "host:1", capacityGiB: 5, moniker: "nö")]
    }

    var spec: ChainSpec {
        var spec = chain.spec
        spec.encryptionNodes = nodes
        spec.allocations = [Allocation(address: address, balance: QST.one)]
        return spec
    }

    var stateProof: StateProof {
        get throws {
            let slots = [KeyRegistry.feeSlot, KeyRegistry.deviceSlot(owner: address, device: hash)]
            return try chain.proof(KeyRegistry.address, slots: slots)
        }
    }

    var openRequest: OpenRequest {
        get throws {
            OpenRequest(
                keyID: KeyID(hash), deviceKey: key, requestID: hash, nonce: .zero, finality: try chain.finality(signers: [0, 1, 2]),
                registry: try stateProof, nodes: nodes, signature: signature)
        }
    }

    var share: DealtShare {
        DealtShare(
            epoch: 1, slot: 2, share: [UInt8](repeating: 1, count: KeyMaterial.byteCount),
            tag: [UInt8](repeating: 2, count: ShareAuthenticator.tagByteCount))
    }

    var record: EntropyRecord { EntropyRecord(sources: ["kernel", "rdseed"], physicalBits: 1536) }

    var contribution: EntropyContribution {
        EntropyContribution(
            keyID: KeyID(hash), nonce: hash, bytes: [UInt8](repeating: 9, count: EntropyContribution.byteCount), sources: record)
    }

    var requests: [KeyRequest] {
        get throws {
            [
                .open(try openRequest), .contribute(token: hash), .deal(token: hash, share: share),
                .putFragment(token: hash, stripe: 1, bytes: [1, 2]), .putManifest(token: hash, bytes: [1]), .finish(token: hash),
                .readShare(token: hash), .readFragment(token: hash, stripe: 0), .readManifest(token: hash), .holdings(token: hash),
            ]
        }
    }

    var signedReceipt: SignedKeyReceipt {
        SignedKeyReceipt(
            receipt: .init(keyID: KeyID(hash), epoch: 1, isOperator: true, slot: 2, length: 3, chunkCount: 1, root: hash), signature: signature)
    }

    var answers: [KeyAnswer] {
        [
            .refused(.policy), .opened, .contribution(contribution), .stored, .receipt(signedReceipt), .share(share), .fragment([1]),
            .manifest([2]), .holdings(Holdings(epoch: 1, hasManifest: true, isSealed: false)),
        ]
    }
}
