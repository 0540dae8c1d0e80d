import ChainTypes
import Primitives
import Signer
import Testing

@Suite struct SlashingGuardTests {
    private func ballot(_ view: UInt64, epoch: UInt64 = 0) -> Ballot { Ballot(epoch: epoch, view: view, kind: .notarize, block: Hash(1, 2, 3, view)) }

    @Test func forgottenViewsAreRefusedAndTheFileStaysShort() throws {
        var memory = SlashingGuard()
        var rewrites = 0
        for view in 0..<UInt64(3 * SlashingGuard.rememberedViews) {
            try memory.check(ballot(view))
            memory.add(ballot(view))
            if memory.forgetOldest() { rewrites += 1 }
        }
        #expect(rewrites == 1)
        #expect(memory.records.count <= 2 * SlashingGuard.rememberedViews + 1)
        #expect(throws: SignerError.forgotten(epoch: 0, view: 5)) { try memory.check(ballot(5)) }
        try memory.check(ballot(1, epoch: 1))
    }

    @Test func recordsSayTheSameToANewGuard() throws {
        var memory = SlashingGuard()
        for view in 0..<UInt64(2 * SlashingGuard.rememberedViews + 1) { memory.add(ballot(view)) }
        let forgot = memory.forgetOldest()
        #expect(forgot)
        var restored = SlashingGuard()
        for bytes in memory.records.map(\.rlp) {
            switch try SlashingGuard.Record(rlp: bytes) {
            case .ballot(let ballot): restored.add(ballot)
            case .floor(let epoch, let view): restored.raiseFloor(epoch: epoch, view: view)
            case .owner: Issue.record("the owner is not the guard's")
            }
        }
        #expect(restored.records == memory.records)
        #expect(restored.floor == memory.floor)
    }

    @Test func noiseIsNoRecord() {
        for bytes: [UInt8] in [[], [0xc0], [0xc1, 3], [0xc2, 1, 1], [0xff]] {
            #expect(throws: RLPError.self) { try SlashingGuard.Record(rlp: bytes) }
        }
    }
}
