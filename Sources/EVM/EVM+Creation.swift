import Cryptography
import Primitives
import WorldState

// CREATE and CREATE2 (EIP-2, 170, 684, 1014, 3541, 3860, 7610).

extension EVM {
    public static let maximumCodeBytes = 24_576
    public static let maximumInitCodeBytes = 2 * maximumCodeBytes

    /// `keccak256(rlp([sender, nonce]))[12:]`.
    public static func createAddress(_ sender: Address, nonce: UInt64) -> Address {
        var writer = RLPWriter()
        writer.list {
            $0.append(sender)
            $0.append(nonce)
        }
        return Address(lastBytesOf: Keccak256.hash(writer.bytes))
    }

    /// `keccak256(0xff ‖ sender ‖ salt ‖ keccak256(initCode))[12:]` (EIP-1014).
    public static func createAddress(_ sender: Address, salt: Hash, initCodeHash: Hash) -> Address {
        Address(lastBytesOf: Keccak256.hash(parts: [0xff], sender.bytes, salt.bytes, initCodeHash.bytes))
    }

    @inline(never)
    mutating func create(_ operation: Operation, _ frame: Frame, _ sp: UnsafeMutablePointer<UInt256>, _ gas: Int64) -> Int64 {
        guard !frame.isStatic else {
            frame.fault = .writeInStaticCall
            return -1
        }
        let (value, offset, count) = (sp[-1], sp[-2], sp[-3])
        if fork >= .shanghai, count > UInt256(UInt64(Self.maximumInitCodeBytes)) {
            frame.fault = .initCodeTooLong
            return -1
        }
        let wordPrice: Int64 = (fork >= .shanghai ? 2 : 0) + (operation == .create2 ? 6 : 0)
        var left = Self.payRange(frame, offset, count, Self.wordGas(wordPrice, count, gas))
        guard left >= 0 else { return -1 }
        let initCode = count.isZero ? UnsafeRawBufferPointer(start: nil, count: 0) : frame.range(offset, count)

        frame.height -= operation == .create ? 2 : 3
        frame.returnData.removeAll(keepingCapacity: true)
        (frame.wantedOffset, frame.wantedCount) = (0, 0)
        let sender = frame.account
        let nonce = state.nonce(sender)
        guard depth < 1_024, state.balance(sender) >= value, nonce < .max else {
            frame.gas = left
            let fault: Fault = depth >= 1_024 ? .callTooDeep : nonce == .max ? .nonceExhausted : .balanceTooSmall
            noteFailed(frame, to: Self.createAddress(frame.address, nonce: nonce), initCode, used: 0, of: left - left / 64, fault, value)
            frame.deliver(fault: .balanceTooSmall, gas: 0)
            return left
        }
        let given = fork >= .tangerineWhistle ? left - left / 64 : left
        left -= given
        frame.gas = left
        state.setNonce(sender, nonce + 1)
        let address =
            operation == .create
            ? Self.createAddress(frame.address, nonce: nonce)
            : Self.createAddress(frame.address, salt: Hash(sp[-4]), initCodeHash: Keccak256.hash(initCode))
        let fault = begin(creating: address, from: sender, caller: frame.address, value: value, initCode: initCode, gas: given)
        if let fault {
            noteFailed(frame, to: address, initCode, used: given, of: given, fault, value)
            frame.deliver(fault: fault, gas: 0)
        }
        return frame.gas
    }

    private mutating func noteFailed(
        _ frame: Frame, to address: Address, _ initCode: UnsafeRawBufferPointer, used: Int64, of given: Int64, _ fault: Fault,
        _ value: UInt256
    ) {
        guard endedCalls != nil else { return }
        // Where nothing was used, what was meant for the creation is the frame's again.
        let callerGas = used == 0 ? frame.gas - given : frame.gas
        noteEnded(
            TracedCall(
                kind: pendingKind, from: frame.address, to: address, value: value, input: Array(initCode), gas: UInt64(given),
                callerGas: UInt64(callerGas), logCount: state.logs.count),
            TracedResult(gasUsed: UInt64(used), output: [], fault: fault))
    }

    /// Makes a new contract's account and the frame that runs its init code; a fault where the address is taken.
    mutating func begin(
        creating address: Address, from sender: AccountIndex, caller: Address, value: UInt256, initCode: UnsafeRawBufferPointer, gas: Int64
    ) -> Fault? {
        let index = state.index(address)
        if fork >= .berlin { _ = state.access(index) }
        guard !state.isOccupied(index) else { return .addressOccupied }
        let checkpoint = state.checkpoint()
        state.markCreated(index)
        state.touch(index)
        if fork >= .spuriousDragon { state.setNonce(index, 1) } else { state.setNonce(index, 0) }
        _ = state.debit(sender, value)
        state.credit(index, value)
        let target = CallTarget(
            codeAccount: index, storageAccount: index, caller: caller, value: value, transfers: true, isStatic: false)
        push(target, code: Code(initCode, hash: .zero), purpose: .create(address), input: UnsafeRawBufferPointer(start: nil, count: 0), gas: gas, checkpoint: checkpoint)
        return nil
    }

    /// Stores what init code returned, if the rules and the gas allow it.
    mutating func deposit(_ frame: Frame) -> Fault? {
        let code = frame.output
        if fork >= .spuriousDragon, code.count > Self.maximumCodeBytes { return .codeTooLong }
        if fork >= .london, code.first == 0xef { return .forbiddenCode }
        let price = 200 * Int64(code.count)
        if frame.gas < price {
            // Frontier leaves an empty contract behind.
            return fork >= .homestead ? .outOfGas : nil
        }
        frame.gas -= price
        state.setCode(frame.account, Array(code))
        return nil
    }
}
