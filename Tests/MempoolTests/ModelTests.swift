import ChainTypes
import Execution
import Mempool
import Primitives
import TestKit
import Testing

/// The rules of the mempool once more, by lists and full searches.
private struct Model {
    struct Waiting {
        let transaction: SignedTransaction
        let added: UInt64
        var setbacks = 0
    }

    var waiting: [Waiting] = []
    let limits: Mempool.Limits
    var baseFee: UInt256

    var bytes: Int { waiting.reduce(0) { $0 + $1.transaction.bodyBytes } }
    func run(_ sender: Address) -> [Waiting] {
        waiting.filter { $0.transaction.body.sender == sender }.sorted {
            $0.transaction.body.nonce < $1.transaction.body.nonce
        }
    }
    var senders: [Address] { Set(waiting.map(\.transaction.body.sender)).sorted() }

    /// What cannot be included comes below zero by what is lacking.
    func isLess(_ a: UnsignedTransaction, _ b: UnsignedTransaction) -> Bool {
        switch (a.effectiveGasPrice(baseFee: baseFee), b.effectiveGasPrice(baseFee: baseFee)) {
        case (nil, nil): a.maxFeePerGas < b.maxFeePerGas
        case (nil, _): true
        case (_, nil): false
        case (let first?, let second?): first < second
        }
    }

    func outbids(_ new: UnsignedTransaction, _ old: UnsignedTransaction) -> Bool {
        func enough(_ offered: UInt256, _ before: UInt256) -> Bool { offered >= before + max(before / 10, 1_000_000) }
        switch (new.effectiveGasPrice(baseFee: baseFee), old.effectiveGasPrice(baseFee: baseFee)) {
        case (nil, nil): return enough(new.maxFeePerGas, old.maxFeePerGas)
        case (nil, _): return false
        case (_, nil): return true
        case (let first?, let second?): return enough(first - baseFee, second - baseFee)
        }
    }

    func least(_ run: some Collection<Waiting>) -> UnsignedTransaction? { run.map(\.transaction.body).min(by: isLess) }

    /// Whether one brings less than another, each with all that it waits for, once the base fee has risen by half.
    func falls(_ new: [UnsignedTransaction], below old: [UnsignedTransaction]) -> Bool {
        var risen = self
        risen.baseFee = baseFee + baseFee / 2
        guard let first = new.min(by: risen.isLess), let second = old.min(by: risen.isLess) else { return false }
        return risen.isLess(first, second)
    }

    private func isFull(adding transaction: SignedTransaction) -> Bool {
        waiting.count + 1 > limits.transactions || bytes + transaction.bodyBytes > limits.bytes
    }

    /// Whether it was taken. It has passed every check that has nothing to do with room.
    mutating func add(_ new: SignedTransaction, now: UInt64, nextBlock: UInt64) -> Bool {
        let before = waiting
        let body = new.body
        let own = run(body.sender)
        let waitsFor = own.map(\.transaction.body).filter { $0.nonce < body.nonce }
        let stays = (waitsFor + [body]).allSatisfy { $0.lastValidBlock == 0 || $0.lastValidBlock >= nextBlock + 64 }
        waiting.removeAll { $0.transaction.body.sender == body.sender && $0.transaction.body.nonce == body.nonce }
        let worst =
            least(own.filter { $0.transaction.body.nonce < body.nonce }).map { isLess($0, body) ? $0 : body } ?? body
        // The account's old transaction counts in the ranks until it is replaced.
        let ranked = before
        while isFull(adding: new) {
            guard stays else {
                waiting = before
                return false
            }
            var lists: [(run: [Waiting], least: UnsignedTransaction)] = []
            for sender in Set(ranked.map(\.transaction.body.sender)).sorted() {
                let list = sender == body.sender ? own : run(sender)
                if let least = least(list) { lists.append((list, least)) }
            }
            let victim = lists.min { a, b in
                if isLess(a.least, b.least) || isLess(b.least, a.least) { return isLess(a.least, b.least) }
                return a.run.count > b.run.count
            }
            guard let victim, let last = victim.run.last?.transaction, last.body.sender != body.sender,
                outbids(worst, victim.least), !falls(waitsFor + [body], below: victim.run.map(\.transaction.body))
            else {
                waiting = before
                return false
            }
            waiting.removeAll { $0.transaction.hash == last.hash }
        }
        waiting.append(Waiting(transaction: new, added: now))
        return true
    }

    mutating func cut(_ sender: Address, from nonce: UInt64) {
        waiting.removeAll { $0.transaction.body.sender == sender && $0.transaction.body.nonce >= nonce }
    }

    mutating func settle(_ pool: Pool) {
        for sender in senders {
            waiting.removeAll {
                $0.transaction.body.sender == sender && $0.transaction.body.nonce < pool.crowd.nonce(sender)
            }
            let run = run(sender)
            let expired = run.first { one in
                let last = one.transaction.body.lastValidBlock
                return pool.now > one.added + limits.lifetimeMilliseconds
                    || (last != 0 && last < pool.mempool.rules.nextBlock)
            }
            if let expired { cut(sender, from: expired.transaction.body.nonce) }
        }
    }

