import Primitives
import WorldState

// What calls to the distribution contract do.
extension Distribution {
    static let withdrawn = ABI.topic("WithdrawDelegatorReward(address,address,uint256)")
    static let commissionWithdrawn = ABI.topic("WithdrawValidatorCommission(address,uint256)")
    static let nodeWithdrawn = ABI.topic("WithdrawNodeRewards(address,uint256)")
    static let withdrawAddressSet = ABI.topic("SetWithdrawerAddress(address,address)")
    static let funded = ABI.topic("FundCommunityPool(address,uint256)")

    /// Pays what closed periods gave a delegation; returns the wei.
    static func withdraw(_ delegator: Address, _ validator: Address, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        let shares = try Staking.shares(delegator, validator, &state)
        try roll(delegator, validator, shares: shares, &state)
        let record = delegation(delegator, validator)
        let due = try record.get(.due, &state)
        let wei = due >> wholeBits
        if !wei.isZero {
            try record.set(.due, try due.minus(wei << wholeBits), &state)
            try self.validator(validator).subtract(.outstanding, wei, &state)
            try payOut(wei, to: try receiver(delegator, &state), &state)
            try state.emit(topics: [withdrawn, delegator.padded, validator.padded], data: Hash(wei).bytes, of: address)
        }
        // A delegation that has gone and has been paid is forgotten.
        if shares.isZero, try record.get(.carried, &state).isZero { try Staking.delegations(of: delegator).remove(validator, &state) }
        return wei
    }

    static func withdrawCommission(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        let record = self.validator(validator)
        let due = try record.get(.commissionDue, &state)
        let wei = due >> factorBits
        guard !wei.isZero else { return wei }
        try record.set(.commissionDue, try due.minus(wei << factorBits), &state)
        try record.subtract(.outstanding, wei, &state)
        try payOut(wei, to: try receiver(validator, &state), &state)
        try state.emit(topics: [commissionWithdrawn, validator.padded], data: Hash(wei).bytes, of: address)
        return wei
    }

    static func withdrawNode(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        try settleNode(node, &state)
        let wei = try self.node(node).get(.due, &state)
        guard !wei.isZero else { return wei }
        try self.node(node).set(.due, .zero, &state)
        try payOut(wei, to: try receiver(node, &state), &state)
        try state.emit(topics: [nodeWithdrawn, node.padded], data: Hash(wei).bytes, of: address)
        return wei
    }

    /// Withdraws from up to `maximum` of the caller's delegations, those last in its list first.
    private static func claim(_ delegator: Address, maximum: UInt64, _ frame: inout NativeFrame) throws(NativeFailure) -> UInt256 {
        let list = Staking.delegations(of: delegator)
        var (index, left, paid) = (try list.count(&frame), maximum, UInt256.zero)
        while index > 0, left > 0 {
            index &-= 1
            left &-= 1
            paid = try paid.plus(try withdraw(delegator, try list.at(index, &frame), &frame))
        }
        return paid
    }

