import ChainTypes
import Cryptography
import KeyService
import Primitives
import StoreAPI
import Testing
import VaultTestKit

@Suite struct KeyServiceTests {
    @Test func dealtVaultIsReceiptedAndReadBack() throws {
        var fixture = try KeyServiceFixture()
        guard case .receipt(let signed) = try fixture.dealAll() else { return #expect(Bool(false), "no receipt") }
        #expect(signed.isSigned(by: fixture.nodes[0].nodeKey))
        #expect(signed.receipt.keyID == fixture.keyID)
        #expect(signed.receipt.length == UInt64(fixture.fragment(0).count + fixture.fragment(1).count))

        // A restart forgets sessions and nothing else.
        fixture.service = try KeyServiceFixture.start(fixture.chain, fixture.nodes[0].nodeKey, fixture.store)
        #expect(fixture.service.measures.shares == 1)
        #expect(fixture.service.measures.reservedBytes == signed.receipt.length)
        let token = try fixture.open()
        #expect(try fixture.ask(.readShare(token: token)) == .share(try fixture.share()))
        #expect(try fixture.ask(.readFragment(token: token, stripe: 1)) == .fragment(fixture.fragment(1)))
        #expect(try fixture.ask(.readManifest(token: token)) == .manifest([1, 2, 3]))
        #expect(try fixture.ask(.holdings(token: token)) == .holdings(Holdings(epoch: 0, hasManifest: true, isSealed: true)))
    }

    @Test func replayIsRefusedAndCountedAlsoAfterARestart() throws {
        var fixture = try KeyServiceFixture()
        let request = try fixture.openRequest()
        #expect(try fixture.ask(.open(request)) == .opened)
        #expect(try fixture.ask(.open(request)) == .refused(.replayed))
        fixture.service = try KeyServiceFixture.start(fixture.chain, fixture.nodes[0].nodeKey, fixture.store)
        #expect(try fixture.ask(.open(request)) == .refused(.replayed))
        #expect(fixture.service.measures.replays == 1)
    }

    @Test func requestOfAnotherPeerOrNodeOrContentIsRefused() throws {
        var fixture = try KeyServiceFixture()
        let request = try fixture.openRequest()
        #expect(try fixture.ask(.open(request), from: [9]) == .refused(.wrongSignature))
        var changed = request
        changed.nonce = .zero
        #expect(try fixture.ask(.open(changed)) == .refused(.wrongSignature))
        var other = fixture
        other.service = try KeyServiceFixture.start(fixture.chain, fixture.nodes[1].nodeKey, MemoryStore())
        #expect(try other.ask(.open(request)) == .refused(.wrongSignature))
        // A token is worth nothing to another peer.
        #expect(try fixture.ask(.open(request)) == .opened)
        #expect(try fixture.ask(.readShare(token: request.requestID), from: [9]) == .refused(.unknownSession))
        #expect(try fixture.ask(.readShare(token: .zero)) == .refused(.unknownSession))
    }

    @Test func deviceThatIsNotLinkedIsRefused() throws {
        var fixture = try KeyServiceFixture()
        let stranger = try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash([0xbb]).bytes)
        #expect(try fixture.ask(.open(try fixture.openRequest(by: stranger))) == .refused(.deviceNotLinked))
        // Linked to someone else.
        try fixture.chain.link(stranger.commitment, to: Address(low: 0xbad))
        #expect(try fixture.ask(.open(try fixture.openRequest(by: stranger))) == .refused(.deviceNotLinked))
        // Linked to the owner, it reads but does not deal.
        try fixture.chain.link(stranger.commitment, to: fixture.owner)
        let request = try fixture.openRequest(by: stranger)
        #expect(try fixture.ask(.open(request)) == .opened)
        #expect(try fixture.ask(.deal(token: request.requestID, share: try fixture.share())) == .refused(.notTheDealer))
        #expect(try fixture.ask(.readShare(token: request.requestID)) == .refused(.notStored))
    }

    @Test func staleHeaderIsRefusedUnlessTheChainStands() throws {
        var fixture = try KeyServiceFixture()
        let old = fixture.chain.now
        let request = try fixture.openRequest()
        #expect(try fixture.ask(.open(request), now: old + 30_001) == .refused(.staleHeader))
        // The node's own newest finality is this header: the chain stands still.
        let batch = try fixture.service.finality(try fixture.chain.finality())
        try fixture.store.commit(batch, durable: true)
        #expect(try fixture.ask(.open(request), now: old + 3_600_000) == .opened)
        // It survives a restart, and ends with a newer header.
        fixture.service = try KeyServiceFixture.start(fixture.chain, fixture.nodes[0].nodeKey, fixture.store)
        #expect(fixture.service.finalized == fixture.chain.head)
        let number = fixture.chain.head.number
        try fixture.chain.advance(by: 3_600_000)
        _ = try fixture.service.finality(try fixture.chain.finality())
        #expect(try fixture.ask(.open(try fixture.openRequest(at: number)), now: fixture.chain.now) == .refused(.staleHeader))
        #expect(try fixture.ask(.open(try fixture.openRequest()), now: fixture.chain.now) == .opened)
    }

