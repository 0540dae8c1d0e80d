import ChainTypes
import Cryptography
import LightClient
import Primitives
import SystemContracts
import Testing
import VaultTestKit

/// A state proof says what the state holds, or nothing at all.
@Suite struct StateProofTests {
    let chain: FixtureChain
    let owner = Address(low: 0xa11ce)
    let device = Keccak256.hash([1])
    let root: Hash
    let slots: [Hash]
    let honest: StateProof

    init() throws {
        chain = try FixtureChain(nodes: [], operators: 3, community: 5)
        for index in 1...20 as ClosedRange<UInt8> { try chain.link(Keccak256.hash([index]), to: owner) }
        root = chain.head.header.stateRoot
        slots = [
            KeyRegistry.deviceSlot(owner: owner, device: device), KeyRegistry.feeSlot,
            KeyRegistry.deviceSlot(owner: owner, device: Keccak256.hash([99])),
        ]
        honest = try chain.proof(KeyRegistry.address, slots: slots)
    }

    private func expectRefused(_ proof: StateProof, root: Hash? = nil, _ comment: Comment? = nil) {
        do {
            let values = try proof.verify(stateRoot: root ?? self.root)
            Issue.record("a false proof gave \(values) \(comment?.description ?? "")")
        } catch {
            guard case .invalidStateProof = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func honestProofGivesEveryValue() throws {
        let values = try honest.verify(stateRoot: root)
        #expect(values[slots[0]]?.isZero == false)
        #expect(values[slots[1]] == chain.spec.parameters.keyRequestFee)
        #expect(values[slots[2]] == .zero)
        #expect(try honest.account(stateRoot: root)?.nonce == 1)
        #expect(try StateProof(rlp: honest.rlp) == honest)
    }

    @Test func absentAccountIsProvenAbsent() throws {
        let proof = try chain.proof(Address(low: 0xdead), slots: [slots[0]])
        #expect(try proof.account(stateRoot: root) == nil)
        #expect(try proof.verify(stateRoot: root) == [slots[0]: .zero])
    }

    @Test func absenceOfOneAccountDoesNotShowThatOfAnother() throws {
        var proof = try chain.proof(Address(low: 0xdead), slots: [])
        proof.address = KeyRegistry.address
        expectRefused(proof)
    }

    @Test func absentAccountCannotHaveSlots() throws {
        var proof = try chain.proof(Address(low: 0xdead), slots: [])
        proof.slots = honest.slots
        expectRefused(proof)
    }

    @Test func proofUnderAnotherRoot() throws {
        expectRefused(honest, root: .zero)
        expectRefused(honest, root: chain.spec.hash)
        let older = try chain.finality(1).headers[0].header.stateRoot
        expectRefused(honest, root: older)
        #expect(try chain.proof(KeyRegistry.address, slots: [slots[2]], at: 1).verify(stateRoot: older) == [slots[2]: .zero])
    }

    @Test func anyBitChangedInAnyNode() throws {
        for index in honest.accountNodes.indices {
            for place in stride(from: 0, to: honest.accountNodes[index].count, by: 7) {
                var proof = honest
                proof.accountNodes[index][place] ^= 0x01
                expectRefused(proof, "account node \(index) byte \(place)")
            }
        }
        for slot in honest.slots.indices {
            for index in honest.slots[slot].nodes.indices {
                for place in stride(from: 0, to: honest.slots[slot].nodes[index].count, by: 7) {
                    var proof = honest
                    proof.slots[slot].nodes[index][place] ^= 0x01
                    expectRefused(proof, "slot \(slot) node \(index) byte \(place)")
                }
            }
        }
    }

    @Test func missingNodes() {
        for count in honest.accountNodes.indices {
            var proof = honest
            proof.accountNodes = Array(honest.accountNodes.prefix(count))
            expectRefused(proof, "\(count) account nodes")
        }
        for slot in honest.slots.indices {
            for count in honest.slots[slot].nodes.indices {
                var proof = honest
                proof.slots[slot].nodes = Array(honest.slots[slot].nodes.prefix(count))
                expectRefused(proof, "slot \(slot): \(count) nodes")
            }
        }
    }

    @Test func nodesLeftOver() {
        var proof = honest
        proof.accountNodes.append(honest.accountNodes[0])
        expectRefused(proof)
        proof = honest
        proof.slots[0].nodes.append(honest.slots[0].nodes[0])
        expectRefused(proof)
    }

    @Test func pathOfOneSlotUnderTheNameOfAnother() {
        var proof = honest
        (proof.slots[0].slot, proof.slots[1].slot) = (slots[1], slots[0])
        expectRefused(proof)
    }

    @Test func slotsOfAnotherAccount() throws {
        var proof = try chain.proof(NodeRegistry.address, slots: [NodeRegistry.countSlot])
        proof.slots = honest.slots
        expectRefused(proof)
    }

    @Test func decodingIsBounded() throws {
        var proof = honest
        proof.accountNodes = [[UInt8]](repeating: [1], count: 66)
        #expect(throws: RLPError.tooManyItems) { try StateProof(rlp: proof.rlp) }
        proof.accountNodes = [[UInt8](repeating: 1, count: 641)]
        #expect(throws: RLPError.wrongLength) { try StateProof(rlp: proof.rlp) }
        proof = honest
        proof.slots = [StateProof.Slot](repeating: honest.slots[0], count: StateProof.maximumSlots + 1)
        #expect(throws: RLPError.tooManyItems) { try StateProof(rlp: proof.rlp) }
    }
}
