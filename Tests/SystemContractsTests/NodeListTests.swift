import ChainTypes
import Primitives
import SystemContracts
import Testing
import WorldState

/// The list of encryption nodes takes over records that nobody changed and reads those anew that somebody did.
@Suite struct NodeListTests {
    private func update(_ bench: inout EconomyBench, _ node: Address, moniker: String, key: String) throws {
        try bench.call(
            Staking.self, from: node, "updateEncryptionNode(uint64,bytes,string,string,bytes)",
            [
                .number(99), .bytes(EconomyBench.key(key)), .text("elsewhere.example:1"), .text(moniker),
                .bytes(try EconomyBench.proof(key, node)),
            ])
    }

    @Test func changedRecordsAreReadAnewAndOthersKept() throws {
        var bench = try EconomyBench(nodes: 4)
        try bench.block(after: 60_000)
        let before = try NodeRegistry.nodes(in: &bench.state)
        #expect(before == bench.spec.encryptionNodes)
        // More stake changes nothing that the list says.
        try bench.call(Staking.self, from: EconomyBench.node(3), value: .one, "addEncryptionStake()")
        try bench.block(after: 60_000)
        #expect(try NodeRegistry.nodes(in: &bench.state) == before)
        try update(&bench, EconomyBench.node(2), moniker: "renamed", key: "encryption 2")
        try update(&bench, EconomyBench.node(1), moniker: "other key", key: "another")
        try bench.block(after: 60_000)
        let after = try NodeRegistry.nodes(in: &bench.state)
        #expect(after.map(\.moniker) == ["n0", "other key", "renamed", "n3"])
        #expect(after.map(\.capacityGiB) == [10, 99, 99, 10])
        #expect(after[1].nodeKey == EconomyBench.key("another"))
        #expect(after.map(\.nodeClass) == before.map(\.nodeClass))
    }

    /// One that was left out of the list comes back with the record that it had.
    @Test func aNodeThatReturnsIsListedAsItWas() throws {
        var bench = try EconomyBench(nodes: 3)
        try bench.block(after: 60_000)
        let before = try NodeRegistry.nodes(in: &bench.state)
        let node = EconomyBench.node(1)
        try bench.hook { (hook) throws(NativeFailure) in try Staking.jailNode(node, until: 0, forGood: false, &hook) }
        try bench.block(after: 60_000)
        #expect(try NodeRegistry.nodes(in: &bench.state).map(\.address) == [EconomyBench.node(0), EconomyBench.node(2)])
        try bench.call(Staking.self, from: node, "unjailEncryptionNode()")
        try bench.block(after: 60_000)
        #expect(try NodeRegistry.nodes(in: &bench.state) == before)
        #expect(try bench.faults([]) == [])
    }

    /// Where all places are taken, more stake counts only after the time of admission.
    @Test func aNewcomerTakesAPlaceOnlyAfterItsTime() throws {
        var bench = try EconomyBench(nodes: 4) {
            $0.parameters[.maximumCommunityNodes] = 2
            $0.parameters[.communityAdmissionMilliseconds] = 150_000
        }
        let newcomer = EconomyBench.account(0)
        try bench.call(
            Staking.self, from: newcomer, value: EconomyBench.stake * 2, "registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)",
            [
                .number(1), .number(10), .bytes(EconomyBench.key("newcomer")), .text("127.0.0.1:7"), .text("newcomer"),
                .bytes(try EconomyBench.proof("newcomer", newcomer)),
            ])
        for _ in 0..<2 {
            try bench.block(after: 60_000)
            #expect(try NodeRegistry.nodes(in: &bench.state).map(\.moniker) == ["n0", "n1", "n2", "n3"])
        }
        try bench.block(after: 60_000)
        #expect(try NodeRegistry.nodes(in: &bench.state).map(\.moniker) == ["n0", "n1", "n2", "newcomer"])
        #expect(try bench.faults([]) == [])
    }
}
