import ChainTypes
import Primitives
import WorldState

/// What happens at the beginning and end of every block, and in genesis.
///
/// Nothing that a state holds stops a block: each part is a `Duty`, done wholly or left out. The errors thrown here mean that
/// this node cannot read its own state.
public enum Economy {
    /// Begins a block, before its transactions: removes validators that voted twice, and takes encryption nodes' answers. The
    /// caller has made sure of each.
    public static func beginBlock(_ facts: BlockFacts, in state: inout WorldState) throws(StateError) {
        guard !facts.doubleSigns.isEmpty || !facts.answers.isEmpty else { return }
        try HookState.run(seconds: facts.timeMilliseconds / 1000, height: facts.number, in: &state) { (hook) throws(NativeFailure) in
            for fault in facts.doubleSigns {
                try hook.attempt(.evidence) { (hook) throws(NativeFailure) in
                    try Slashing.punish(fault, genesis: facts.genesis, &hook)
                }
            }
            for answer in facts.answers {
                try hook.attempt(.answer) { (hook) throws(NativeFailure) in
                    try Slashing.meet(answer, genesis: facts.genesis, &hook)
                }
            }
        }
    }

    /// Ends a block; the epoch of the next one.
    public static func endBlock(_ facts: BlockFacts, in state: inout WorldState) throws(StateError) -> EpochState {
        try Randomness.commit(facts.commitment, of: facts.proposer, in: &state)
        try HookState.run(seconds: facts.timeMilliseconds / 1000, height: facts.number, in: &state) { (hook) throws(NativeFailure) in
            try Distribution.endBlock(facts, &hook)
            try Slashing.countTurns(facts, &hook)
            try hook.attempt(.challenge, Slashing.judgeChallenges)
            try Governance.endBlock(facts, &hook)
        }
        guard facts.endsEpoch else { return facts.epoch }
        return try Epochs.end(facts, validators: try endEpoch(facts, in: &state), in: &state)
    }

    /// Ends an epoch: who earns in the next, and who decides in the one after it.
    public static func endEpoch(_ facts: BlockFacts, in state: inout WorldState) throws(StateError) -> ValidatorSet {
        try HookState.run(seconds: facts.timeMilliseconds / 1000, height: facts.number, in: &state) { (hook) throws(NativeFailure) in
            try Staking.endEpoch(facts, &hook)
        }
    }

    /// Writes parameters, stakes and vesting of genesis. Call it after the allocations have been credited.
    public static func installGenesis(_ spec: ChainSpec, in state: inout WorldState) throws(StateError) {
        try HookState.run(seconds: spec.genesisTimeMilliseconds / 1000, height: 0, in: &state) { (hook) throws(NativeFailure) in
            try install(spec, &hook)
        }
    }

    private static func install(_ spec: ChainSpec, _ hook: inout HookState) throws(NativeFailure) {
        let economy = spec.economy
        try Parameters.install(economy.parameters, &hook)
        var supply = UInt256.zero
        for allocation in spec.allocations { supply = try supply.plus(allocation.balance) }
        for allocation in economy.vesting {
            supply = try supply.plus(allocation.amount)
            try Vesting.install(allocation, genesisMilliseconds: spec.genesisTimeMilliseconds, &hook)
        }
        for validator in spec.validators.validators {
            let stake = economy.stakes.first { $0.address == validator.address }
                ?? GenesisStake(address: validator.address, amount: QST.one &* UInt256(validator.power))
            supply = try supply.plus(stake.amount)
            try bond(validator, stake, &hook)
        }
        for node in spec.encryptionNodes {
            let stake = economy.stakes.first { $0.address == node.address }?.amount ?? economy.parameters[.minimumSelfStake]
            supply = try supply.plus(stake)
            try hook.mint(stake, to: Staking.address)
            try Staking.recordKey(node.nodeKey, of: node.address, &hook)
            try Staking.enter(node, wei: stake, &hook)
            try Distribution.activateNode(node.address, &hook)
            if node.nodeClass == .operator { try Staking.admitOperator(node.address, &hook) }
        }
        try NodeRegistry.record(spec.encryptionNodes, &hook)
        // Everything that is paid later stays below this times a few: fixed-point numbers count on it.
        guard supply < .one << 94 else { throw .revert("the supply is too large") }
        try Distribution.ledger.set(.genesisSupply, supply, &hook)
        try Distribution.ledger.set(.operationsAccount, economy.operationsAccount.word, &hook)
        try Distribution.ledger.set(.periodStart, UInt256(spec.genesisTimeMilliseconds), &hook)
    }

    private static func bond(_ validator: Validator, _ stake: GenesisStake, _ hook: inout HookState) throws(NativeFailure) {
        try hook.mint(stake.amount, to: Staking.address)
        try Staking.recordKey(validator.consensusKey, of: validator.address, &hook)
        try Staking.recordKey(validator.nodeKey, of: validator.address, &hook)
        try Staking.create(
            validator.address, ValidatorDescription(moniker: validator.moniker, website: "", contact: ""),
            Staking.Commission(
                rate: stake.commission, maximum: stake.maximumCommission, maximumDailyChange: stake.maximumDailyChange),
            ValidatorKeys(consensusKey: validator.consensusKey, nodeKey: validator.nodeKey, endpoint: validator.endpoint),
            wei: stake.amount, &hook)
        try Distribution.activate(validator.address, &hook)
    }
}
