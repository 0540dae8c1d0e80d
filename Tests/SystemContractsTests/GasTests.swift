import ChainTypes
import Cryptography
import Foundation
import Primitives
import SystemContracts
import Testing
import WorldState

/// What each operation costs. `docs/staking.md` has the table: `QUSTREAM_WRITE_GAS=1` writes it anew.
@Suite struct GasTests {
    private struct Row {
        let name: String
        let first: UInt64
        var later: UInt64?

        var line: String { "| \(name) | \(Self.text(first)) | \(later.map(Self.text) ?? "–") |" }

        /// With a comma before each three digits.
        private static func text(_ gas: UInt64) -> String {
            let digits = Array(String(gas))
            return digits.indices.map { (digits.count - $0).isMultiple(of: 3) && $0 > 0 ? ",\(digits[$0])" : "\(digits[$0])" }.joined()
        }
    }

    private static let heading = "| Call | First | Later |"
    private static let percent = QST.one / UInt256(100)
    private static let alice = EconomyBench.account(0)
    private static let v0 = EconomyBench.validator(0)
    private static let v1 = EconomyBench.validator(1)

    private static let documentation = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/staking.md")

    @Test func theDocumentationHasThePrices() throws {
        let rows = try Self.delegations() + Self.claims() + Self.validators() + Self.nodes() + Self.challenges() + Self.rest()
        for row in rows { #expect(row.first < 2_000_000 && row.later ?? 0 < 2_000_000, "\(row.name)") }
        let text = try String(contentsOf: Self.documentation, encoding: .utf8)
        var lines = text.components(separatedBy: "\n")
        let start = try #require(lines.firstIndex(of: Self.heading)) + 2
        let end = lines[start...].firstIndex { !$0.hasPrefix("|") } ?? lines.count
        let table = rows.map(\.line)
        if ProcessInfo.processInfo.environment["QUSTREAM_WRITE_GAS"] != nil {
            lines.replaceSubrange(start..<end, with: table)
            try lines.joined(separator: "\n").write(to: Self.documentation, atomically: true, encoding: .utf8)
        } else {
            #expect(Array(lines[start..<end]) == table, "other prices than docs/staking.md: write them with QUSTREAM_WRITE_GAS=1")
        }
    }

    /// A chain in its second block, so that indices are not zero any more.
    private static func bench() throws -> EconomyBench {
        var bench = try EconomyBench(accounts: 8) {
            $0.operationsAccount = EconomyBench.account(6)
            $0.vesting = [VestingAllocation(beneficiary: alice, amount: QST.one, lockMilliseconds: 0, vestingMilliseconds: 600_000)]
        }
        try bench.block(revenue: QST.one)
        return bench
    }

    private static func delegations() throws -> [Row] {
        var bench = try bench()
        func price(_ body: () throws -> Void) throws -> UInt64 {
            try body()
            let gas = bench.lastGas
            try bench.block()
            return gas
        }
        var rows: [Row] = []
        func add(_ name: String, _ body: () throws -> Void) throws {
            rows.append(Row(name: name, first: try price(body), later: try price(body)))
        }
        try add("`delegate`") { try bench.delegate(alice, v0, QST.one * 100) }
        try add("`undelegate`") { try bench.undelegate(alice, v0, QST.one) }
        let height = bench.height
        try add("`redelegate`") { try bench.redelegate(alice, v0, v1, QST.one) }
        let cancel = try price {
            try bench.call(
                Staking.self, from: alice, "cancelUnbondingDelegation(address,uint256,uint256)",
                [.address(v0), .word(QST.one), .number(height)])
        }
        rows.append(Row(name: "`cancelUnbondingDelegation`", first: cancel))
        try bench.block(after: 180_000)
        rows.append(Row(name: "`completeUnbonding`, one entry", first: try price { _ = try bench.complete(alice, v0) }))
        try add("`completeUnbonding`, nothing to pay") { _ = try bench.complete(alice, v0) }
        return rows
    }

    private static func claims() throws -> [Row] {
        var bench = try bench()
        var rows: [Row] = []
        try bench.delegate(alice, v0, QST.one * 100)
        for index in 0..<3 { try bench.delegate(EconomyBench.account(1), EconomyBench.validator(index), QST.one * 100) }
        func closed(_ body: () throws -> Void) throws -> UInt64 {
            try bench.block(after: 120_000, revenue: QST.one)
            try body()
            return bench.lastGas
        }
        func add(_ name: String, _ body: () throws -> Void) throws {
            rows.append(Row(name: name, first: try closed(body), later: try closed(body)))
        }
        try add("`withdrawDelegatorRewards`") { _ = try bench.withdraw(alice, v0) }
        try add("`claimRewards`, three delegations") {
            try bench.call(Distribution.self, from: EconomyBench.account(1), "claimRewards(uint32)", [.number(10)])
        }
        try add("`withdrawValidatorCommission`") { try bench.call(Distribution.self, from: v0, "withdrawValidatorCommission()") }
        try add("`withdrawNodeRewards`") { try bench.call(Distribution.self, from: EconomyBench.node(0), "withdrawNodeRewards()") }
        return rows
    }

    private static func validators() throws -> [Row] {
        var bench = try bench()
        var rows: [Row] = []
        let bob = EconomyBench.account(1)
        let description = ABIValue.tuple([.text("a validator"), .text("https://example.org"), .text("")])
        func keys(_ name: String) throws -> [ABIValue] {
            [
                .bytes(EconomyBench.key("c \(name)")), .bytes(EconomyBench.key("n \(name)")), .text("validator.example:9000"),
                .bytes(try EconomyBench.proof("c \(name)", bob)), .bytes(try EconomyBench.proof("n \(name)", bob)),
            ]
        }
        try bench.call(
            Staking.self, from: bob, value: EconomyBench.stake * UInt256(2),
            "createValidator((string,string,string),(uint256,uint256,uint256),bytes,bytes,string,bytes,bytes)",
            [description, .word(percent), .word(QST.one), .word(percent)] + (try keys("first")))
        rows.append(Row(name: "`createValidator`", first: bench.lastGas))
        func add(_ name: String, _ signature: String, _ first: [ABIValue], _ later: [ABIValue]? = nil) throws {
            try bench.call(Staking.self, from: bob, signature, first)
            var row = Row(name: name, first: bench.lastGas)
            if let later {
                try bench.block(after: 86_400_000)
                try bench.call(Staking.self, from: bob, signature, later)
                row.later = bench.lastGas
            }
            rows.append(row)
        }
        let edit = "editValidator((string,string,string),uint256)"
        try add("`editValidator`, the description", edit, [description, .word(.max)], [description, .word(.max)])
        try bench.block(after: 86_400_000)
        try add("`editValidator`, with the commission", edit, [description, .word(percent * UInt256(2))], [description, .word(percent)])
        try add("`rotateKeys`", "rotateKeys(bytes,bytes,string,bytes,bytes)", try keys("second"), try keys("third"))
        try bench.undelegate(bob, bob, EconomyBench.stake + .one)
        try bench.delegate(bob, bob, EconomyBench.stake)
        try add("`unjail`", "unjail()", [])
        return rows
    }

    private static func nodes() throws -> [Row] {
        var bench = try bench()
        var rows: [Row] = []
        let node = EconomyBench.account(1)
        func add(_ name: String, value: UInt256 = .zero, _ signature: String, _ values: [ABIValue], again: Bool = false) throws {
            try bench.call(Staking.self, from: node, value: value, signature, values)
            var row = Row(name: name, first: bench.lastGas)
            if again {
                try bench.block()
                try bench.call(Staking.self, from: node, value: value, signature, values)
                row.later = bench.lastGas
            }
            rows.append(row)
        }
        let about: [ABIValue] = [
            .number(10), .bytes(EconomyBench.key("a node")), .text("node.example:9000"), .text("a node"),
            .bytes(try EconomyBench.proof("a node", node)),
        ]
        try add(
            "`registerEncryptionNode`", value: EconomyBench.stake, "registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)", [.number(1)] + about)
        try bench.block(after: 60_000)
        try add("`updateEncryptionNode`", "updateEncryptionNode(uint64,bytes,string,string,bytes)", about, again: true)
        try add("`addEncryptionStake`", value: QST.one, "addEncryptionStake()", [], again: true)
        try bench.hook { (hook) throws(NativeFailure) in try Staking.jailNode(node, until: 0, forGood: false, &hook) }
        try add("`unjailEncryptionNode`", "unjailEncryptionNode()", [])
        try add("`exitEncryptionNode`", "exitEncryptionNode()", [])
        try bench.block(after: 180_000)
        try add("`completeExit`", "completeExit(address)", [.address(node)])
        return rows
    }

    private static func challenges() throws -> [Row] {
        var (bench, rows, id): (EconomyBench, [Row], UInt64) = (try bench(), [], 0)
        let (deposit, node, device) = (Parameter.challengeDeposit.standard, EconomyBench.node(0), Hash(UInt256(3)))
        let data = [UInt8](repeating: 1, count: 1 << 20)
        try bench.call(KeyRegistry.self, from: alice, "linkDevice(bytes32)", [.word(device.number)])
        let fee = try bench.call(KeyRegistry.self, from: alice, "fee(uint64)", [.number(1)])[0]
        let key = try bench.call(
            KeyRegistry.self, from: alice, value: fee, "requestKey(bytes32,bytes32,uint64)", [.word(device.number), .word(.one), .number(1)])[0]
        let receipt = KeyReceipt(
            keyID: KeyID(Hash(key)), epoch: 0, isOperator: true, slot: 0, length: 1 << 20, chunkCount: 256,
            root: ChunkTree.root(of: ChunkTree.leaves(of: data, first: 0)))
        let signer = try EconomyBench.privateKey("encryption 0")
        let signed = SignedKeyReceipt(
            receipt: receipt, signature: try signer.sign(receipt.signingPayload, context: KeyReceipt.signingContext))
        func add(_ name: String, _ signature: String, _ values: [ABIValue]) throws {
            id = try bench.call(Slashing.self, from: alice, value: deposit, signature, values)[0].limb0
            let first = bench.lastGas
            try bench.block()
            id = try bench.call(Slashing.self, from: alice, value: deposit, signature, values)[0].limb0
            rows.append(Row(name: name, first: first, later: bench.lastGas))
        }
        func answer(_ name: String, _ opening: ChunkOpening?) throws {
            var answer = ChallengeAnswer(id: id, opening: opening)
            answer.signature = try signer.sign(answer.message(genesis: .zero), context: ChallengeAnswer.signingContext)
            try bench.call(Slashing.self, from: alice, "answerChallenge(bytes)", [.bytes(answer.rlp)])
            rows.append(Row(name: name, first: bench.lastGas))
        }
        try add("`challengeNode`", "challengeNode(address)", [.address(node)])
        try answer("`answerChallenge`, presence", nil)
        try add("`auditNode`", "auditNode(bytes,bytes,uint64)", [.bytes(signer.publicKey), .bytes(signed.rlp), .number(7)])
        try answer("`answerChallenge`, a chunk of 1 MiB", ChunkOpening(index: 7, of: data, first: 0, above: []))
        return rows
    }

    private static func rest() throws -> [Row] {
        var bench = try bench()
        func twice(_ name: String, _ body: () throws -> Void) throws -> Row {
            try body()
            let first = bench.lastGas
            try bench.block(after: 10_000, revenue: QST.one)
            try body()
            return Row(name: name, first: first, later: bench.lastGas)
        }
        return [
            try twice("`setWithdrawAddress`") {
                try bench.call(
                    Distribution.self, from: alice, "setWithdrawAddress(address)", [.address(EconomyBench.account(Int(bench.height)))])
            },
            try twice("`fundCommunityPool`") { try bench.call(Distribution.self, from: alice, value: QST.one, "fundCommunityPool()") },
            try twice("`withdrawOperations`") { try bench.call(Distribution.self, from: alice, "withdrawOperations()") },
            try twice("`claim` of vesting") { try bench.call(Vesting.self, from: alice, "claim()") },
        ]
    }
}
