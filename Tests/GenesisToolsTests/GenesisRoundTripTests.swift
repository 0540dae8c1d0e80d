import ChainTypes
import Execution
import Foundation
import GenesisTools
import Primitives
import StakingTools
import Testing

@Suite struct GenesisRoundTripTests {
    @Test func aDocumentComesBackAsItWasWritten() throws {
        var document = Fixture.document()
        document.supply = document.totals?.all
        #expect(try Fixture.read(document.json) == document)
        document.timeMilliseconds += 1
        document.economy[.quorum] = 333_333_333_333_333_333
        document.economy[.minimumDeposit] = QST.one + 1
        document.parameters.epochMilliseconds = 61_001
        #expect(try Fixture.read(document.json) == document)
    }

    @Test func aFileShownAsADocumentBuildsToTheSameFile() throws {
        let spec = try #require(Fixture.document().spec)
        let again = try Fixture.read(GenesisDocument(spec).json)
        #expect(again.spec?.rlp == spec.rlp)
    }

    @Test func aFileWithoutStakesComesBack() throws {
        var document = Fixture.document()
        for index in document.validators.indices {
            document.validators[index].stake = nil
            document.validators[index].node.power = 200_000 + UInt64(index)
        }
        for index in document.encryptionNodes.indices { document.encryptionNodes[index].stake = nil }
        let spec = try #require(document.spec)
        #expect(spec.economy.stakes.isEmpty)
        #expect(try Fixture.read(GenesisDocument(spec).json).spec == spec)
    }

    @Test func theDevnetWithoutAnAccountForOperationsComesBack() throws {
        var document = Fixture.document()
        document.operationsAccount = nil
        let spec = try #require(document.spec)
        #expect(spec.economy.operationsAccount == EconomySpec().operationsAccount)
        #expect(try Fixture.read(GenesisDocument(spec).json).spec == spec)
    }

    @Test func aSoundDocumentHasNoFaults() {
        #expect(Fixture.document().findings(now: Fixture.now).faults.sentences == [])
    }

    @Test func theSummaryNamesTheHashesOfTheChain() throws {
        let spec = try #require(Fixture.document().spec)
        let summary = try GenesisSummary(spec)
        #expect(summary.genesisHash == (try Genesis.build(spec)).block.id)
        #expect(summary.specHash == spec.hash)
        #expect(summary.text.contains("validator-3") && summary.text.contains("epochMilliseconds"))
    }

    @Test func totalsAreWhatTheChainStartsWith() throws {
        let totals = try #require(Fixture.document().totals)
        #expect(totals.validatorStakes == QST.one * 800_006)
        #expect(totals.nodeStakes == QST.one * 2_000_000)
        #expect(totals.all == QST.one * 3_805_006 + 7)
    }
}

@Suite struct GenesisFilesTests {
    private static func json(_ more: String) -> String {
        #"{"name": "example", "chainId": 5, "time": "2026-12-01T12:00:00Z", \#(more)}"#
    }

