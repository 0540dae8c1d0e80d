import ChainTypes
import EVM
import Primitives
import WorldState

/// Notes every move of wei in a run that is not undone, as an event like those of tokens (ERC-20's `Transfer`).
struct TransferTracer: Tracer {
    /// Nobody's address: what geth uses.
    static let emitter = Address([UInt8](repeating: 0xee, count: 20)) ?? .zero
    /// Keccak-256 of `Transfer(address,address,uint256)`.
    static let topic = Hash(0xddf2_52ad_1be2_c89b, 0x69c2_b068_fc37_8daa, 0x952b_a7f1_63c4_a116, 0x28f5_5a4d_f523_b3ef)

    struct Transfer: Sendable {
        let log: Log
        /// How many real events came before.
        let logCount: Int
    }

    private(set) var transfers: [Transfer] = []
    /// For each open call, how many transfers came before it.
    private var open: [Int] = []

    mutating func step(_ step: TracedStep, state: inout WorldState) {}

    mutating func enter(_ call: TracedCall, state: inout WorldState) {
        open.append(transfers.count)
        guard call.kind != .delegateCall, !call.value.isZero else { return }
        func word(_ address: Address) -> Hash { Hash([UInt8](repeating: 0, count: 12) + address.bytes) ?? .zero }
        let log = Log(address: Self.emitter, topics: [Self.topic, word(call.from), word(call.to)], data: Hash(call.value).bytes)
        transfers.append(Transfer(log: log, logCount: call.logCount))
    }

    mutating func leave(_ result: TracedResult, state: inout WorldState) {
        guard let before = open.popLast(), result.fault != nil else { return }
        transfers.removeSubrange(before...)
    }

    /// Both kinds of events in the order in which they happened.
    static func merge(_ transfers: [Transfer], into logs: [Log]) -> [Log] {
        var (merged, next): ([Log], Int) = ([], 0)
        for transfer in transfers {
            let end = min(max(transfer.logCount, next), logs.count)
            merged += logs[next..<end]
            merged.append(transfer.log)
            next = end
        }
        return merged + logs[next...]
    }
}
