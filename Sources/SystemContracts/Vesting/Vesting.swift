import ChainTypes
import Primitives
import WorldState

/// `0x…0807`: allocations of genesis that are released over time. Its balance is what nobody has claimed yet.
///
/// `address => count` at slot 0, `address => uint256 index => VestingField…` at slot 1.
public enum Vesting: SystemContract {
    public static let address = Address(low: 0x0807)
    static let claimed = ABI.topic("Claim(address,uint256)")

    public enum Field: UInt64, CaseIterable, Sendable {
        /// Wei.
        case amount, claimed
        /// Milliseconds since 1970: nothing is free before the first, everything at the second.
        case startsAt, endsAt
    }

    static func schedules(_ account: Address) -> EntryList<Field> {
        EntryList(
            contract: address, countSlot: StorageLayout.mapping([account.padded], at: 0),
            entries: StorageLayout.mapping([account.padded], at: 1))
    }

    /// What is free at a time, of all.
    static func released(_ amount: UInt256, from start: UInt64, to end: UInt64, at time: UInt64) throws(NativeFailure) -> UInt256 {
        if time < start { return .zero }
        if time >= end { return amount }
        return try amount.scaled(UInt256(time.since(start)), over: UInt256(end.since(start)))
    }

    static func install(_ allocation: VestingAllocation, genesisMilliseconds: UInt64, _ hook: inout HookState) throws(NativeFailure) {
        let (start, startOverflow) = genesisMilliseconds.addingReportingOverflow(allocation.lockMilliseconds)
        let (end, endOverflow) = start.addingReportingOverflow(allocation.vestingMilliseconds)
        guard !startOverflow, !endOverflow, allocation.amount < .one << 96 else { throw .revert("a vesting allocation is out of bounds") }
        try schedules(allocation.beneficiary).append([allocation.amount, .zero, UInt256(start), UInt256(end)], &hook)
        try hook.mint(allocation.amount, to: address)
    }

    /// Wei of an account: all, released, claimed.
    static func sums(
        _ account: Address, _ state: inout some ContractState
    ) throws(NativeFailure) -> (all: UInt256, free: UInt256, claimed: UInt256) {
        var sums = (all: UInt256.zero, free: UInt256.zero, claimed: UInt256.zero)
        let entries = schedules(account)
        for index in 0..<(try entries.count(&state)) {
            let entry = entries.at(index)
            let amount = try entry.get(.amount, &state)
            sums.all = try sums.all.plus(amount)
            sums.claimed = try sums.claimed.plus(try entry.get(.claimed, &state))
            sums.free = try sums.free.plus(try released(entry, amount, &state))
        }
        return sums
    }

    private static func released(
        _ entry: Record<Field>, _ amount: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) -> UInt256 {
        try released(
            amount, from: try entry.number(.startsAt, &state), to: try entry.number(.endsAt, &state), at: state.seconds.milliseconds)
    }

    /// Pays what is free and not claimed yet.
    static func claim(_ account: Address, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        let entries = schedules(account)
        var paid = UInt256.zero
        for index in 0..<(try entries.count(&state)) {
            let entry = entries.at(index)
            let free = try released(entry, try entry.get(.amount, &state), &state)
            paid = try paid.plus(free.minus(try entry.get(.claimed, &state)))
            try entry.set(.claimed, free, &state)
        }
        guard !paid.isZero else { return paid }
        try state.pay(paid, to: account, from: address)
        try state.emit(topics: [claimed, account.padded], data: Hash(paid).bytes, of: address)
        return paid
    }

    public static let methods = MethodTable([
        Method("claim()") { (_, frame) throws(NativeFailure) in [.word(try claim(frame.caller, &frame))] },
        Method("vestingOf(address)") { (arguments, frame) throws(NativeFailure) in
            let sums = try sums(try arguments.address(), &frame)
            return [.word(sums.all), .word(sums.free), .word(sums.claimed)]
        },
    ])
}
