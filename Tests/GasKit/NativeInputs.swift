import ChainTypes
import Cryptography
import Primitives
import SystemContracts

/// Arguments of a native function that cost it much.
struct NativeInput {
    let label: String
    var wei: UInt64 = 0
    let values: [ABIValue]

    init(_ label: String, wei: UInt64 = 0, _ values: [ABIValue]) {
        self.label = label
        self.wei = wei
        self.values = values
    }
}

/// Inputs of every function of every system contract, by its signature.
enum NativeInputs {
    static let description = ABIValue.tuple([text(128), text(256), text(256)])

    /// Letters of three bytes each: the slowest to check.
    static func text(_ bytes: Int) -> ABIValue {
        .bytes((0..<bytes / 3).flatMap { _ in [0xe2, 0x82, 0xac] } + [UInt8](repeating: 0x61, count: bytes % 3))
    }

    static func keys() throws -> [ABIValue] {
        [
            .bytes(try Keys.of("c").publicKey), .bytes(try Keys.of("n").publicKey), text(256), .bytes(try Keys.proof("c")),
            .bytes(try Keys.proof("n")),
        ]
    }

    static func node() throws -> [ABIValue] {
        [.number(10), .bytes(try Keys.of("e").publicKey), text(256), text(128), .bytes(try Keys.proof("e"))]
    }

    private static let manyChanges = ProposalAction.parameterChange(
        Parameter.allCases.suffix(16).map { ($0, $0.standard) })

    static func proposal(_ summary: Int = 10_000, _ action: ProposalAction = manyChanges) -> [ABIValue] {
        [.number(UInt64(action.kind.rawValue)), text(140), text(summary), .bytes(action.payload), .flag(false)]
    }

    static func all(_ world: World) throws -> [String: [NativeInput]] {
        let groups = [
            delegators(), try operators(), encryptionNodes(try node()), stakingQueries(world), distribution(), parameters(),
            governance(world),
            try slashing(world), keys(world), small(),
        ]
        return groups.reduce(into: [:]) { all, group in all.merge(group) { $0 + $1 } }
    }

    private static let actor = ABIValue.address(World.actor)
    private static let first = ABIValue.address(World.validator(1))
    private static let second = ABIValue.address(World.validator(7))
    private static let stranger = ABIValue.address(Address(low: 0x99_9999))

    private static func delegators() -> [String: [NativeInput]] {
        [
            "delegate(address)": [
                .init("a new amount", wei: 5, [second]), .init("slashed entries", wei: 5, [first]), .init("a stranger", wei: 1, [stranger]),
            ],
            "undelegate(address,uint256)": [
                .init("a wei", [second, .word(.one)]), .init("too many entries", [first, .word(.one)]),
                .init("too much", [second, .word(.max)]),
            ],
            "redelegate(address,address,uint256)": [
                .init("a wei", [second, .address(World.validator(8)), .word(.one)]),
                .init("too many entries", [second, first, .word(.one)]),
                .init("the same", [second, second, .word(.one)]),
            ],
            "cancelUnbondingDelegation(address,uint256,uint256)": [
                .init("a wei", [first, .word(.one), .number(1000)]), .init("no such entry", [first, .word(.one), .number(7)]),
            ],
            "completeUnbonding(address,address)": [
                .init("nothing free", [actor, first]), .init("nothing there", [stranger, stranger]),
            ],
        ]
    }

    private static func operators() throws -> [String: [NativeInput]] {
        [
            "createValidator((string,string,string),(uint256,uint256,uint256),bytes,bytes,string,bytes,bytes)": [
                .init("proofs that hold", wei: 5, [description, .word(.zero), .word(.one), .word(.one)] + (try keys())),
                .init(
                    "no proofs", wei: 5,
                    [description, .word(.zero), .word(.one), .word(.one)] + (try keys().dropLast(2)) + [.bytes([]), .bytes([])]),
            ],
            "editValidator((string,string,string),uint256)": [
                .init("long texts", [description, .word(.max)]), .init("too early", [description, .word(.one)]),
            ],
            "rotateKeys(bytes,bytes,string,bytes,bytes)": [.init("the same keys", try keys())],
            "unjail()": [.init("not jailed", [])],
        ]
    }

    private static func encryptionNodes(_ node: [ABIValue]) -> [String: [NativeInput]] {
        [
            "registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)": [.init("known already", wei: 5, [.number(1)] + node)],
            "updateEncryptionNode(uint64,bytes,string,string,bytes)": [.init("the same", node)],
            "addEncryptionStake()": [.init("a wei", wei: 1, []), .init("nothing", [])],
            "exitEncryptionNode()": [.init("leaves", [])],
            "completeExit(address)": [.init("not leaving", [actor])],
            "unjailEncryptionNode()": [.init("not jailed", [])],
        ]
    }

