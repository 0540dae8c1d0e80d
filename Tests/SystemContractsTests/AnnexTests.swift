import Primitives
import Synchronization
import SystemContracts
import Testing
import WorldState

/// Remembers whose storage is read.
private final class WatchedState: StateReader {
    private let base: any StateReader
    private let seen = Mutex(Set<Address>())

    init(_ base: any StateReader) { self.base = base }

    func hasRead(_ address: Address) -> Bool { seen.withLock { $0.contains(address) } }

    func account(_ address: Address) throws(StateError) -> Account? { try base.account(address) }
    func code(_ hash: Hash) throws(StateError) -> [UInt8] { try base.code(hash) }

    func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 {
        seen.withLock { _ = $0.insert(address) }
        return try base.storage(address, slot)
    }
}

struct AnnexTests {
    private let v0 = EconomyBench.validator(0)
    private let v1 = EconomyBench.validator(1)
    private let alice = EconomyBench.account(0)

    /// How deep the tries of delegations are then makes no difference.
    @Test func theEndsOfEpochsAndPeriodsReadNoDelegation() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, QST.one * 100)
        try bench.block(after: 60_000)
        try bench.delegate(alice, v1, QST.one * 100)
        try bench.call(Staking.self, from: EconomyBench.node(0), value: QST.one, "addEncryptionStake()")
        let watched = WatchedState(try bench.settledReader())
        bench.state = WorldState(reader: watched)
        let (epoch, period) = (bench.epoch.number, try bench.period())
        try bench.block(after: 3_600_000)
        #expect(bench.epoch.number == epoch + 1)
        #expect(try bench.period() == period + 1)
        #expect(watched.hasRead(Staking.address) && watched.hasRead(Distribution.address) && watched.hasRead(Annex.closedPeriods))
        #expect(!watched.hasRead(Annex.delegations) && !watched.hasRead(Annex.delegationRewards))
    }

    @Test func aDelegationLeavesTheTriesOfValidatorsAlone() throws {
        func roots(_ bench: EconomyBench) throws -> [Hash?] {
            let state = try bench.settledReader()
            return try [Staking.address, Distribution.address, Annex.delegations].map { try state.account($0)?.storageRoot }
        }
        var (one, many) = (try EconomyBench(), try EconomyBench())
        try one.delegate(alice, v0, QST.one * 100)
        for account in 0..<5 { try many.delegate(EconomyBench.account(account), v0, QST.one * 20) }
        let (first, second) = (try roots(one), try roots(many))
        #expect(first[0] == second[0] && first[1] == second[1] && first[2] != second[2])
    }
}

extension EconomyBench {
    fileprivate mutating func period() throws -> UInt256 { try call(Distribution.self, from: .zero, "rewardPeriod()")[0] }
}
