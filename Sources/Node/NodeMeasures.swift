import Execution
import NIOCore
import Primitives
import RPCServer
import Replica

/// What a validator or full node exposes to Prometheus.
struct NodeMeasures: Sendable {
    let height, finalizedHeight, view, mempoolSize, peers, storageBytes: Gauge
    let finalitySeconds: Histogram
    let voteDelay: Histogram
    let clockOffset: Gauge
    let missedProposals, gas, transactions, unverified, clockSteps: Counter

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
        voteDelay = registry.histogram(
            "qustream_vote_delay_seconds", help: "From a vote's arrival to its being counted.", buckets: Self.voteBuckets)
        unverified = registry.counter(
            "qustream_unverified_total", help: "Signatures not looked at: the same were being verified, or too many of the peer's waited.")
        clockOffset = registry.gauge("qustream_clock_offset_milliseconds", help: "The system's time less the time that this node goes by.")
        clockSteps = registry.counter("qustream_clock_steps_total", help: "How often the system's time was set while the node ran.")
        storageBytes = registry.gauge("qustream_storage_bytes", help: "Size of the store.")
    }

    private static let voteBuckets = [
        0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10,
    ]

    func counted(voteThatArrived arrival: NIODeadline) {
        voteDelay.observe(Double((NIODeadline.now() - arrival).nanoseconds) / 1e9)
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
