import Cryptography
import Primitives
import WorldState

// Instructions on accounts, storage and the block. Gas goes in and out by value; below zero is a fault.

extension EVM {
    /// EIP-160: EXP pays for each byte of its exponent.
    func exponentGas(_ exponent: UInt256, _ gas: Int64) -> Int64 {
        let bytes = Int64((256 - exponent.leadingZeroBitCount + 7) / 8)
        return gas - bytes * (fork >= .spuriousDragon ? 50 : 10)
    }

    /// What a cold account adds to the price of a warm access (EIP-2929).
    mutating func coldAccountGas(_ index: AccountIndex) -> Int64 {
        guard fork >= .berlin, state.access(index), !isPrecompile(state.address(index)) else { return 0 }
        return 2_500
    }

    /// Whether gas is enough for an access to an account that may be cold. Nothing is read from the state that cannot be
    /// paid for: a call with too little gas would else read for next to nothing.
    func canPay(for address: Address, _ gas: Int64) -> Bool {
        gas >= 2_500 || fork < .berlin || state.isWarm(address) || isPrecompile(address)
    }

    /// BALANCE, EXTCODESIZE, EXTCODEHASH.
    @inline(never)
    mutating func accountQuery(_ operation: Operation, _ sp: UnsafeMutablePointer<UInt256>, _ gas: Int64) -> Int64 {
        let address = Address(word: sp[-1])
        guard canPay(for: address, gas) else { return -1 }
        let index = state.index(address)
        let left = gas - coldAccountGas(index)
        guard left >= 0 else { return -1 }
        switch operation {
        case .balance: sp[-1] = state.balance(index)
        case .extcodesize: sp[-1] = UInt256(UInt64(state.code(index).count))
        default: sp[-1] = state.isDead(index) ? .zero : state.codeHash(index).number
        }
        return left
    }

    @inline(never)
    mutating func externalCodeCopy(_ frame: Frame, _ sp: UnsafeMutablePointer<UInt256>, _ gas: Int64) -> Int64 {
        let (to, from, count) = (sp[-2], sp[-3], sp[-4])
        let address = Address(word: sp[-1])
        guard canPay(for: address, gas) else { return -1 }
        let index = state.index(address)
        let left = Self.payRange(frame, to, count, Self.wordGas(3, count, gas - coldAccountGas(index)))
        guard left >= 0, !count.isZero else { return left }
        let code = state.code(index)
        frame.fill(to, count, with: code.bytes, from: from)
        return left
    }

    @inline(never)
    mutating func loadStorage(_ frame: Frame, _ sp: UnsafeMutablePointer<UInt256>, _ gas: Int64) -> Int64 {
        guard gas >= 2_100 || fork < .berlin || state.isWarm(frame.account, sp[-1]) else { return -1 }
        let slot = state.slotIndex(frame.account, sp[-1])
        var left = gas
        if fork >= .berlin { left -= state.access(slot: slot) ? 2_100 : 100 }
        sp[-1] = state.value(slot: slot)
        return left
    }

    @inline(never)
    mutating func storeStorage(_ frame: Frame, _ sp: UnsafeMutablePointer<UInt256>, _ gas: Int64) -> Int64 {
        guard !frame.isStatic else {
            frame.fault = .writeInStaticCall
            return -1
        }
        // EIP-2200: a call that got only the stipend cannot write.
        if fork >= .istanbul, gas <= 2_300 { return -1 }
        let slot = state.slotIndex(frame.account, sp[-1])
        let change = storageChange(slot, sp[-2])
        guard gas >= change.gas else { return -1 }
        state.refund += change.refund
        if state.value(slot: slot) != sp[-2] { state.setValue(slot: slot, sp[-2]) }
        return gas - change.gas
    }

