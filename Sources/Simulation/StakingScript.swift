import ChainTypes
import Cryptography
import Primitives
import SystemContracts
import WorldState

/// A call that somebody wants to make.
struct WantedCall {
    var sender: Int
    var contract = Staking.address
    var wei = UInt256.zero
    var gas: UInt64 = 600_000
    var data: [UInt8]
}

/// Who joins, leaves and is suspended, and what delegators do meanwhile. It looks at a validator's newest final state and
/// asks again until what it wants is there: transactions get lost with those that crash.
struct StakingScript {
    /// Places among the validators.
    static let leaver = 1
    static let suspended = 2
    /// Goes on in a new home, with other keys, while the old one still runs.
    static let moving = 0
    /// Of an operator's own.
    static let minimum = QST.one * UInt256(200_000)

    /// Accounts that delegate come first, then the operators of all validators; those behind `founders` join later. One more
    /// pair of keys is the new home's of the one that moves.
    let users: [Address]
    let founders: Int
    let operators: [Address]
    let keys: [Cluster.KeyPair]
    let genesis: Hash

    /// What an operator wants now, if there is anything left to do.
    /// - Parameters:
    ///   - elapsed: milliseconds since the start.
    ///   - members: operators of the validators of the present epoch.
    func operatorCall(at elapsed: UInt64, members: [Address], _ state: TrieState) throws -> WantedCall? {
        for place in founders..<operators.count where elapsed > 2000 {
            if try !flag(.isCreated, operators[place], state) { return try create(place) }
        }
        // One goes when the new ones are there, and the next when it has gone: enough stay for a quorum.
        guard operators[founders...].allSatisfy(members.contains) else { return nil }
        if try !hasMoved(state) { return try move() }
        let stake = try stake(operators[Self.leaver], operators[Self.leaver], state)
        guard stake.isZero else {
            return call(Self.leaver, "undelegate(address,uint256)", [.address(operators[Self.leaver]), .word(stake)])
        }
        return members.contains(operators[Self.leaver]) ? nil : try suspension(members, state)
    }

    private func create(_ place: Int) throws -> WantedCall {
        let profile: [ABIValue] = [
            .tuple([.text("validator-\(place + 1)"), .text(""), .text("")]), .word(QST.one / UInt256(20)), .word(QST.one), .word(QST.one),
        ]
        var creation = call(
            place, "createValidator((string,string,string),(uint256,uint256,uint256),bytes,bytes,string,bytes,bytes)",
            profile + (try proven(keys[place], of: place)))
        (creation.wei, creation.gas) = (Self.minimum + QST.one * UInt256(50_000), 6_000_000)
        return creation
    }

    private func move() throws -> WantedCall {
        var rotation = call(Self.moving, "rotateKeys(bytes,bytes,string,bytes,bytes)", try proven(keys[operators.count], of: Self.moving))
        rotation.gas = 3_000_000
        return rotation
    }

    /// A pair of keys and no endpoint, with the proofs that an operator has them.
    private func proven(_ pair: Cluster.KeyPair, of place: Int) throws -> [ABIValue] {
        func proof(_ key: SimulatedKey) throws -> ABIValue {
            .bytes(try key.sign(
                KeyPossession.message(genesis: genesis, operator: operators[place], key: key.publicKey), context: KeyPossession.signingContext))
        }
        return [.bytes(pair.key.publicKey), .bytes(pair.nodeKey.publicKey), .text(""), try proof(pair.key), try proof(pair.nodeKey)]
    }

    /// Takes its own stake below the minimum, is left out, and comes back for good.
    private func suspension(_ members: [Address], _ state: TrieState) throws -> WantedCall? {
        let address = operators[Self.suspended]
        let stake = try stake(address, address, state)
        let (isJailed, wasJailed) = (try flag(.isJailed, address, state), try flag(.jailedUntil, address, state))
        if !wasJailed { return call(Self.suspended, "undelegate(address,uint256)", [.address(address), .word(stake - Self.minimum + .one)]) }
        guard isJailed, !members.contains(address) else { return nil }
        guard stake < Self.minimum else { return call(Self.suspended, "unjail()", []) }
        var more = call(Self.suspended, "delegate(address)", [.address(address)])
        more.wei = QST.one * UInt256(1000)
        return more
    }