    private static func stakingQueries(_ world: World) -> [String: [NativeInput]] {
        [
            "delegation(address,address)": [.init("there", [actor, first]), .init("absent", [stranger, first])],
            "unbondingDelegation(address,address)": [.init("all entries", [actor, first])],
            "redelegations(address,address)": [.init("all entries", [actor, first])],
            "validator(address)": [.init("long texts", [actor])],
            "validatorKeys(address)": [.init("there", [actor])],
            "validators(uint256,uint256)": [
                .init("all", [.number(0), .word(UInt256(.max as UInt64))]), .init("none", [.word(UInt256(.max as UInt64)), .number(1)]),
            ],
            "encryptionNodes(uint256,uint256)": [.init("all", [.number(0), .number(.max)])],
            "encryptionNode(address)": [.init("there", [actor])],
            "totals()": [.init("", [])],
            "slashes(address,uint256)": [.init("a page", [first, .number(0)]), .init("beyond", [first, .word(UInt256(.max as UInt64))])],
            "validatorsByStatus(uint8,uint256,uint256)": [
                .init("a page", [.number(0), .number(0), .number(.max)]), .init("none of them", [.number(4), .number(0), .number(.max)]),
                .init("no such", [.number(9), .number(0), .number(1)]),
            ],
            "delegations(address,uint256,uint256)": [
                .init("a page", [actor, .number(0), .number(.max)]), .init("beyond", [actor, .number(.max), .number(1)]),
            ],
        ]
    }

    private static func distribution() -> [String: [NativeInput]] {
        [
            "withdrawDelegatorRewards(address)": [.init("once", [second]), .init("a stranger", [stranger])],
            "claimRewards(uint32)": [.init("all", [.number(.max)])],
            "withdrawValidatorCommission()": [.init("", [])],
            "withdrawNodeRewards()": [.init("", [])],
            "setWithdrawAddress(address)": [.init("the same", [stranger]), .init("a contract", [.address(Staking.address)])],
            "fundCommunityPool()": [.init("a wei", wei: 1, []), .init("nothing", [])],
            "withdrawOperations()": [.init("", [])],
            "delegationRewards(address,address)": [.init("there", [actor, second])],
            "periodRewards(address,address)": [.init("there", [actor, second]), .init("absent", [stranger, second])],
            "totalRewards(address,uint256,uint256)": [.init("a page", [actor, .number(0), .number(.max)])],
            "validatorCommission(address)": [.init("there", [first])],
            "validatorOutstandingRewards(address)": [.init("there", [first])],
            "validatorTurns(address)": [.init("there", [first])],
            "delegatorWithdrawAddress(address)": [.init("absent", [actor])],
            "delegatorValidators(address)": [.init("all", [actor])],
            "communityPool()": [.init("", [])], "reserves()": [.init("", [])], "supply()": [.init("", [])],
            "rewardPeriod()": [.init("", [])],
        ]
    }

    private static func parameters() -> [String: [NativeInput]] {
        // Letters that are the same as others to a string, but not byte for byte.
        let combined = ABIValue.bytes((0..<21).flatMap { _ in [0xe1, 0xbe, 0x82] })
        let names = [
            NativeInput("the last", [.text(Parameter.allCases[Parameter.allCases.count - 1].name)]),
            .init("letters to compose", [combined]),
            .init("no such", [text(64)]), .init("too long", [text(65)]), .init("no text", [.bytes([UInt8](repeating: 0xff, count: 64))]),
        ]
        return [
            "get(string)": names, "bounds(string)": names, "count()": [.init("", [])],
            "nameOf(uint256)": [.init("the last", [.number(UInt64(Parameter.allCases.count - 1))]), .init("no such", [.word(.max)])],
        ]
    }

    private static func governance(_ world: World) -> [String: [NativeInput]] {
        let running = ABIValue.number(1)
        let options = VoteOption.allCases.map { UInt256(UInt64($0.rawValue)) }
        let quarter = QST.one / UInt256(4)
        return [
            "submitProposal(uint8,string,string,bytes,bool)": [
                .init("new", wei: 1_000_000_000_000_000_000, proposal()), .init("no deposit", proposal()),
                .init("nothing but a payload", proposal(0)),
                .init("not the standard encoding", [.number(1), text(140), text(10_000), .bytes(manyChanges.payload + [0]), .flag(false)]),
            ],
            "deposit(uint256)": [.init("no more taken", wei: 1, [running])],
            "withdrawDeposit(uint256)": [.init("not over", [running])],
            "vote(uint256,uint8)": [.init("again", [running, .number(2)]), .init("no such", [.word(.max), .number(2)])],
            "voteWeighted(uint256,uint8[],uint256[])": [
                .init("again", [running, .words(options), .words([quarter, quarter, quarter, quarter])])
            ],
            "cancelProposal(uint256)": [.init("the last", [.number(UInt64(world.size.proposals))]), .init("over", [running])],
            "proposal(uint256)": [.init("long texts", [running])],
            "tally(uint256)": [.init("running", [running])],
            "voteOf(uint256,address)": [.init("there", [running, actor])],
            "depositOf(uint256,address)": [.init("there", [running, actor])],
            "proposals(uint8,uint256,uint256)": [
                .init("a page", [.number(0), .number(1), .number(.max)]), .init("none of them", [.number(9), .number(1), .number(.max)]),
                .init("beyond", [.number(0), .number(.max), .number(1)]),
            ],
            "proposalCount()": [.init("", [])], "activeProposals()": [.init("", [])], "upgradePlan()": [.init("", [])],
        ]
    }

