import ChainTypes
import Consensus
import Execution
import Primitives
import StoreAPI
import SystemContracts
import WorldState

/// Opening a store: what is on disk decides where a replica stands.
enum Recovery {
    struct Opened {
        let head: ExecutedBlock
        /// Writes the genesis block into an empty store.
        let effects: [ReplicaEffect]
        /// The consensus log in order.
        let log: [WALRecord]
        let nextLogNumber: UInt64
    }

    static func open(
        _ store: ChainStore, genesis: (block: SealedHeader, overlay: StateOverlay), spec: ChainSpec
    ) throws(Replica.StartFailure) -> Opened {
        do {
            guard let number = try store.finalizedNumber() else { return create(genesis, spec) }
            guard let found = try store.genesis() else { throw Replica.StartFailure.damaged("it names no genesis block") }
            guard found == genesis.block.id else { throw Replica.StartFailure.otherGenesis(expected: genesis.block.id, found: found) }
            let log = try readLog(store.store)
            return Opened(
                head: try head(store, number: number, genesis: found), effects: [], log: log.map(\.record),
                nextLogNumber: (log.last?.number ?? 0) + 1)
        } catch let error as StoreError { throw .store(error) } catch let error as Replica.StartFailure { throw error } catch {
            throw .damaged("\(error)")
        }
    }

    private static func create(_ genesis: (block: SealedHeader, overlay: StateOverlay), _ spec: ChainSpec) -> Opened {
        let epoch = Epoch(EpochState(genesis: spec), genesis: genesis.block.id)
        var batch = WriteBatch()
        genesis.overlay.write(to: &batch)
        batch.put(.header, ChainSchema.key(0), genesis.block.rlp)
        batch.put(.blockIndex, genesis.block.blockHash.bytes, ChainSchema.key(0))
        batch.put(.meta, ChainSchema.genesis, genesis.block.id.bytes)
        batch.put(.meta, ChainSchema.finalizedNumber, ChainSchema.key(0))
        EpochSchema.write(epoch.state, to: &batch)
        let head = ExecutedBlock(
            block: Block(sealed: genesis.block, transactions: []), receipts: [], overlay: genesis.overlay, witnessBytes: 0,
            nextEpoch: epoch)
        return Opened(head: head, effects: [.commit(batch, durable: true)], log: [], nextLogNumber: 1)
    }

    private static func head(_ store: ChainStore, number: UInt64, genesis: Hash) throws -> ExecutedBlock {
        guard let block = try store.block(number) else { throw Replica.StartFailure.damaged("final block \(number) is missing") }
        let receipts = try store.receipts(number) ?? []
        let state = TrieState(root: block.header.stateRoot, nodes: StateNodes(overlays: [], store: store.store))
        return ExecutedBlock(
            block: block, receipts: receipts, overlay: StateOverlay(),
            witnessBytes: block.transactions.reduce(0) { $0 + $1.witnessBytes },
            nextEpoch: Epoch(try Epochs.read(state), genesis: genesis))
    }

    private static func readLog(_ store: any KeyValueReader) throws -> [(number: UInt64, record: WALRecord)] {
        try store.scan(.wal, from: [], prefix: [], limit: 1 << 20, reverse: false).map { entry in
            (number: entry.key.reduce(0) { $0 << 8 | UInt64($1) }, record: try WALRecord(rlp: entry.value))
        }
    }
}
