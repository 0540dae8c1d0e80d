import ChainTypes
import Primitives
import WorldState

/// Where a validator stands. The raw values are those of the ABI; 0 stands for all.
public enum ValidatorStanding: UInt64, CaseIterable, Sendable {
    /// It earns; it is not suspended, and earns nothing; suspended; removed for good.
    case active = 1, inactive, jailed, tombstoned
}

// Queries that give lists page by page. A call looks at no more entries than a page has, so its price is bounded by what it asks for.
extension Staking {
    static let pageLimit: UInt64 = 100

    static func standing(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) -> ValidatorStanding {
        let record = self.validator(validator)
        if try record.flag(.isTombstoned, &state) { return .tombstoned }
        if try record.flag(.isJailed, &state) { return .jailed }
        return try Distribution.validator(validator).flag(.isActive, &state) ? .active : .inactive
    }

    static let pages = [
        // The oldest first, 100 a page, pages from 0: when the fault was, its fraction of 10^18, wei of what was bonded, when it
        // was recorded; how many there are.
        Method("slashes(address,uint256)") { (arguments, frame) throws(NativeFailure) in
            let entries = slashes(try arguments.address())
            let (page, count) = (try arguments.uint64(), try entries.count(&frame))
            let (first, isBeyond) = page.multipliedReportingOverflow(by: pageLimit)
            let range = isBeyond || first >= count ? 0..<0 : first..<min(count, first.later(by: pageLimit))
            return try columns(entries, SlashField.allCases, in: range, &frame) + [.number(count)]
        },
        // Of the validators from a place in the list on, at most 100 of which are looked at, those that stand so (0: all). Addresses,
        // standings, wei, shares, commissions, when they may return; the place to go on from, and how many are in the list.
        Method("validatorsByStatus(uint8,uint256,uint256)") { (arguments, frame) throws(NativeFailure) in
            let wanted = try arguments.uint64()
            guard wanted == 0 || ValidatorStanding(rawValue: wanted) != nil else { throw .revert("there is no such status") }
            let first = try arguments.uint64()
            let page = try validators.page(from: first, limit: min(pageLimit, try arguments.uint64()), &frame)
            let fields: [ValidatorField] = [.tokens, .shares, .commission, .jailedUntil]
            var columns = [[UInt256]](repeating: [], count: fields.count &+ 2)
            for validator in page {
                let standing = try standing(validator, &frame)
                guard wanted == 0 || standing.rawValue == wanted else { continue }
                columns[0].append(validator.word)
                columns[1].append(UInt256(standing.rawValue))
                for (place, field) in fields.enumerated() {
                    columns[place &+ 2].append(try Staking.validator(validator).get(field, &frame))
                }
            }
            return columns.map { .words($0) } + [.number(first.later(by: UInt64(page.count))), .number(try validators.count(&frame))]
        },
        // Of an account, from a place in its list on, at most 100: validators, shares, wei, rewards that can be claimed, wei that the
        // present period has earned so far; how many are in the list.
        Method("delegations(address,uint256,uint256)") { (arguments, frame) throws(NativeFailure) in
            let (delegator, first) = (try arguments.address(), try arguments.uint64())
            let list = delegations(of: delegator)
            let page = try list.page(from: first, limit: min(pageLimit, try arguments.uint64()), &frame)
            var columns = [[UInt256]](repeating: [], count: 5)
            for validator in page {
                columns[0].append(validator.word)
                columns[1].append(try shares(delegator, validator, &frame))
                columns[2].append(try balance(delegator, validator, &frame))
                columns[3].append(try Distribution.rewards(delegator, validator, &frame))
                columns[4].append(try Distribution.periodRewards(delegator, validator, &frame))
            }
            return columns.map { .words($0) } + [.number(try list.count(&frame))]
        },
    ]

    /// Members of some entries, an array for each member.
    static func columns<Field>(
        _ entries: EntryList<Field>, _ fields: [Field], in range: Range<UInt64>, _ frame: inout NativeFrame
    ) throws(NativeFailure) -> [ABIValue] {
        var columns: [ABIValue] = []
        for field in fields {
            var column: [UInt256] = []
            for index in range { column.append(try entries.at(index).get(field, &frame)) }
            columns.append(.words(column))
        }
        return columns
    }
}
