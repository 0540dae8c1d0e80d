import ChainTypes
import Cryptography
import Execution
import Primitives
import SystemContracts
import TestKit

/// Random lives around the closes of periods and epochs: everybody does whatever an account can, sensible or not.
struct Life {
    var chain: LifeChain
    private var random: SeededGenerator
    private var keys: LifeKeys
    private(set) var refused = 0
    private(set) var calls = 0
    private(set) var punished = 0
    /// What the last block did about keys that it must not do.
    private(set) var injustice: [String] = []

    init(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let epoch: UInt64 = [1000, 2000, 5000].randomElement(using: &random) ?? 2000
        let count = Int.random(in: 1...5, using: &random)
        chain = try LifeChain(validators: count, epochMilliseconds: epoch) { parameters in
            let times: [Parameter] = [.rewardPeriodMilliseconds, .unbondingMilliseconds, .downtimeWindowMilliseconds, .jailMilliseconds]
            for parameter in times {
                parameters[parameter] = UInt256([1000, epoch, epoch * 2, epoch * 8].randomElement(using: &random) ?? epoch)
            }
            parameters[.maximumMissedProposals] = UInt256(UInt64.random(in: 1...4, using: &random))
            parameters[.minimumDeposit] = QST.one * 10
            parameters[.expeditedDeposit] = QST.one * 10
            parameters[.challengeDeposit] = QST.one
            for parameter in [Parameter.challengeMilliseconds, .votingMilliseconds] { parameters[parameter] = 2000 }
            parameters[.timelockMilliseconds] = .zero
        }
        self.random = random
        keys = try LifeKeys(chain)
    }

    private var operators: [Payer] { chain.validators + chain.newcomers }
    private var delegators: [Payer] { operators + chain.delegators }