    private mutating func storageChange(_ slot: Int, _ new: UInt256) -> (gas: Int64, refund: Int64) {
        let (committed, current) = (state.committed(slot: slot), state.value(slot: slot))
        if fork >= .berlin {
            let isCold = state.access(slot: slot)
            let change = StorageGas.change(
                committed: committed, current: current, new: new, isCold: isCold, clearRefund: fork >= .london ? 4_800 : 15_000)
            return (Int64(change.gas), change.refund)
        }
        if fork == .constantinople { return Self.netChange(committed, current, new, load: 200) }
        if fork >= .istanbul { return Self.netChange(committed, current, new, load: 800) }
        return (current.isZero && !new.isZero ? 20_000 : 5_000, !current.isZero && new.isZero ? 15_000 : 0)
    }

    /// EIP-1283 and, with the price of a load from EIP-1884, EIP-2200.
    private static func netChange(_ committed: UInt256, _ current: UInt256, _ new: UInt256, load: Int64) -> (gas: Int64, refund: Int64) {
        if current == new { return (load, 0) }
        if committed == current {
            if committed.isZero { return (20_000, 0) }
            return (5_000, new.isZero ? 15_000 : 0)
        }
        var refund: Int64 = 0
        if !committed.isZero {
            if current.isZero { refund -= 15_000 } else if new.isZero { refund += 15_000 }
        }
        if committed == new { refund += (committed.isZero ? 20_000 : 5_000) - load }
        return (load, refund)
    }

    /// SELFDESTRUCT (EIP-150, 161, 2929, 3529, 6780).
    @inline(never)
    mutating func selfDestruct(_ frame: Frame, _ sp: UnsafeMutablePointer<UInt256>, _ gas: Int64) -> Int64 {
        guard !frame.isStatic else {
            frame.fault = .writeInStaticCall
            return -1
        }
        let heir = state.index(Address(word: sp[-1]))
        let wei = state.balance(frame.account)
        var left = gas
        if fork >= .berlin, state.access(heir), !isPrecompile(state.address(heir)) { left -= 2_600 }
        if fork >= .spuriousDragon ? state.isDead(heir) && !wei.isZero : fork >= .tangerineWhistle && !state.exists(heir) { left -= 25_000 }
        guard left >= 0 else { return -1 }
        let isDeleted = fork < .cancun || state.isCreatedNow(frame.account)
        if endedCalls != nil {
            pendingKind = .selfDestruct
            noteEnded(
                TracedCall(
                    kind: pendingKind, from: frame.address, to: state.address(heir), value: wei, input: [], gas: 0,
                    callerGas: UInt64(left), logCount: state.logs.count),
                TracedResult(gasUsed: 0, output: [], fault: nil))
        }
        _ = state.debit(frame.account, wei)
        // Sent to itself the balance vanishes, unless the account stays.
        if heir != frame.account || !isDeleted { state.credit(heir, wei) }
        if isDeleted, state.markDestroyed(frame.account), fork < .london { state.refund += 24_000 }
        return left
    }

    func blockValue(_ operation: Operation) -> UInt256 {
        switch operation {
        case .coinbase: UInt256(block.beneficiary)
        case .timestamp: UInt256(block.timestamp)
        case .number: UInt256(block.number)
        case .prevrandao: block.prevRandao.number
        case .gaslimit: UInt256(block.gasLimit)
        case .chainid: UInt256(block.chainID)
        case .basefee: block.baseFee
        default: block.blobBaseFee
        }
    }

    /// BLOCKHASH: one of the last 256 blocks, or zero.
    @inline(never)
    mutating func blockHash(_ number: UInt256) -> UInt256 {
        guard let wanted = number.asUInt64, wanted < block.number, block.number - wanted <= 256 else { return .zero }
        switch block.hashes {
        case .table(let hashes): return hashes[wanted]?.number ?? .zero
        case .history:
            let slot = state.slotIndex(state.index(HistoryContract.address), UInt256(wanted % HistoryContract.window))
            return state.value(slot: slot)
        }
    }
}
