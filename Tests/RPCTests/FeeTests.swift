import Primitives
import RPCServer
import Testing

@Suite struct FeeTests {
    private static let gwei = QST.gwei

    /// However much somebody pays: as long as most blocks have room, nobody else needs to.
    @Test func whoPaysForRoomThatIsThereRaisesNothing() {
        #expect(FeeMethods.suggestedTip([]) == FeeMethods.minimumTip)
        for full in 0...5 {
            let needed = Array(repeating: UInt256.zero, count: 10 - full) + Array(repeating: QST.one, count: full)
            #expect(FeeMethods.suggestedTip(needed.shuffled()) == FeeMethods.minimumTip)
        }
    }

    @Test func fullBlocksSayWhatItTakes() {
        #expect(FeeMethods.suggestedTip(Array(repeating: .zero, count: 4) + Array(repeating: Self.gwei * 3, count: 6)) == Self.gwei * 3)
        #expect(FeeMethods.suggestedTip((1...10).map { Self.gwei * UInt256(UInt64($0)) }) == Self.gwei * 5)
    }

    @Test func theSuggestionHasACap() {
        #expect(FeeMethods.suggestedTip(Array(repeating: .max, count: 10)) == Self.gwei * 500)
    }
}