    private mutating func any<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &random)]
    }

    private mutating func chance(_ part: Int) -> Bool { Int.random(in: 0..<part, using: &random) == 0 }

    /// All of an amount, all but a wei, a wei, what is left above the minimum, or some of it.
    private mutating func part(of wei: UInt256) -> UInt256 {
        switch Int.random(in: 0..<6, using: &random) {
        case 0, 1: wei
        case 2: wei.checkedSubtract(.one) ?? wei
        case 3: .one
        case 4: wei.checkedSubtract(LifeChain.stake) ?? wei
        default: wei / UInt256(UInt64.random(in: 1...7, using: &random))
        }
    }

    /// A block with what some accounts do in it.
    mutating func step() throws {
        var wanted: [LifeChain.Call] = []
        for _ in 0..<Int.random(in: 0...5, using: &random) { wanted += try call() }
        let (before, faults) = (chain, try evidence())
        let receipts = try chain.extend(
            wanted, after: pause(), skipping: chance(4) ? UInt64.random(in: 1...(chance(4) ? 60 : 3), using: &random) : 0,
            doubleSigns: faults)
        try chain.validateHead()
        injustice = try keys.injustice(of: faults, from: before, to: chain)
        calls += receipts.count
        refused += receipts.filter { !$0.succeeded }.count
        punished += chain.head.block.envelope.doubleSigns.count
    }

    /// Milliseconds to the next block: mostly short, sometimes over many epochs, rarely over the whole schedule of emission.
    private mutating func pause() -> UInt64 {
        if chance(400) { return UInt64.random(in: 1...6, using: &random) * 365 * 86_400_000 }
        return UInt64.random(in: 1...(chance(12) ? 30_000 : 1200), using: &random)
    }

    private mutating func evidence() throws -> [DoubleSign] {
        guard chance(15) else { return [] }
        let epoch = chain.epoch.number
        let key = try LifeChain.key(any(keys.all).name)
        let fault = try chain.doubleSign(key, epoch: epoch - min(epoch, chance(2) ? 0 : UInt64.random(in: 1...3, using: &random)))
        return [fault, fault]
    }

    private mutating func call() throws -> [LifeChain.Call] {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<12: [try delegate()]
        case 12..<28: try leave()
        case 28..<40: try comeBack()
        case 40..<48: try move()
        case 48..<56: [LifeChain.Call(any(operators), Staking.address, "unjail()")]
        case 56..<62: [try payOut()]
        case 62..<68: [try collect()]
        case 68..<73: try rotate()
        case 73..<76: [try create()]
        case 76..<79: [edit()]
        case 79..<87: try encryptionNode()
        default: try govern()
        }
    }

    // MARK: Stake

    private mutating func delegate() throws -> LifeChain.Call {
        let wei = part(of: LifeChain.stake * UInt256(UInt64.random(in: 1...3, using: &random)))
        return LifeChain.Call(
            any(delegators), Staking.address, wei: wei, "delegate(address)", [.address(try any(operators).address)])
    }

    private mutating func delegation(_ owner: Payer, where isWanted: (DelegationReport) -> Bool) throws -> DelegationReport? {
        var view = chain.view
        let found = try view.delegations(of: try owner.address).filter(isWanted)
        return found.isEmpty ? nil : any(found)
    }

    private mutating func leave() throws -> [LifeChain.Call] {
        let owner = any(delegators)
        guard let delegation = try delegation(owner, where: { !$0.stake.isZero }) else { return [] }
        return [
            LifeChain.Call(
                owner, Staking.address, "undelegate(address,uint256)", [.address(delegation.validator), .word(part(of: delegation.stake))])
        ]
    }

    private mutating func comeBack() throws -> [LifeChain.Call] {
        let owner = any(delegators)
        guard let delegation = try delegation(owner, where: { !$0.unbonding.isEmpty }) else { return [] }
        let entry = any(delegation.unbonding)
        let cancel = LifeChain.Call(
            owner, Staking.address, "cancelUnbondingDelegation(address,uint256,uint256)",
            [.address(delegation.validator), .word(chance(3) ? part(of: entry.wei) : entry.wei), .number(entry.height)])
        return [cancel, LifeChain.Call(owner, Staking.address, "unjail()")]
    }

    private mutating func move() throws -> [LifeChain.Call] {
        let owner = any(delegators)
        guard let delegation = try delegation(owner, where: { !$0.stake.isZero }) else { return [] }
        return [
            LifeChain.Call(
                owner, Staking.address, "redelegate(address,address,uint256)",
                [.address(delegation.validator), .address(try any(operators).address), .word(part(of: delegation.stake))])
        ]
    }

    private mutating func payOut() throws -> LifeChain.Call {
        LifeChain.Call(
            any(delegators), Staking.address, "completeUnbonding(address,address)",
            [.address(try any(delegators).address), .address(try any(operators).address)])
    }

    private mutating func collect() throws -> LifeChain.Call {
        let owner = any(delegators)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return LifeChain.Call(owner, Distribution.address, "claimRewards(uint32)", [.number(3)])
        case 1: return LifeChain.Call(owner, Distribution.address, "withdrawValidatorCommission()")
        case 2: return LifeChain.Call(any(chain.nodes), Distribution.address, "withdrawNodeRewards()")
        default:
            return LifeChain.Call(
                owner, Distribution.address, "withdrawDelegatorRewards(address)", [.address(try any(operators).address)])
        }
    }

    // MARK: Validators

    /// Once or twice in a block.
    private mutating func rotate() throws -> [LifeChain.Call] {
        let owner = any(operators)
        return try (0..<(chance(4) ? 2 : 1)).map { _ in
            let pair = [try key(.consensus, of: owner), try key(.node, of: owner)]
            return LifeChain.Call(owner, Staking.address, "rotateKeys(bytes,bytes,string,bytes,bytes)", try proven(owner, pair))
        }
    }

    /// A new key, the one that is kept, or one that it or anybody else has or had, also of the other kind.
    private mutating func key(_ kind: LifeKeys.Kind, of owner: Payer) throws -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0..<4: keys.make(kind, of: owner)
        case 4: any(keys.all.filter { $0.owner == owner.name }).name
        case 5: any(keys.all).name
        default: try keys.inUse(kind, by: owner)
        }
    }

    private func proven(_ owner: Payer, _ names: [String]) throws -> [ABIValue] {
        let pair = try names.map(LifeChain.key)
        return pair.map { .bytes($0.publicKey) } + [.text("127.0.0.1:1")] + (try pair.map { try chain.possession($0, owner) })
    }

    private mutating func create() throws -> LifeChain.Call {
        let owner = any(chain.newcomers)
        let tenth = QST.one / UInt256(10)
        let commission = [ABIValue.word(chance(2) ? .zero : tenth), .word(QST.one), .word(tenth)]
        let pair = LifeKeys.Kind.allCases.map { keys.first($0, of: owner) }
        return LifeChain.Call(
            owner, Staking.address, wei: LifeChain.stake * UInt256(UInt64.random(in: 1...40, using: &random)),
            "createValidator((string,string,string),(uint256,uint256,uint256),bytes,bytes,string,bytes,bytes)",
            [.tuple([.text(String(repeating: "n", count: 128)), .text(""), .text("")])] + commission + (try proven(owner, pair)))
    }

    private mutating func edit() -> LifeChain.Call {
        let rate = QST.one / UInt256(UInt64.random(in: 1...100, using: &random))
        return LifeChain.Call(
            any(operators), Staking.address, "editValidator((string,string,string),uint256)",
            [.tuple([.text("m"), .text(""), .text("")]), .word(chance(3) ? .max : rate)])
    }

    // MARK: Encryption nodes

    private mutating func encryptionNode() throws -> [LifeChain.Call] {
        let node = any(chain.nodes)
        let address = try node.address
        switch Int.random(in: 0..<9, using: &random) {
        case 8: return [LifeChain.Call(node, Staking.address, "updateEncryptionNode(uint64,bytes,string,string,bytes)", try about(node))]
        case 0: return [LifeChain.Call(node, Staking.address, "exitEncryptionNode()")]
        case 1: return [LifeChain.Call(any(delegators), Staking.address, "completeExit(address)", [.address(address)])]
        case 2: return [LifeChain.Call(node, Staking.address, "unjailEncryptionNode()")]
        case 3: return [LifeChain.Call(node, Staking.address, wei: part(of: LifeChain.stake), "addEncryptionStake()")]
        case 4: return [try register(node)]
        default:
            let wei = chance(8) ? UInt256.one : QST.one
            return [LifeChain.Call(any(delegators), Slashing.address, wei: wei, "challengeNode(address)", [.address(address)])]
        }
    }

    private mutating func register(_ node: Payer) throws -> LifeChain.Call {
        let about = try about(node)
        return LifeChain.Call(
            node, Staking.address, wei: LifeChain.stake, "registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)",
            [.number(UInt64.random(in: 0...1, using: &random))] + about)
    }

    /// With a new key, or one of a validator.
    private mutating func about(_ node: Payer) throws -> [ABIValue] {
        let key = try LifeChain.key(chance(6) ? any(keys.all).name : "\(node.name) \(chain.head.block.number)")
        return [.number(1), .bytes(key.publicKey), .text(""), .text(node.name), try chain.possession(key, node)]
    }
}

