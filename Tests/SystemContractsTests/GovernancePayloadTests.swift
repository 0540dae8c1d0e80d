import ChainTypes
import Primitives
import SystemContracts
import TestKit
import Testing
import WorldState

/// Payloads come from anybody: they are refused with a sentence or mean one thing.
@Suite struct GovernancePayloadTests {
    static let actions: [ProposalAction] = [
        .text, .parameterChange([(.quorum, QST.one / 3)]),
        .parameterChange([(.validatorsShare, QST.one / 2), (.nodesShare, 0), (.communityAdmissionMilliseconds, 7)]),
        .treasurySpend(to: EconomyBench.account(1), wei: QST.one), .admitOperator(EconomyBench.account(2)),
        .removeOperator(EconomyBench.node(0)), .securityBreach(EconomyBench.validator(1)),
        .softwareUpgrade(UpgradePlan(name: "aurora", version: 2, height: 1000)), .cancelUpgrade, .burnBuyback(QST.one),
    ]

    private func read(_ kind: ProposalKind, _ payload: [UInt8]) -> ProposalAction? {
        do throws(NativeFailure) { return try ProposalAction(kind, payload: payload) } catch {
            guard case .revert(let reason) = error, !reason.isEmpty else {
                Issue.record("\(kind) \(payload): \(error)")
                return nil
            }
            return nil
        }
    }

    @Test func everyActionReadsBackAsItself() throws {
        for action in Self.actions {
            #expect(read(action.kind, action.payload)?.payload == action.payload)
            // Nothing may follow, and nothing may be missing.
            #expect(read(action.kind, action.payload + [0]) == nil)
            #expect(read(action.kind, action.payload + [UInt8](repeating: 0, count: 32)) == nil)
            if !action.payload.isEmpty { #expect(read(action.kind, action.payload.dropLast()) == nil) }
        }
    }

    @Test func theLayoutIsThatOfSolidity() {
        // cast abi-encode "f(string[],uint256[])" '["quorum"]' '[7]'
        let words: [[UInt8]] = [
            Hash(0x40).bytes, Hash(0xc0).bytes, Hash(1).bytes, Hash(0x20).bytes, Hash(6).bytes,
            Array("quorum".utf8) + [UInt8](repeating: 0, count: 26), Hash(1).bytes, Hash(7).bytes,
        ]
        #expect(ProposalAction.parameterChange([(.quorum, 7)]).payload == words.flatMap { $0 })
    }

    @Test func changesAreBoundedAndNamedOnce() throws {
        let all = Parameter.allCases.map { ($0, $0.standard) }
        #expect(read(.parameterChange, ProposalAction.parameterChange(Array(all.prefix(16))).payload) != nil)
        #expect(read(.parameterChange, ProposalAction.parameterChange(Array(all.prefix(17))).payload) == nil)
        #expect(read(.parameterChange, ProposalAction.parameterChange([]).payload) == nil)
        #expect(read(.parameterChange, ProposalAction.parameterChange([all[0], all[0]]).payload) == nil)
        #expect(read(.parameterChange, ABIValue.encode([.array([.text("quorum")]), .words([1, 2])])) == nil)
        #expect(read(.parameterChange, ABIValue.encode([.array([.text("Quorum")]), .words([1])])) == nil)
        #expect(read(.softwareUpgrade, ABIValue.encode([.text(String(repeating: "x", count: 33)), .number(1), .number(1)])) == nil)
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func garbageIsRefusedOrMeansOneThing(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var accepted = 0
        for _ in 0..<20_000 {
            guard let kind = ProposalKind.allCases.randomElement(using: &random) else { return }
            var payload = Self.actions.randomElement(using: &random)?.payload ?? []
            switch Int.random(in: 0..<4, using: &random) {
            case 0: payload = random.bytes(0...400)
            case 1: payload += random.bytes(0...64)
            default:
                for _ in 0..<Int.random(in: 0...4, using: &random) where !payload.isEmpty {
                    // Lengths and offsets stand in the low bytes of words.
                    let word = Int.random(in: 0..<payload.count, using: &random) / 32 * 32 + 31
                    let place = Bool.random(using: &random) ? min(word, payload.count - 1) : Int.random(in: 0..<payload.count, using: &random)
                    payload[place] = UInt8.random(in: .min ... .max, using: &random)
                }
            }
            if let action = read(kind, payload) {
                accepted += 1
                #expect(action.payload == payload, "seed \(seed)")
            }
        }
        #expect(accepted > 100)
    }

    /// What is accepted at submission never stops the chain, whatever it does.
    @Test(arguments: [1, 2] as [UInt64]) func whateverPassesIsExecutedOrFails(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var bench = try EconomyBench()
        var count: UInt64 = 0
        for step in 0..<150 {
            guard var action = Self.actions.randomElement(using: &random) else { return }
            switch action {
            case .parameterChange:
                action = .parameterChange(
                    Array(Parameter.allCases.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))).map {
                        (parameter: Parameter) -> (Parameter, UInt256) in
                        let values = [parameter.bounds.lowerBound, parameter.bounds.upperBound, parameter.standard]
                        return (parameter, values.randomElement(using: &random) ?? .zero)
                    })
            case .treasurySpend: action = .treasurySpend(to: EconomyBench.account(1), wei: QST.one << Int.random(in: 0...150, using: &random))
            case .burnBuyback: action = .burnBuyback(QST.one << Int.random(in: 0...150, using: &random))
            default: break
            }
            // Deposits and times are what the parameters say by now; most are refused in the end.
            if refusal({ try bench.propose(action, from: EconomyBench.account(step % 6), wei: QST.one * 20_000) }) == nil {
                count += 1
                _ = refusal { try bench.vote(count, .yes, EconomyBench.validator(0)) }
                _ = refusal { try bench.vote(count, .yes, EconomyBench.validator(2)) }
            }
            for _ in 0..<3 { try bench.block(after: UInt64.random(in: 1000...40_000, using: &random)) }
            #expect(try bench.faults() == [], "seed \(seed) step \(step)")
        }
        #expect(count > 5)
    }

    @Test func calldataOfTheContractIsReadWithoutTraps() throws {
        var bench = try EconomyBench()
        var random = SeededGenerator(seed: 7)
        let id = try bench.propose()
        let calls: [(String, [ABIValue])] = [
            ("submitProposal(uint8,string,string,bytes,bool)", [.number(0), .text("t"), .text("s"), .bytes([]), .flag(false)]),
            ("voteWeighted(uint256,uint8[],uint256[])", [.number(id), .words([1]), .words([QST.one])]),
        ]
        for _ in 0..<5000 {
            let (signature, values) = calls[Int.random(in: 0..<calls.count, using: &random)]
            var words = ABIValue.encode(values)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                words[Int.random(in: 0..<words.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
            }
            words = Array(words.prefix(Int.random(in: 0...words.count, using: &random)))
            // Words of a head that is all there is: the bytes follow the selector as they are.
            let raw = stride(from: 0, to: words.count / 32 * 32, by: 32).compactMap { UInt256(bigEndian: words[$0..<$0 + 32]) }
            _ = refusal { try bench.call(Governance.self, from: EconomyBench.validator(0), signature, raw.map { .word($0) }) }
        }
        #expect(try bench.faults() == [])
    }
}
