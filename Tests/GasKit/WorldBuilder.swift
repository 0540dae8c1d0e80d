import ChainTypes
import Cryptography
import EVM
import Execution
import Primitives
import SystemContracts
import WorldState

/// Makes the calls that fill a world.
struct WorldBuilder {
    let size: World.Size
    var state: WorldState
    let block: BlockContext
    private(set) var vaultKey = Hash.zero
    private(set) var receipt: SignedKeyReceipt?
    private(set) var audit: UInt64 = 0

    init(size: World.Size, state: consuming WorldState, block: BlockContext) {
        self.size = size
        self.state = state
        self.block = block
    }

    mutating func build(_ spec: ChainSpec) throws {
        try endPeriod(spec)
        try delegations()
        try validator()
        try governance()
        try challenges()
        try accounts()
    }

    @discardableResult
    private mutating func call(
        _ contract: any NativeContract.Type, from caller: Address = World.actor, wei: UInt256 = .zero, _ signature: String,
        _ values: [ABIValue] = []
    ) throws -> UInt256 {
        guard try state.debit(caller, wei) else { throw World.Failure(what: "\(signature): nothing left to pay with") }
        try state.credit(contract.address, wei)
        var frame = NativeFrame(
            contract: contract.address, caller: caller, value: wei, isStatic: false, block: block, gas: .max,
            state: WorldState(reader: state.reader))
        swap(&frame.state, &state)
        defer { swap(&frame.state, &state) }
        let output: [UInt8]
        do { output = try frame.run(contract, ABI.call(signature, values: values)) } catch {
            throw World.Failure(what: "\(signature): \(error)")
        }
        _ = frame.state.endTransaction()
        return UInt256(bigEndian: output.prefix(32)) ?? .zero
    }

    /// Rewards of a closed period lie ready.
    private mutating func endPeriod(_ spec: ChainSpec) throws {
        for index in 0..<size.validators {
            try call(Staking.self, wei: QST.one * UInt256(200), "delegate(address)", [.address(World.validator(index))])
        }
        let facts = BlockFacts(
            number: 1, epoch: EpochState(genesis: spec), epochMilliseconds: .max,
            timeMilliseconds: spec.genesisTimeMilliseconds + spec.economy.parameters[.rewardPeriodMilliseconds].limb0,
            parentTimeMilliseconds: spec.genesisTimeMilliseconds, genesisTimeMilliseconds: spec.genesisTimeMilliseconds,
            proposer: World.validator(0), missed: [World.validator(1)], reveal: .zero, commitment: .zero)
        _ = try Economy.endBlock(facts, in: &state)
        _ = state.endTransaction()
    }

    /// As many entries and slashes as there can be.
    private mutating func delegations() throws {
        let first = World.validator(1)
        for _ in 0..<28 { try call(Staking.self, "undelegate(address,uint256)", [.address(first), .word(QST.one)]) }
        for source in 2..<6 {
            for _ in 0..<28 {
                try call(
                    Staking.self, "redelegate(address,address,uint256)",
                    [.address(World.validator(source)), .address(first), .word(QST.one)])
            }
        }
        let seconds = block.timestamp
        try HookState.run(seconds: seconds, height: block.number, in: &state) { (hook) throws(NativeFailure) in
            for _ in 0..<10 {
                for index in 1..<6 {
                    try Staking.slash(World.validator(index), fraction: QST.one / UInt256(1000), infractionAt: seconds, &hook)
                }
            }
        }
        _ = state.endTransaction()
    }

    private mutating func validator() throws {
        try call(
            Staking.self, wei: QST.one * UInt256(10),
            "createValidator((string,string,string),(uint256,uint256,uint256),bytes,bytes,string,bytes,bytes)",
            [NativeInputs.description, .word(.zero), .word(QST.one), .word(QST.one)] + (try NativeInputs.keys()))
        try call(
            Staking.self, wei: QST.one * UInt256(10), "registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)",
            [.number(1)] + (try NativeInputs.node()))
    }

    private mutating func governance() throws {
        for _ in 0..<size.proposals {
            let id = try call(Governance.self, wei: QST.one, "submitProposal(uint8,string,string,bytes,bool)", NativeInputs.proposal())
            try call(Governance.self, "vote(uint256,uint8)", [.word(id), .number(1)])
        }
    }

    private mutating func challenges() throws {
        try call(KeyRegistry.self, "linkDevice(bytes32)", [.word(World.device.number)])
        let fee = try call(KeyRegistry.self, "fee(uint64)", [.number(1)])
        vaultKey = Hash(
            try call(
                KeyRegistry.self, wei: fee, "requestKey(bytes32,bytes32,uint64)", [.word(World.device.number), .word(.one), .number(1)]))
        let data = World.data
        let receipt = KeyReceipt(
            keyID: KeyID(vaultKey), epoch: 0, isOperator: true, slot: 0, length: UInt64(data.count), chunkCount: 8,
            root: ChunkTree.root(of: ChunkTree.leaves(of: data, first: 0)))
        let key = try Keys.of("node")
        let signed = SignedKeyReceipt(
            receipt: receipt, signature: try key.sign(receipt.signingPayload, context: KeyReceipt.signingContext))
        self.receipt = signed
        for _ in 0..<size.challenges { try call(Slashing.self, wei: QST.one, "challengeNode(address)", [.address(World.node(0))]) }
        audit = try call(
            Slashing.self, wei: QST.one, "auditNode(bytes,bytes,uint64)", [.bytes(key.publicKey), .bytes(signed.rlp), .number(7)]
        ).limb0
    }

    private mutating func accounts() throws {
        try state.setCode(World.longCode, [UInt8](repeating: 0, count: EVM.maximumCodeBytes))
        try state.setCode(World.reverting, [0x5f, 0x5f, 0xfd])
        try state.setCode(World.returning, Program.push(64 << 10 as UInt64) + [0x5f, 0xf3])
        for index in 0..<size.codes {
            // It stops at once; all the rest are places where jumps may land.
            let code = [0x00] + Hash(UInt256(UInt64(index))).bytes + [UInt8](repeating: 0x5b, count: EVM.maximumCodeBytes - 33)
            try state.setCode(World.contract(index), code)
        }
        for slot in 0..<size.slots { try state.setStorage(World.actor, Hash(UInt256(UInt64(slot))), UInt256(UInt64(slot + 1))) }
        for index in 0..<size.accounts { try state.credit(World.account(index), .one) }
        _ = state.endTransaction()
    }
}