    public static let methods = MethodTable([
        Method("withdrawDelegatorRewards(address)") { (arguments, frame) throws(NativeFailure) in
            [.word(try withdraw(frame.caller, try arguments.address(), &frame))]
        },
        Method("claimRewards(uint32)") { (arguments, frame) throws(NativeFailure) in
            [.word(try claim(frame.caller, maximum: try arguments.uint64(), &frame))]
        },
        Method("withdrawValidatorCommission()") { (_, frame) throws(NativeFailure) in
            [.word(try withdrawCommission(frame.caller, &frame))]
        },
        Method("withdrawNodeRewards()") { (_, frame) throws(NativeFailure) in [.word(try withdrawNode(frame.caller, &frame))] },
        Method("setWithdrawAddress(address)") { (arguments, frame) throws(NativeFailure) in
            let receiver = try arguments.address()
            guard SystemContracts.contract(at: receiver) == nil else { throw .revert("rewards cannot go to a system contract") }
            try frame.store(withdrawSlot(frame.caller), receiver.word, of: address)
            try frame.emit(topics: [withdrawAddressSet, frame.caller.padded], data: receiver.padded.bytes, of: address)
            return [.flag(true)]
        },
        Method("fundCommunityPool()", payable: true) { (_, frame) throws(NativeFailure) in
            try ledger.add(.accounted, frame.value, &frame)
            try ledger.add(.communityPool, frame.value, &frame)
            try frame.emit(topics: [funded, frame.caller.padded], data: Hash(frame.value).bytes, of: address)
            return [.flag(true)]
        },
        Method("withdrawOperations()") { (_, frame) throws(NativeFailure) in
            let wei = try ledger.get(.operations, &frame)
            let receiver = Address(try ledger.get(.operationsAccount, &frame))
            guard receiver != address else { throw .revert("there is no account for operations") }
            try ledger.set(.operations, .zero, &frame)
            try payOut(wei, to: receiver, &frame)
            return [.word(wei)]
        },
        Method("delegationRewards(address,address)") { (arguments, frame) throws(NativeFailure) in
            [.word(try rewards(try arguments.address(), try arguments.address(), &frame))]
        },
        Method("periodRewards(address,address)") { (arguments, frame) throws(NativeFailure) in
            [.word(try periodRewards(try arguments.address(), try arguments.address(), &frame))]
        },
        // Over at most 100 of an account's delegations from a place in its list on: what can be withdrawn, and what the present
        // period has earned so far; how many are in the list.
        Method("totalRewards(address,uint256,uint256)") { (arguments, frame) throws(NativeFailure) in
            let (delegator, first) = (try arguments.address(), try arguments.uint64())
            let list = Staking.delegations(of: delegator)
            var (due, earned) = (UInt256.zero, UInt256.zero)
            for validator in try list.page(from: first, limit: min(Staking.pageLimit, try arguments.uint64()), &frame) {
                due = try due.plus(try rewards(delegator, validator, &frame))
                earned = try earned.plus(try periodRewards(delegator, validator, &frame))
            }
            return [.word(due), .word(earned), .number(try list.count(&frame))]
        },
        Method("validatorCommission(address)") { (arguments, frame) throws(NativeFailure) in
            [.word(try validator(try arguments.address()).get(.commissionDue, &frame) >> factorBits)]
        },
        Method("validatorOutstandingRewards(address)") { (arguments, frame) throws(NativeFailure) in
            [.word(try validator(try arguments.address()).get(.outstanding, &frame))]
        },
        Method("validatorTurns(address)") { (arguments, frame) throws(NativeFailure) in
            let record = validator(try arguments.address())
            return [.word(try record.get(.delivered, &frame)), .word(try record.get(.missed, &frame))]
        },
        Method("delegatorWithdrawAddress(address)") { (arguments, frame) throws(NativeFailure) in
            [.address(try receiver(try arguments.address(), &frame))]
        },
        Method("delegatorValidators(address)") { (arguments, frame) throws(NativeFailure) in
            [.words(try Staking.delegations(of: try arguments.address()).page(from: 0, limit: 1000, &frame).map(\.word))]
        },
        Method("communityPool()") { (_, frame) throws(NativeFailure) in [.word(try ledger.get(.communityPool, &frame))] },
        Method("reserves()") { (_, frame) throws(NativeFailure) in
            [.word(try ledger.get(.reserve, &frame)), .word(try ledger.get(.buyback, &frame)), .word(try ledger.get(.operations, &frame))]
        },
        Method("supply()") { (_, frame) throws(NativeFailure) in
            [.word(try supply(&frame)), .word(try ledger.get(.emitted, &frame)), .word(try ledger.get(.burned, &frame))]
        },
        Method("rewardPeriod()") { (_, frame) throws(NativeFailure) in
            [.word(try ledger.get(.period, &frame)), .word(try ledger.get(.periodStart, &frame))]
        },
    ])

    /// Wei of emission that a delegation has earned since the present period began. Its close multiplies them by the uptime, and
    /// adds the validator's part of the revenue. Changes nothing.
    static func periodRewards(
        _ delegator: Address, _ validator: Address, _ state: inout some ContractState
    ) throws(NativeFailure) -> UInt256 {
        let (record, staked) = (delegation(delegator, validator), self.validator(validator))
        let shares = try Staking.shares(delegator, validator, &state)
        let isOfThisPeriod = try record.number(.periods, &state) == staked.number(.periods, &state)
        let carried = isOfThisPeriod ? try record.get(.carried, &state) : .zero
        let mark = isOfThisPeriod ? try record.get(.perShare, &state) : .zero
        let earned = try carried.plus(try shares.times(try perShareNow(validator, &state).minus(mark)))
        return earned >> shareBits
    }

    /// What `settle` would make of a validator's earnings per share.
    private static func perShareNow(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        let record = self.validator(validator)
        let known = try record.get(.perShare, &state)
        guard try record.flag(.isActive, &state) else { return known }
        let earned = try ledger.get(.emissionIndex, &state).minus(try record.get(.mark, &state))
        return try known.plus(try division(of: earned, validator, &state).perShare ?? .zero)
    }

    /// What a delegation could withdraw now. Changes nothing.
    static func rewards(_ delegator: Address, _ validator: Address, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        let record = delegation(delegator, validator)
        let (first, periods) = (try record.number(.periods, &state), try self.validator(validator).number(.periods, &state))
        var due = try record.get(.due, &state)
        if first < periods {
            let shares = try Staking.shares(delegator, validator, &state)
            let close = closed(validator, first &+ 1)
            let rest = try shares.times(try close.get(.perShare, &state).minus(try record.get(.perShare, &state)))
            let inFirst = try record.get(.carried, &state).plus(rest).times(try close.get(.factor, &state))
            let later = try closed(validator, periods).get(.settled, &state).minus(try close.get(.settled, &state))
            due = try due.plus(inFirst).plus(try shares.times(later))
        }
        return due >> wholeBits
    }
}