// MARK: - Governance

extension Life {
    private static let contract = Governance.address

    private mutating func govern() throws -> [LifeChain.Call] {
        var view = chain.view
        let running = try view.proposals().filter { $0.status == "voting" }.map(\.id)
        if !running.isEmpty, !chance(4) {
            let (voter, id) = (any(delegators), any(running))
            let option = chance(5) ? UInt64.random(in: 1...4, using: &random) : 1
            return [LifeChain.Call(voter, Self.contract, "vote(uint256,uint8)", [.number(id), .number(option)])]
        }
        let action = try action()
        let proposal = LifeChain.Call(
            any(delegators), Self.contract, wei: QST.one * UInt256(chance(6) ? 5 : 10), "submitProposal(uint8,string,string,bytes,bool)",
            [
                .number(UInt64(action.kind.rawValue)), .text("t"), .text(""), .bytes(action.payload), .flag(chance(3)),
            ])
        // All who have most of the stake vote, so that many proposals pass.
        let next = try (view.proposals().first?.id ?? 0) + 1
        return [proposal] + operators.map { LifeChain.Call($0, Self.contract, "vote(uint256,uint8)", [.number(next), .number(1)]) }
    }

    private mutating func action() throws -> ProposalAction {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return .securityBreach(try any(operators + chain.nodes).address)
        case 1: return .admitOperator(try any(chain.nodes).address)
        case 2: return .removeOperator(try any(chain.nodes).address)
        case 3: return .treasurySpend(to: try any(delegators).address, wei: part(of: QST.one * 1000))
        case 4: return .burnBuyback(part(of: QST.one / UInt256(1000)))
        case 5:
            let height = chain.head.block.number + UInt64.random(in: 1...20, using: &random)
            return .softwareUpgrade(UpgradePlan(name: "u", version: 2, height: height))
        case 6: return .cancelUpgrade
        default: return .parameterChange(changes())
        }
    }

    /// Parameters at a bound, at one that makes sense, or where they were. Those that let nobody pay or decide any more stay.
    private mutating func changes() -> [(Parameter, UInt256)] {
        let fixed: [Parameter] = [
            .votingMilliseconds, .expeditedVotingMilliseconds, .timelockMilliseconds, .minimumDeposit, .expeditedDeposit,
            .depositMilliseconds, .challengeDeposit, .quorum, .passThreshold, .expeditedThreshold,
        ]
        let free = Parameter.allCases.filter { !fixed.contains($0) }
        var changes: [(Parameter, UInt256)] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let parameter = any(free)
            guard !changes.contains(where: { $0.0 == parameter }) else { continue }
            let (least, most) = (parameter.bounds.lowerBound, parameter.bounds.upperBound)
            changes.append((parameter, any([least, least, most, chain.spec.economy.parameters[parameter]])))
        }
        return changes
    }
}
