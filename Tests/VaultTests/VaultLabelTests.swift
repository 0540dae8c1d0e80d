import Cryptography
import Testing
import Vault

@Suite struct VaultLabelTests {
    private let kernel = EntropyRecord(sources: ["kernel"], physicalBits: 0)
    private let physical = EntropyRecord(sources: ["kernel", "rdseed"], physicalBits: 3_000_000)

    @Test func kernelOnlyEntropyBelowFourContributorsClaimsNoMoreThanItsSeeds() {
        let label = VaultLabel(binding: .root(physical), client: kernel, contributors: [kernel, kernel])
        #expect(label.entropyBits == 768 && !label.meetsEntropyCondition)
        #expect(!label.description.contains("504") && label.description.contains("768"))
    }

    @Test func fiveHundredAndFourStandsNextToItsModel() {
        for binding in [VaultLabel.Binding.root(physical), .root(kernel), .root(nil), .recoverable] {
            let text = VaultLabel(binding: binding, client: physical, contributors: [kernel]).description
            #expect(text.contains("504-bit") && text.contains("in the ideal-permutation model"))
            #expect(text.contains("also against recorded traffic") == (binding == .root(physical)))
        }
    }

    @Test func rootOfOneKernelGeneratorIsWhatProtectsRecordedTraffic() {
        let label = VaultLabel(binding: .root(kernel), client: physical, contributors: [physical])
        #expect(label.meetsEntropyCondition && label.rootBits == 256)
        #expect(label.description.contains("against recorded traffic at most 256 bits"))
    }

    @Test func rootWithoutARecordClaimsTheChannelOnly() {
        let label = VaultLabel(binding: .root(nil), client: physical, contributors: [physical])
        #expect(label.isRootBound && label.rootBits == nil)
        #expect(label.description.contains("against recorded traffic no more than the channel's"))
    }

    @Test func labelReadsBackAsItWas() throws {
        for binding in [VaultLabel.Binding.root(physical), .root(nil), .recoverable] {
            let label = VaultLabel(binding: binding, client: kernel, contributors: [physical, kernel])
            #expect(try VaultLabel(rlp: label.rlp) == label)
        }
    }
}