    @Test func headerWithoutQuorumOrForeignProofIsRefused() throws {
        var fixture = try KeyServiceFixture()
        let chain = fixture.chain
        var request = try fixture.openRequest { $0.finality = try chain.finality(signers: [0, 1]) }
        #expect(try fixture.ask(.open(request)) == .refused(.notFinal))
        request = try fixture.openRequest { $0.registry.slots.removeLast() }
        #expect(try fixture.ask(.open(request)) == .refused(.invalidProof))
        request = try fixture.openRequest { $0.registry.accountNodes[0][5] ^= 1 }
        #expect(try fixture.ask(.open(request)) == .refused(.invalidProof))
        request = try fixture.openRequest { $0.nodes[3].capacityGiB += 1 }
        #expect(try fixture.ask(.open(request)) == .refused(.wrongNodeSet))
        request = try fixture.openRequest { $0.keyID = KeyID(genesis: chain.genesis, height: 9, index: 9) }
        #expect(try fixture.ask(.open(request)) == .refused(.invalidProof))
        #expect(fixture.service.measures.refused == 5)
    }

    @Test func keyThatWasNeverRequestedIsRefused() throws {
        var fixture = try KeyServiceFixture()
        let (chain, owner, device) = (fixture.chain, fixture.owner, fixture.device.commitment)
        let request = try fixture.openRequest {
            $0.keyID = KeyID(genesis: chain.genesis, height: 9, index: 9)
            let slots = KeyRecord.slots(keyID: $0.keyID, owner: owner, device: device)
            $0.registry = try chain.proof(SystemAddress.keyRegistry, slots: slots)
        }
        #expect(try fixture.ask(.open(request)) == .refused(.unknownKey))
    }

    @Test func nodeTakesOnlyItsOwnShareAndFragmentsOfTheRegisteredSize() throws {
        var fixture = try KeyServiceFixture()
        let token = try fixture.open()
        #expect(try fixture.ask(.putFragment(token: token, stripe: 0, bytes: fixture.fragment(0))) == .refused(.notStored))
        var foreign = try fixture.share()
        foreign.slot += 1
        #expect(try fixture.ask(.deal(token: token, share: foreign)) == .refused(.wrongSize))
        #expect(try fixture.ask(.deal(token: token, share: try fixture.share())) == .stored)
        #expect(try fixture.ask(.putFragment(token: token, stripe: 0, bytes: fixture.fragment(1))) == .refused(.wrongSize))
        #expect(try fixture.ask(.putFragment(token: token, stripe: 2, bytes: fixture.fragment(0))) == .refused(.wrongSize))
        #expect(try fixture.ask(.putFragment(token: token, stripe: 0, bytes: fixture.fragment(0))) == .stored)
        // Incomplete: no receipt.
        #expect(try fixture.ask(.finish(token: token)) == .refused(.notStored))
    }