    private static func slashing(_ world: World) throws -> [String: [NativeInput]] {
        let key = try Keys.of("node")
        var answer = ChallengeAnswer(id: world.audit, opening: ChunkOpening(index: 7, of: World.data, first: 0, above: []))
        answer.signature = try key.sign(answer.message(genesis: .zero), context: ChallengeAnswer.signingContext)
        var wrong = answer
        wrong.signature[100] ^= 1
        var endless = answer
        endless.opening?.path = [Hash](repeating: .zero, count: ChunkTree.maximumPathLength)
        return [
            "submitDoubleSign(bytes,bytes)": [
                .init("votes that hold", [.bytes(try Keys.of("consensus").publicKey), .bytes(try evidence().rlp)]),
                .init("signed by nobody", [.bytes(Keys.fake("consensus 5")), .bytes(try evidence().rlp)]),
                .init("no votes", [.bytes(Keys.fake("consensus 5")), .bytes([UInt8](repeating: 0xc1, count: 8192))]),
            ],
            "challengeNode(address)": [
                .init("a node", wei: 1_000_000_000_000_000_000, [.address(World.node(1))]), .init("no deposit", [.address(World.node(1))]),
            ],
            "auditNode(bytes,bytes,uint64)": [
                .init("a chunk", wei: 1_000_000_000_000_000_000, [.bytes(key.publicKey), .bytes(world.receipt.rlp), .number(7)]),
                .init("no deposit", [.bytes(key.publicKey), .bytes(world.receipt.rlp), .number(7)]),
                .init("a stranger's key", [.bytes(Keys.fake("stranger")), .bytes(world.receipt.rlp), .number(7)]),
            ],
            "answerChallenge(bytes)": [
                .init("a chunk", [.bytes(answer.rlp)]), .init("not signed", [.bytes(wrong.rlp)]),
                .init("a long path", [.bytes(endless.rlp)]),
                .init("no answer", [.bytes([UInt8](repeating: 0xc1, count: 12_288))]),
            ],
            "challenge(uint256)": [.init("there", [.number(world.audit)])],
            "signingInfo(address)": [.init("there", [first])],
        ]
    }

    /// Votes of the first validator, in a view that has no other.
    private static func evidence() throws -> Evidence {
        let votes = try (1...2).map { number in
            let ballot = Ballot(epoch: 0, view: 7, kind: .notarize, block: Hash(UInt256(UInt64(number))))
            let signature = try Keys.of("consensus").sign(ballot.signingPayload(genesis: .zero), context: Ballot.signingContext)
            return Vote(ballot: ballot, validator: 0, signature: signature)
        }
        guard let evidence = Evidence(votes[0], votes[1]) else { throw World.Failure(what: "no evidence") }
        return evidence
    }

    private static func keys(_ world: World) -> [String: [NativeInput]] {
        [
            "linkDevice(bytes32)": [.init("again", [.word(World.device.number)]), .init("none", [.word(.zero)])],
            "requestKey(bytes32,bytes32,uint64)": [
                .init("wrong payment", wei: 1, [.word(World.device.number), .word(.one), .number(1)]),
                .init("a large one", [.word(World.device.number), .word(.one), .number(.max)]),
            ],
            "removeKey(bytes32)": [.init("the caller's", [.word(world.vaultKey.number)]), .init("another's", [.word(.max)])],
            "fee(uint64)": [.init("of the largest", [.number(.max)])],
        ]
    }

    private static func small() -> [String: [NativeInput]] {
        [
            "claim()": [.init("", [])], "vestingOf(address)": [.init("all schedules", [actor])],
            "commitmentOf(address)": [.init("there", [.address(World.validator(0))])],
            "currentEpoch()": [.init("", [])], "epochStart()": [.init("", [])],
            "nodeSetHash()": [.init("", [])], "nodeCount()": [.init("", [])],
        ]
    }
}