    private func call(_ place: Int, _ signature: String, _ values: [ABIValue]) -> WantedCall {
        WantedCall(sender: users.count + place, data: ABI.call(signature, values: values))
    }

    // MARK: Delegators

    /// What a delegator does next; some of it is refused.
    func delegatorCall(_ state: TrieState, _ random: inout SeededGenerator) throws -> WantedCall {
        let user = Int.random(in: users.indices, using: &random)
        let validator = operators[Int.random(in: operators.indices, using: &random)]
        let stake = try stake(users[user], validator, state)
        let part = stake * UInt256(UInt64.random(in: 1...4, using: &random)) / UInt256(4)
        var wanted = WantedCall(sender: user, data: [])
        switch Int.random(in: 0..<15, using: &random) {
        case 0...3:
            wanted.wei = QST.gwei * UInt256(UInt64.random(in: 1...5_000_000_000_000, using: &random))
            wanted.data = ABI.call("delegate(address)", values: [.address(validator)])
        case 4, 5: wanted.data = ABI.call("undelegate(address,uint256)", values: [.address(validator), .word(part)])
        case 6, 7:
            let other = operators[Int.random(in: operators.indices, using: &random)]
            wanted.data = ABI.call(
                "redelegate(address,address,uint256)", values: [.address(validator), .address(other), .word(part)])
        case 8: (wanted.contract, wanted.data) = (Distribution.address, ABI.call("claimRewards(uint32)", values: [.number(20)]))
        case 9:
            wanted.contract = Distribution.address
            wanted.data = ABI.call("withdrawDelegatorRewards(address)", values: [.address(validator)])
        case 10: wanted.data = ABI.call("completeUnbonding(address,address)", values: [.address(users[user]), .address(validator)])
        case 11:
            // The first two accounts operate an encryption node each.
            (wanted.contract, wanted.wei) = (Slashing.address, Parameter.challengeDeposit.standard)
            wanted.data = ABI.call("challengeNode(address)", values: [.address(users[Int.random(in: 0..<2, using: &random)])])
        case 12: (wanted.wei, wanted.data) = (QST.one * UInt256(2100), ABI.call("addEncryptionStake()", values: []))
        case 13: wanted.data = ABI.call("unjailEncryptionNode()", values: [])
        default:
            // Four columns of as many entries: the first amount and the first height, where there are any.
            let words = try query("unbondingDelegation(address,address)", [.address(users[user]), .address(validator)], state)
            let count = words.count > 4 ? Int(words[4].limb0) : 0
            let (wei, height) = count > 0 ? (words[5], words[4 + 3 * (count + 1) + 1]) : (.one, .zero)
            wanted.data = ABI.call(
                "cancelUnbondingDelegation(address,uint256,uint256)", values: [.address(validator), .word(wei), .word(height)])
        }
        return wanted
    }

    // MARK: Looking

    private func flag(_ field: ValidatorField, _ validator: Address, _ state: TrieState) throws -> Bool {
        try !state.storage(Staking.address, Staking.validator(validator).slot(field)).isZero
    }

    private func stake(_ delegator: Address, _ validator: Address, _ state: TrieState) throws -> UInt256 {
        try query("delegation(address,address)", [.address(delegator), .address(validator)], state)[1]
    }

    /// The consensus key comes first, behind the places and its length.
    private func hasMoved(_ state: TrieState) throws -> Bool {
        try output("validatorKeys(address)", [.address(operators[Self.moving])], state).dropFirst(4 * 32).starts(with: keys[operators.count].key.publicKey)
    }

    private func query(_ signature: String, _ values: [ABIValue], _ state: TrieState) throws -> [UInt256] {
        let output = try output(signature, values, state)
        return stride(from: 0, to: output.count, by: 32).compactMap { UInt256(bigEndian: output[$0..<$0 + 32]) }
    }

    private func output(_ signature: String, _ values: [ABIValue], _ state: TrieState) throws -> [UInt8] {
        let context = BlockContext(
            chainID: 0, genesis: genesis, number: 0, timestamp: 0, beneficiary: .zero, gasLimit: .max, baseFee: .zero, prevRandao: .zero)
        var frame = NativeFrame(
            contract: Staking.address, caller: .zero, value: .zero, isStatic: true, block: context, gas: .max,
            state: WorldState(reader: state))
        return try frame.run(Staking.self, ABI.call(signature, values: values))
    }
}