    @Test func sealedVaultNeverChanges() throws {
        var fixture = try KeyServiceFixture()
        _ = try fixture.dealAll()
        let token = try fixture.open()
        #expect(try fixture.ask(.deal(token: token, share: try fixture.share(9))) == .refused(.sealed))
        #expect(try fixture.ask(.putFragment(token: token, stripe: 0, bytes: fixture.fragment(0))) == .refused(.sealed))
        #expect(try fixture.ask(.putManifest(token: token, bytes: [5])) == .refused(.sealed))
        guard case .receipt = try fixture.ask(.finish(token: token)) else { return #expect(Bool(false), "no receipt again") }
    }

    @Test func vaultBeyondTheDeclaredCapacityIsRefused() throws {
        var fixture = try KeyServiceFixture(size: 6 << 30, capacityGiB: 1)
        let token = try fixture.open()
        #expect(try fixture.ask(.deal(token: token, share: try fixture.share())) == .refused(.full))
        #expect(fixture.service.measures.reservedBytes == 0)
    }

    @Test func contributionIsBoundToKeyAndNonceAndNeedsEntropy() throws {
        var fixture = try KeyServiceFixture()
        let request = try fixture.openRequest()
        #expect(try fixture.ask(.open(request)) == .opened)
        let ask = KeyRequest.contribute(token: request.requestID)
        func due(_ request: KeyRequest, _ peer: [UInt8]) -> Int {
            fixture.service.entropyByteCount(for: request.rlp, from: peer, now: fixture.chain.now)
        }
        #expect(due(ask, fixture.peerKey) == EntropyContribution.byteCount)
        #expect(due(ask, [9]) == 0 && due(.contribute(token: .zero), fixture.peerKey) == 0)
        #expect(due(.readShare(token: request.requestID), fixture.peerKey) == 0)
        #expect(try fixture.ask(ask) == .refused(.noEntropy))
        let draw = EntropyDraw(
            bytes: [UInt8](repeating: 3, count: EntropyContribution.byteCount),
            sources: EntropyRecord(sources: ["kernel"], physicalBits: 0))
        guard case .contribution(let given) = try fixture.ask(ask, entropy: draw) else { return #expect(Bool(false), "no contribution") }
        #expect(given.keyID == fixture.keyID && given.nonce == request.nonce && given.bytes == draw.bytes)
        for _ in 0..<3 { _ = try fixture.ask(ask, entropy: draw) }
        #expect(due(ask, fixture.peerKey) == 0)
        #expect(try fixture.ask(ask, entropy: draw) == .refused(.noEntropy))
    }

    @Test func randomAndDamagedBytesNeverTrap() throws {
        var fixture = try KeyServiceFixture()
        var random = SystemRandomNumberGenerator()
        let valid = KeyRequest.open(try fixture.openRequest()).rlp
        for round in 0..<3000 {
            var bytes: [UInt8]
            if round % 2 == 0 {
                bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            } else {
                bytes = valid
                for _ in 0...2 { bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random) }
                if round % 3 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            }
            #expect(fixture.service.entropyByteCount(for: bytes, from: fixture.peerKey, now: fixture.chain.now) == 0)
            guard case .answer(let answer) = fixture.service.handle(bytes, from: fixture.peerKey, now: fixture.chain.now).reply,
                case .refused = try KeyAnswer(rlp: answer)
            else {
                #expect(Bool(false), "accepted \(bytes)")
                return
            }
        }
    }

    @Test func everyMessageReadsBackAsItWas() throws {
        var fixture = try KeyServiceFixture()
        let share = try fixture.share()
        let requests: [KeyRequest] = [
            .open(try fixture.openRequest()), .contribute(token: .zero), .deal(token: .zero, share: share),
            .putFragment(token: .zero, stripe: 3, bytes: [1]), .putManifest(token: .zero, bytes: []), .finish(token: .zero),
            .readShare(token: .zero), .readFragment(token: .zero, stripe: 0), .readManifest(token: .zero), .holdings(token: .zero),
            .remove(token: .zero), .nodes(.zero),
        ]
        for request in requests { #expect(try KeyRequest(rlp: request.rlp) == request) }
        let receipt = KeyReceipt(keyID: fixture.keyID, epoch: 1, isOperator: true, slot: 2, length: 3, chunkCount: 4, root: Hash(UInt256(9)))
        let answers: [KeyAnswer] = [
            .opened, .stored, .removed, .nodes(NodeList(fixture.nodes)), .share(share), .fragment([1, 2]), .manifest([]),
            .holdings(Holdings(epoch: 1, hasManifest: false, isSealed: true)),
            .receipt(SignedKeyReceipt(receipt: receipt, signature: [UInt8](repeating: 1, count: SignatureSuite.mldsa65.signatureBytes))),
        ]
        for answer in answers + KeyRefusal.allCases.map(KeyAnswer.refused) { #expect(try KeyAnswer(rlp: answer.rlp) == answer) }
    }
}

@Suite struct VaultLayoutTests {
    @Test(arguments: [0, 1, 16_383, 16_384, 16_385, 160 * 16_384, 160 * 16_384 + 1, 10_000_000] as [UInt64])
    func stripesAddUpToTheFile(size: UInt64) throws {
        let layout = try #require(VaultLayout(size: size, dataCount: 5))
        let stripes = 0..<layout.stripeCount
        #expect(stripes.reduce(0) { $0 + layout.plainLength(of: $1) } == Int(size))
        #expect(stripes.reduce(0) { $0 + layout.segments(of: $1).count } == Int(layout.segmentCount))
        #expect(stripes.reduce(0) { $0 + UInt64(layout.fragmentLength(of: $1)) } == layout.fragmentBytes)
    }

    @Test func sizeBeyondTheLimitIsRefused() {
        #expect(VaultLayout(size: .max, dataCount: 5) == nil)
        #expect(VaultLayout(size: 1, dataCount: 0) == nil)
    }
}
