import ChainTypes
import Primitives
import Replica
import StoreAPI
import SystemContracts
import WorldState

/// Adds the economy up after every final block of every validator, from that validator's own store.
struct EconomyAudit {
    private var accounts: EconomyAccounts
    /// The height up to which events have been learnt, by whomever.
    private var learned: UInt64 = 0
    private var supplies: [SupplyCheck]
    private(set) var checks = 0
    /// Calls to the contracts of staking and distribution that ran, and that were refused.
    private(set) var succeeded = 0
    private(set) var refused = 0

    init(_ spec: ChainSpec, validators: Int) {
        accounts = EconomyAccounts(genesis: spec)
        supplies = Array(repeating: SupplyCheck(), count: validators)
    }

    var delegations: Int { accounts.delegations.count }

    /// What does not add up after a block that a validator has made final.
    mutating func faults(after block: ExecutedBlock, of validator: Int, store: some KeyValueReader) throws -> [String] {
        let chain = ChainStore(store)
        // A validator may have died between writing a block and telling of it: then the next one finds it in its store.
        while learned < block.block.number {
            learned += 1
            guard let stored = try chain.block(learned), let receipts = try chain.receipts(learned) else {
                return ["block \(learned) is missing below a final one"]
            }
            accounts.learn(receipts)
            count(stored, receipts)
        }
        checks += 1
        let state = TrieState(root: block.block.header.stateRoot, nodes: StateNodes(overlays: [], store: store))
        var faults = try supplies[validator].faults(of: state)
        // Nobody here deploys contracts that destroy themselves.
        if supplies[validator].destroyed != .zero { faults.append("\(supplies[validator].destroyed) wei are gone") }
        return faults + (try EconomyChecker(accounts: accounts).faults(of: state))
    }

    private mutating func count(_ block: Block, _ receipts: [Receipt]) {
        for (transaction, receipt) in zip(block.transactions, receipts) {
            guard let receiver = transaction.body.to, [Staking.address, Distribution.address].contains(receiver) else { continue }
            if receipt.succeeded { succeeded += 1 } else { refused += 1 }
        }
    }
}