    @Test func tablesAndMapsAreRead() throws {
        let (a, b, c) = (Fixture.address(1).hex, Fixture.address(2).hex, Fixture.address(3).hex)
        let files = [
            "a.csv": "address,amount,lock,vesting\n# comment\n\(a),1.5\r\n\n \(b) , 2 , 365d , 0\n", "b.json": #"{"\#(c)": "3"}"#,
        ]
        let read = try Fixture.read(Self.json(#""allocationFiles": ["a.csv", "b.json"]"#), files: files)
        #expect(read.timeMilliseconds == 1_796_126_400_000)
        #expect(read.allocations == [
            Allocation(address: Fixture.address(1), balance: QST.one + QST.one / 2), Allocation(address: Fixture.address(3), balance: QST.one * 3),
        ])
        #expect(read.vesting == [
            VestingAllocation(beneficiary: Fixture.address(2), amount: QST.one * 2, lockMilliseconds: 365 * 86_400_000, vestingMilliseconds: 0)
        ])
    }

    @Test func everyBadLineOfATableIsTold() {
        let faults = Fixture.faults(Self.json(#""allocationFiles": ["a.csv"]"#), files: ["a.csv": "0x12,1\n\(Fixture.address(1).hex),many\nx,1,2"])
        #expect(faults.count == 3)
        for line in 1...3 { #expect(faults.contains { $0.hasPrefix("a.csv line \(line)") }) }
    }

    @Test func theRestOfTheSupplyIsFilledIn() throws {
        let entries = #"[{"address": "\#(Fixture.address(1).hex)", "amount": "rest"}, {"address": "\#(Fixture.address(2).hex)", "amount": "4", "lock": "1d"}]"#
        let read = try Fixture.read(Self.json(#""supply": "10", "allocations": \#(entries)"#))
        #expect(read.allocations.map(\.balance) == [QST.one * 6])
        #expect(Fixture.faults(Self.json(#""allocations": \#(entries)"#)).contains { $0.contains("no supply is given") })
        #expect(Fixture.faults(Self.json(#""supply": "3", "allocations": \#(entries)"#)).contains { $0.contains("more than the supply") })
    }

    @Test func anEntryTakesWhatItLacksFromTheOperatorsFile() throws {
        let file = OperatorFile(
            address: Fixture.address(1), moniker: "erin", endpoint: "erin.example.org:1", nodeKey: Fixture.key(1),
            nodeProof: [UInt8](repeating: 1, count: 3309), consensusKey: Fixture.key(2), consensusProof: [UInt8](repeating: 1, count: 3309))
        let files = ["erin.json": String(decoding: try file.json(), as: UTF8.self)]
        let entry = #"{"file": "erin.json", "moniker": "other", "stake": "300000.5", "commission": "5%"}"#
        let read = try Fixture.read(Self.json(#""validators": [\#(entry)]"#), files: files)
        let made = try #require(read.validators.first)
        #expect((made.node.moniker, made.node.power, made.node.consensusKey) == ("other", 300_000, Fixture.key(2)))
        #expect(made.stake?.commission == QST.one / 20)
        let wrong = Fixture.faults(Self.json(#""encryptionNodes": [{"file": "erin.json", "class": "operator"}]"#), files: files)
        #expect(wrong.contains { $0.contains("is of kind \"validator\", not encryption") })
        #expect(Fixture.faults(Self.json(#""validators": [{"file": "nobody.json"}]"#)).contains { $0.contains("cannot be read") })
    }
}

@Suite struct GenesisTemplateTests {
    @Test func theMainnetAddsUpToItsSupplyWithItsLocks() throws {
        var document = GenesisTemplate.mainnet.document(name: "mainnet", chainID: 1234, timeMilliseconds: Fixture.now)
        document.validators = Fixture.document().validators
        let accounts = ["public": 1, "team": 2, "foundation": 3, "investors": 4].mapValues { Fixture.address(60 + $0) }
        #expect(document.split(accounts) == nil)
        #expect(document.totals?.all == QST.one * 1_000_000_000)
        #expect(document.vesting.map(\.amount) == [150, 100, 100].map { QST.one * UInt256($0 * 1_000_000 as UInt64) })
        #expect(document.vesting.map(\.lockMilliseconds) == [365, 365, 182.5].map { UInt64($0 * 86_400_000) })
        #expect(document.vesting.map(\.vestingMilliseconds) == [3 * 365 * 86_400_000, 0, 0])
        #expect(document.allocations == [Allocation(address: Fixture.address(61), balance: QST.one * (650_000_000 - 800_006))])
        #expect(document.findings(now: Fixture.now).faults.sentences == [])
        #expect(document.split(["team": Fixture.address(1)])?.contains("public, foundation, investors") == true)
    }

    @Test(arguments: GenesisTemplate.allCases) func parametersOfATemplateAreInBounds(_ template: GenesisTemplate) {
        var document = template.document(name: "example", chainID: 5, timeMilliseconds: Fixture.now)
        (document.validators, document.supply) = (Fixture.document().validators, nil)
        #expect(document.findings(now: Fixture.now).faults.sentences == [])
    }

    @Test func aRequestTellsAllThatIsWrongWithIt() {
        let request = GenesisRequest(
            template: .testnet, name: "example", chainID: 5, time: "tomorrow", validators: ["nobody.json"], allocations: [("0x1", "5")],
            parts: [("mine", "0x")], parameters: [("quorum", "many"), ("nothing", "1")])
        do {
            _ = try request.document(now: Fixture.now) { _ in nil }
            Issue.record("the request was taken")
        } catch { #expect(error.sentences.count == 7, "\(error)") }
    }
}
