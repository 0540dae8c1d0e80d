import ChainTypes
import Cryptography
import Execution
import Foundation
import Mempool
import Primitives
import StoreAPI
import SystemContracts
import Trie
import WorldState

/// A full mempool: what admission, a proposal and a block cost there.
func benchmarkMempool() throws {
    for (senders, each) in [(16_384, 1), (256, 64)] {
        let crowd = try Crowd(senders: senders, each: each)
        var rules = Mempool.Rules(chainID: Crowd.chainID, blockGasLimit: 30_000_000)
        rules.baseFee = QST.gwei
        var pool = Mempool(rules: rules)
        var (check, insert) = (0.0, 0.0)
        for transaction in crowd.transactions {
            check += try seconds { try pool.check(transaction.signed, head: crowd.state) }
            insert += try seconds { try pool.insert(transaction, now: 0) }
        }
        let count = Double(crowd.transactions.count)
        print(
            "\(senders) senders with \(each) each: check \(micro(check / count)) µs, insert \(micro(insert / count)) µs a transaction"
        )
        for round in 1...3 as ClosedRange<UInt64> {
            var chosen = 0
            let first = seconds {
                chosen = pool.candidates(baseFee: QST.gwei).prefix(1428).reduce(0) { count, _ in count + 1 }
            }
            let all = seconds { for _ in pool.candidates(baseFee: QST.gwei) {} }
            print("  candidates: the first \(chosen) in \(micro(first)) µs, all in \(micro(all)) µs")
            // The base fee differs from block to block, and with it the order of eviction.
            let settled = try seconds {
                pool.rules.nextBlock += 64
                pool.rules.baseFee = QST.gwei + UInt256(round)
                try pool.settle([], head: crowd.state, now: 0)
            }
            print("  after a block: \(micro(settled)) µs with \(min(senders, 256)) accounts read")
        }
    }
}

private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}

private func micro(_ seconds: Double) -> String { String(format: "%.1f", seconds * 1e6) }

/// Accounts in a state, each with signed transactions that wait.
private struct Crowd {
    static let chainID: UInt64 = 20817
    let state: TrieState
    private(set) var transactions: [VerifiedTransaction] = []

    init(senders: Int, each: Int) throws {
        func key(_ sender: Int, _ nonce: Int) throws -> MLDSAPrivateKey {
            try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash(Array("\(sender) \(nonce)".utf8)).bytes)
        }
        var keys = try (0..<senders).map { try key($0, 0) }
        let member = Validator(
            address: Address(low: 1), power: 1, consensusKey: keys[0].publicKey, nodeKey: keys[0].publicKey,
            endpoint: "", moniker: "")
        guard let validators = ValidatorSet([member]) else { throw BenchChain.Failure(description: "no validators") }
        let addresses = keys.map { Address(firstCommitment: $0.commitment) }
        let spec = ChainSpec(
            name: "bench", chainID: Self.chainID, genesisTimeMilliseconds: 1, validators: validators,
            encryptionNodes: [],
            allocations: addresses.map { Allocation(address: $0, balance: QST.one) })
        let (sealed, overlay) = try Genesis.build(spec)
        var batch = WriteBatch()
        overlay.write(to: &batch)
        let store = MemoryStore()
        try store.commit(batch, durable: false)
        state = TrieState(root: sealed.header.stateRoot, nodes: StateNodes(overlays: [], store: store))
        for nonce in 0..<each {
            for sender in 0..<senders {
                let next = try key(sender, nonce + 1)
                let body = UnsignedTransaction(
                    chainID: Self.chainID, sender: addresses[sender], nonce: UInt64(nonce),
                    maxPriorityFeePerGas: QST.gwei + UInt256(UInt64((sender * 7919 + nonce * 104_729) % 100_000)),
                    maxFeePerGas: QST.gwei * 10, gasLimit: 21_000, to: Address(low: 7), value: .one,
                    nextKeyCommitment: next.commitment)
                let signature = try keys[sender].sign(
                    body.signingPayload, context: UnsignedTransaction.signingContext(genesis: sealed.id))
                let signed = SignedTransaction(
                    body: body, witness: Witness(publicKey: keys[sender].publicKey, signature: signature))
                guard let verified = VerifiedTransaction(signed, genesis: sealed.id) else {
                    throw BenchChain.Failure(description: "a signature does not hold")
                }
                transactions.append(verified)
                keys[sender] = next
            }
        }
    }
}
