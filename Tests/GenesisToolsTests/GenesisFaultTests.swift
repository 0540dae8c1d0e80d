import ChainTypes
import GenesisTools
import Primitives
import Testing

@Suite struct GenesisFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let sentence: String
        let change: @Sendable (inout GenesisDocument) -> Void
        var testDescription: String { sentence }

        init(_ sentence: String, _ change: @escaping @Sendable (inout GenesisDocument) -> Void) { (self.sentence, self.change) = (sentence, change) }
    }

    static let nodes: [Case] = [
        Case("there are no validators") { $0.validators = [] },
        Case("there are 4 validators; the maximum is 3") { $0.economy[.maximumValidators] = 3 },
        Case("validators[1] \"validator-1\" has the same address as validators[0] \"validator-0\"") {
            $0.validators[1].node.address = $0.validators[0].node.address
        },
        Case("encryptionNodes[0] \"node-0\" has the same address as validators[0]") { $0.encryptionNodes[0].node.address = $0.validators[0].node.address },
        Case("has the same key as") { $0.validators[1].node.nodeKey = $0.validators[0].node.consensusKey },
        Case("validators[2] \"validator-2\" has the same key as validators[2]") { $0.validators[2].node.nodeKey = $0.validators[2].node.consensusKey },
        Case("has the same key as") { $0.encryptionNodes[1].node.nodeKey = $0.validators[0].node.nodeKey },
        Case("has the same endpoint as") { $0.encryptionNodes[1].node.endpoint = "V0.example.org:26600" },
        Case("has the same moniker as") { $0.encryptionNodes[1].node.moniker = "validator-0" },
        Case("must be host:port") { $0.validators[0].node.endpoint = "example.org" },
        Case("must be host:port") { $0.validators[0].node.endpoint = "example.org:0" },
        Case("must be host:port") { $0.validators[0].node.endpoint = ":26600" },
        Case("nobody can reach the endpoint \"0.0.0.0:26600\"") { $0.validators[0].node.endpoint = "0.0.0.0:26600" },
        Case("the moniker is empty") { $0.encryptionNodes[0].node.moniker = "" },
        Case("the moniker begins as an address does") { $0.encryptionNodes[0].node.moniker = "0x84635822" },
        Case("the moniker holds control characters") { $0.encryptionNodes[0].node.moniker = "a\u{1b}[2J" },
        Case("the address is zero") { $0.validators[0].node.address = .zero },
        Case("belongs to the system") { $0.encryptionNodes[0].node.address = Address(low: 0x0801) },
        Case("the consensus key is not of ML-DSA-65") { $0.validators[0].node.consensusKey = [1] },
        Case("the node key is not of ML-DSA-65") { $0.encryptionNodes[0].node.nodeKey = [] },
        Case("a stake of 1 QST is below minimumSelfStake, 200000 QST") { $0.encryptionNodes[0].stake?.amount = QST.one },
        Case("below minimumSelfStake") {
            $0.validators[0].stake?.amount = QST.one
            $0.validators[0].node.power = 1
        },
        Case("the power 7 is not the stake") { $0.validators[0].node.power = 7 },
        Case("a power of 0 is out of bounds") { $0.validators[0].node.power = 0 },
        Case("at most maximumCommission") { $0.validators[0].stake?.maximumCommission = 1 },
        Case("at most 100%") { $0.validators[0].stake?.maximumCommission = .max },
        Case("a capacity of 0 GiB is out of bounds") { $0.encryptionNodes[0].node.capacityGiB = 0 },
        Case("there are 3 operator nodes; maximumOperatorNodes is 2") { $0.economy[.maximumOperatorNodes] = 2 },
    ]

    static let numbers: [Case] = [
        Case("the name must have 1 to 64 bytes") { $0.name = "" },
        Case("the chain id must be from 1") { $0.chainID = 0 },
        Case("the chain id must be from 1") { $0.chainID = .max },
        Case("more than an hour in the past") { $0.timeMilliseconds -= 3_600_001 },
        Case("more than 90 days in the future") { $0.timeMilliseconds += 91 * 86_400_000 },
        Case("too far in the future") { $0.timeMilliseconds = .max },
        Case("operatorThreshold 4 is more than operatorCommittee 3") { $0.parameters.operatorThreshold = 4 },
        Case("there are 5 community nodes, fewer than communityCommittee 6") { $0.parameters.communityCommittee = 6 },
        Case("operatorThreshold is 1; it must be from 2 to 128") { $0.parameters.operatorThreshold = 1 },
        Case("fragmentThreshold 9 is more than both committees") { $0.parameters.fragmentThreshold = 9 },
        Case("more than both committees") { ($0.parameters.operatorCommittee, $0.parameters.communityCommittee) = (.max, .max) },
        Case("initialBaseFee is 0") { $0.parameters.initialBaseFee = 0 },
        Case("keyRequestFee is") { $0.parameters.keyRequestFee = .max },
        Case("epochMilliseconds is 1ms; it must be from 1s to 30d") { $0.parameters.epochMilliseconds = 1 },
        Case("quorum is 0%; it must be from 0.01% to 66.6%") { $0.economy[.quorum] = 0 },
        Case("blockGasLimit is 1; it must be from 5000000 to 1000000000") { $0.economy[.blockGasLimit] = 1 },
        Case("the shares of revenue exceed the whole") { $0.economy[.nodesShare] = QST.one },
        Case("is there twice") { $0.allocations[1].address = $0.allocations[0].address },
        Case("gets nothing") { $0.allocations[0].balance = .zero },
        Case("gets nothing") { $0.vesting[0].amount = .zero },
        Case("belongs to the system") { $0.vesting[0].beneficiary = Address(low: 0x0807) },
        Case("at most 100 years") { $0.vesting[0].lockMilliseconds = .max },
        Case("1 QST are missing") { $0.supply = $0.totals?.all.map { $0 + QST.one } },
        Case("1 QST are too many") { $0.supply = $0.totals?.all.map { $0 - QST.one } },
        Case("add up to more than a chain can hold") { $0.allocations[0].balance = .max },
        Case("add up to more than a chain can hold") { $0.vesting[0].amount = .one << 94 },
        Case("operationsAccount is zero") { $0.operationsAccount = .zero },
    ]

    @Test(arguments: nodes + numbers) func theFaultIsToldInASentence(_ fault: Case) {
        var document = Fixture.document()
        fault.change(&document)
        let sentences = document.findings(now: Fixture.now).faults.sentences
        #expect(sentences.contains { $0.contains(fault.sentence) }, "\(sentences)")
        #expect(sentences.count <= 5, "\(sentences)")
    }

    @Test func allFaultsAreToldAtOnce() {
        var document = Fixture.document()
        (document.name, document.chainID, document.parameters.operatorThreshold) = ("", 0, 1)
        document.validators[0].node.endpoint = "x"
        document.allocations[0].balance = .zero
        #expect(document.findings(now: Fixture.now).faults.sentences.count == 5)
    }

    @Test func tooManyFaultsAreCounted() {
        var document = Fixture.document()
        document.allocations = (0..<500).map { Allocation(address: Fixture.address(100 + $0), balance: .zero) }
        let faults = document.findings(now: Fixture.now).faults
        #expect((faults.sentences.count, faults.unsaid) == (200, 300))
        #expect(faults.description.hasSuffix("and 300 more"))
    }

    @Test func aRunningChainsTimeIsNotJudged() {
        var document = Fixture.document()
        document.timeMilliseconds = 1
        #expect(document.findings(now: nil).faults.isEmpty)
    }

    @Test func whatItsMakersShouldKnowIsNoted() {
        var document = Fixture.document()
        document.validators[0].stake?.amount = QST.one * 400_000
        document.validators[0].node.power = 400_000
        (document.encryptionNodes, document.operationsAccount) = ([], nil)
        let findings = document.findings(now: Fixture.now)
        #expect(findings.faults.isEmpty)
        #expect(findings.notes.contains { $0.contains("a third of the power") })
        #expect(findings.notes.contains { $0.contains("no encryption nodes") })
        #expect(findings.notes.contains { $0.contains("no account for operations") })
    }

    @Test(arguments: [
        (#"{"#, "is not JSON"), (#"[]"#, "must be an object"), (#"{}"#, "lacks name"), (#"{"chainid": 1}"#, "unknown member \"chainid\""),
        (#"{"name": "a", "name": "b"}"#, "\"name\" twice"), (#"{"name": 5}"#, "name must be text"), (#"{"chainId": -1}"#, "chainId must be text"),
        (#"{"chainId": "many"}"#, "it must be a whole number"), (#"{"time": "yesterday"}"#, "such as 2026"),
        (#"{"supply": "1e9"}"#, "an amount of QST"), (#"{"parameters": {"unbonding": "1d"}}"#, "unknown member \"unbonding\""),
        (#"{"parameters": {"quorum": "12h"}}"#, "it must be \"50%\""), (#"{"parameters": {"operatorThreshold": "18446744073709551616"}}"#, "a whole number"),
        (#"{"validators": [1]}"#, "validators[0] must be an object"), (#"{"validators": {}}"#, "validators must be a list"),
        (#"{"validators": [{"commission": "1%"}]}"#, "has a commission, but no stake"),
        (#"{"encryptionNodes": [{"class": "both"}]}"#, "operator or community"), (#"{"allocations": 5}"#, "must be a list"),
        (#"{"allocations": [{"amount": "rest"}, {"amount": "rest"}]}"#, "only one allocation can be the rest"),
        (#"{"allocationFiles": ["x.csv"]}"#, "cannot be read"), (#"{"allocationFiles": [5]}"#, "list of paths"),
    ]) func whatCannotBeReadIsTold(_ json: String, _ sentence: String) {
        let faults = Fixture.faults(json)
        #expect(faults.contains { $0.contains(sentence) }, "\(faults)")
    }
}