    var order: [Hash] {
        var nonces: [Address: UInt64] = [:]
        var order: [Hash] = []
        while true {
            let heads = senders.compactMap { sender in
                run(sender).first { $0.transaction.body.nonce >= nonces[sender] ?? 0 }
            }.filter { $0.transaction.body.effectiveGasPrice(baseFee: baseFee) != nil }
            let best = heads.max { a, b in
                let (first, second) = (a.transaction.body, b.transaction.body)
                if a.setbacks != b.setbacks { return a.setbacks > b.setbacks }
                if isLess(first, second) || isLess(second, first) { return isLess(first, second) }
                return a.transaction.hash > b.transaction.hash
            }
            guard let best else { return order }
            order.append(best.transaction.hash)
            nonces[best.transaction.body.sender] = best.transaction.body.nonce + 1
        }
    }
}

@Suite struct MempoolModelTests {
    @Test(arguments: Array(1...12) as [UInt64]) func randomLivesFollowTheModelAndKeepTheBounds(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var pool = try Pool(payers: 9) {
            $0.transactions = 14
            $0.bytes = 15 * 5500
            $0.senderTransactions = 4
            $0.lifetimeMilliseconds = 40_000
        }
        var model = Model(limits: pool.mempool.limits, baseFee: pool.mempool.rules.baseFee)
        var refusals = 0
        for step in 0..<250 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<15: if try !add(&pool, &model, &random) { refusals += 1 }
            case 15..<17:
                let included = Array(
                    pool.mempool.candidates(baseFee: model.baseFee).prefix(Int.random(in: 0...3, using: &random)))
                pool.now += UInt64.random(in: 0...10_000, using: &random)
                try pool.include(included)
                model.settle(pool)
            case 17:
                model.baseFee = QST.gwei * UInt256(UInt64.random(in: 1...12, using: &random))
                pool.mempool.rules.baseFee = model.baseFee
            case 18:
                guard let one = pool.order.randomElement(using: &random) else { continue }
                pool.mempool.putBack([one])
                for index in model.waiting.indices where model.waiting[index].transaction.hash == one {
                    model.waiting[index].setbacks += 1
                }
            default:
                guard let one = model.waiting.randomElement(using: &random)?.transaction else { continue }
                pool.mempool.drop(one.hash)
                model.cut(one.body.sender, from: one.body.nonce)
            }
            try #require(agree(pool, model), "seed \(seed), step \(step)")
        }
        #expect(refusals > 5, "seed \(seed): the mempool was never full")
    }

    private func agree(_ pool: Pool, _ model: Model) -> Bool {
        let limits = pool.mempool.limits
        var isRight = pool.mempool.count == model.waiting.count && pool.mempool.bytes == model.bytes
        isRight = isRight && pool.mempool.count <= limits.transactions && pool.mempool.bytes <= limits.bytes
        isRight = isRight && pool.order == model.order
        for sender in model.senders {
            let run = pool.mempool.waiting(of: sender)
            isRight = isRight && run.map(\.hash) == model.run(sender).map(\.transaction.hash)
            let first = pool.crowd.nonce(sender)
            isRight = isRight && run.map(\.body.nonce) == (0..<UInt64(run.count)).map { first + $0 }
            isRight = isRight && run.count <= limits.senderTransactions
        }
        return isRight
    }

    /// A new transaction, or one in another's place. Whether it was taken.
    private func add(_ pool: inout Pool, _ model: inout Model, _ random: inout SeededGenerator) throws -> Bool {
        let payer = Payer(number: Int.random(in: 0..<9, using: &random))
        let sender = try payer.address
        let run = model.run(sender)
        let position =
            run.count < 4 && !(run.count > 0 && Bool.random(using: &random))
            ? run.count : Int.random(in: 0..<run.count, using: &random)
        let old = position < run.count ? run[position].transaction.body : nil
        let tip = UInt64.random(in: 0...30, using: &random)
        let cap = tip + UInt64.random(in: 1...20, using: &random)
        let isLong = Int.random(in: 0..<4, using: &random) == 0
        let length = isLong ? Int.random(in: 0..<12_000, using: &random) : 0
        let last =
            Int.random(in: 0..<6, using: &random) == 0
            ? pool.mempool.rules.nextBlock + UInt64.random(in: 0...9, using: &random) + (Bool.random(using: &random) ? 64 : 0) : 0
        let signed = try payer.transfer(
            nonce: pool.crowd.nonce(sender) + UInt64(position), tip: tip, cap: cap, data: length
        ) { body in
            body.lastValidBlock = last
            guard let old else { return }
            body.maxPriorityFeePerGas = old.maxPriorityFeePerGas * 11 / 10 + body.maxPriorityFeePerGas
            body.maxFeePerGas = old.maxFeePerGas * 11 / 10 + body.maxFeePerGas
        }
        let nextBlock = pool.mempool.rules.nextBlock
        do { try pool.add(signed) } catch let error as AdmissionError {
            switch error {
            case .outbid, .capTooLow, .expiresTooSoon:
                let isTaken = model.add(signed, now: pool.now, nextBlock: nextBlock)
                #expect(!isTaken)
                return false
            case .replacementExpiresSooner:
                let oldEnd = old.map(\.lastValidBlock) ?? 0
                #expect(old != nil && last != 0 && (oldEnd == 0 || last < oldEnd))
                return true
            case .underpriced: return true
            default: throw error
            }
        }
        let isTaken = model.add(signed, now: pool.now, nextBlock: nextBlock)
        #expect(isTaken)
        return true
    }
}
