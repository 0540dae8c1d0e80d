import Execution
import Primitives
import RPCServer
import Replica

/// What a validator or full node exposes to Prometheus.
struct NodeMeasures: Sendable {
    let height, finalizedHeight, view, mempoolSize, peers, storageBytes: Gauge
    let finalitySeconds: Histogram
    let missedProposals, gas, transactions: Counter

    init(_ registry: MetricsRegistry) {
        height = registry.gauge("qustream_consensus_height", help: "Height of the newest final block.")
        finalizedHeight = registry.gauge("qustream_finalized_height", help: "Height of the newest final block.")
        view = registry.gauge("qustream_consensus_view", help: "The view that consensus is in.")
        finalitySeconds = registry.histogram("qustream_finality_seconds", help: "From a block's time to its finality here.")
        missedProposals = registry.counter("qustream_missed_proposals_total", help: "Views that ended without a block.")
        mempoolSize = registry.gauge("qustream_mempool_size", help: "Transactions that wait.")
        peers = registry.gauge("qustream_p2p_peers", help: "Connected peers.")
        gas = registry.counter("qustream_execution_gas_total", help: "Gas of final blocks.")
        transactions = registry.counter("qustream_execution_transactions_total", help: "Transactions in final blocks.")
        storageBytes = registry.gauge("qustream_storage_bytes", help: "Size of the store.")
    }

    func update(_ replica: Replica) { mempoolSize.set(replica.mempool.count) }

    func finalized(_ block: ExecutedBlock, now: UInt64) {
        height.set(block.block.number)
        finalizedHeight.set(block.block.number)
        gas.increment(by: block.block.header.gasUsed)
        transactions.increment(by: UInt64(block.block.transactions.count))
        let time = block.block.envelope.timeMilliseconds
        finalitySeconds.observe(Double(now > time ? now - time : 0) / 1000)
    }
}
