import ChainTypes
import Precompiles
import Primitives
import WorldState

// CALL, CALLCODE, DELEGATECALL, STATICCALL (EIP-7, 150, 161, 214, 2929, 7702).

extension EVM {
    /// What runs in a call, and as whom.
    struct CallTarget {
        var codeAccount: AccountIndex
        var storageAccount: AccountIndex
        var caller: Address
        var value: UInt256
        /// Whether the value moves, which it does not in a DELEGATECALL.
        var transfers: Bool
        var isStatic: Bool
    }

    @inline(never)
    mutating func call(_ operation: Operation, _ frame: Frame, _ sp: UnsafeMutablePointer<UInt256>, _ gas: Int64) -> Int64 {
        let hasValue = operation == .call || operation == .callcode
        let arguments = hasValue ? sp - 4 : sp - 3
        let value = hasValue ? sp[-3] : .zero
        if operation == .call, frame.isStatic, !value.isZero {
            frame.fault = .writeInStaticCall
            return -1
        }
        var left = Self.payRange(frame, arguments[0], arguments[-1], gas)
        if left >= 0 { left = Self.payRange(frame, arguments[-2], arguments[-3], left) }
        guard left >= 0 else { return -1 }
        let address = Address(word: sp[-2])
        guard canPay(for: address, left) else { return -1 }
        let target = state.index(address)
        left -= callGas(operation, target, value)
        guard left >= 0 else { return -1 }
        let code = delegated(target, &left)
        guard left >= 0, let given = giveGas(sp[-1], of: &left) else { return -1 }

        let isDelegate = operation == .delegatecall
        let callee = CallTarget(
            codeAccount: code, storageAccount: operation == .call || operation == .staticcall ? target : frame.account,
            caller: isDelegate ? frame.caller : frame.address, value: isDelegate ? frame.value : value, transfers: !isDelegate,
            isStatic: frame.isStatic || operation == .staticcall)
        let input = arguments[-1].isZero ? UnsafeRawBufferPointer(start: nil, count: 0) : frame.range(arguments[0], arguments[-1])
        (frame.wantedOffset, frame.wantedCount) = (arguments[-2].clampedInt, arguments[-3].clampedInt)
        frame.height -= hasValue ? 6 : 5
        frame.gas = left
        enter(callee, plain: target, from: frame, input: input, gas: given + (hasValue && !value.isZero ? 2_300 : 0))
        return frame.gas
    }

    /// What a call pays beside its base price, memory and the gas it hands on.
    private mutating func callGas(_ operation: Operation, _ target: AccountIndex, _ value: UInt256) -> Int64 {
        var gas = coldAccountGas(target)
        if !value.isZero { gas += 9_000 }
        if operation == .call {
            let isNew = fork >= .spuriousDragon ? !value.isZero && state.isDead(target) : !state.exists(target)
            if isNew { gas += 25_000 }
        }
        return gas
    }

    /// Follows a delegation one step (EIP-7702); pays for the account whose code runs.
    private mutating func delegated(_ target: AccountIndex, _ gas: inout Int64) -> AccountIndex {
        guard fork >= .prague, let delegate = state.code(target).delegate else { return target }
        gas -= 100
        guard canPay(for: delegate, gas) else {
            gas = -1
            return target
        }
        let index = state.index(delegate)
        gas -= coldAccountGas(index)
        return index
    }

    /// Takes the callee's gas out of what is left: all but a 64th at most (EIP-150). Nil where it cannot be paid.
    func giveGas(_ wanted: UInt256, of left: inout Int64) -> Int64? {
        let wanted = Int64(wanted.clampedInt)
        var given = wanted
        if fork >= .tangerineWhistle { given = min(wanted, left - left / 64) }
        guard given <= left else { return nil }
        left -= given
        return given
    }

    /// Begins a call from a frame. It ends at once where no code runs; else a new frame waits to run.
    private mutating func enter(_ target: CallTarget, plain: AccountIndex, from frame: Frame, input: UnsafeRawBufferPointer, gas: Int64) {
        frame.returnData.removeAll(keepingCapacity: true)
        let made = MadeCall(
            target: target, callee: state.address(plain), input: input, gas: gas, logCount: state.logs.count)
        guard depth < 1_024 else { return end(made, frame, fault: .callTooDeep, gasLeft: gas) }
        let checkpoint = state.checkpoint()
        if target.transfers {
            let sender = frame.account
            if state.balance(sender) < target.value { return end(made, frame, fault: .balanceTooSmall, gasLeft: gas) }
            if target.storageAccount != sender {
                _ = state.debit(sender, target.value)
                state.credit(target.storageAccount, target.value)
            } else {
                state.touch(sender)
            }
        }
        if isPrecompile(made.callee) { return runPrecompile(made, frame, checkpoint) }
        // Native contracts run as themselves only; a DELEGATECALL or CALLCODE meets their code, which reverts.
        if let native = natives.contract(at: made.callee), target.storageAccount == plain {
            return runNative(native, made, frame, checkpoint)
        }
        let code = state.code(target.codeAccount)
        guard code.count > 0 else { return end(made, frame, fault: nil, gasLeft: gas) }
        push(target, code: code, purpose: .call, input: input, gas: gas, checkpoint: checkpoint)
        frames[depth].callee = made.callee
    }

    /// A call that a frame makes.
    struct MadeCall {
        let target: CallTarget
        let callee: Address
        let input: UnsafeRawBufferPointer
        let gas: Int64
        let logCount: Int
    }

    /// Ends a call for which no frame was made.
    private mutating func end(_ made: MadeCall, _ frame: Frame, fault: Fault?, gasLeft: Int64, output: [UInt8] = []) {
        if endedCalls != nil {
            let from = pendingKind == .delegateCall ? frame.address : made.target.caller
            noteEnded(
                TracedCall(
                    kind: pendingKind, from: from, to: made.callee, value: made.target.value, input: Array(made.input),
                    gas: UInt64(made.gas), callerGas: UInt64(frame.gas), logCount: made.logCount),
                TracedResult(gasUsed: UInt64(made.gas - gasLeft), output: output, fault: fault))
        }
        frame.deliver(fault: fault, gas: gasLeft, output: output)
    }

    /// Remembers, for a tracer, a call or creation for which no frame was made.
    mutating func noteEnded(_ call: TracedCall, _ result: TracedResult) {
        endedCalls?.append(EndedCall(call: call, result: result))
    }

    /// Makes the frame below the running one ready.
    mutating func push(
        _ target: CallTarget, code: Code, purpose: Frame.Purpose, input: UnsafeRawBufferPointer, gas: Int64, checkpoint: WorldState.Checkpoint
    ) {
        depth += 1
        if frames.count <= depth { frames.append(Frame()) }
        let frame = frames[depth]
        frame.reset(gas: gas)
        frame.code = code
        frame.purpose = purpose
        frame.account = target.storageAccount
        frame.address = state.address(target.storageAccount)
        frame.caller = target.caller
        frame.value = target.value
        frame.isStatic = target.isStatic
        frame.input = input
        frame.checkpoint = checkpoint
        hasEntered = true
    }

    private mutating func runPrecompile(_ made: MadeCall, _ frame: Frame, _ checkpoint: WorldState.Checkpoint) {
        switch Precompiles.run(made.callee, input: made.input, gas: UInt64(made.gas), fork: fork, set: precompiles) {
        case .success(let used, let output): end(made, frame, fault: nil, gasLeft: made.gas - Int64(used), output: output)
        case .failure:
            state.revert(to: checkpoint)
            end(made, frame, fault: .precompile, gasLeft: 0)
        }
    }

    private mutating func runNative(
        _ contract: any NativeContract.Type, _ made: MadeCall, _ frame: Frame, _ checkpoint: WorldState.Checkpoint
    ) {
        let target = made.target
        let result = runNative(
            contract, caller: target.caller, value: target.value, isStatic: target.isStatic, input: made.input,
            gas: UInt64(made.gas))
        if result.fault != nil { state.revert(to: checkpoint) }
        end(made, frame, fault: result.fault, gasLeft: Int64(result.gasLeft), output: result.output)
    }

    /// Runs a system contract. It takes the state over while it runs, so that nothing is copied.
    mutating func runNative(
        _ contract: any NativeContract.Type, caller: Address, value: UInt256, isStatic: Bool, input: UnsafeRawBufferPointer,
        gas: UInt64
    ) -> (fault: Fault?, gasLeft: UInt64, output: [UInt8]) {
        var native = NativeFrame(
            contract: contract.address, caller: caller, value: value, isStatic: isStatic, block: block, gas: gas,
            state: WorldState(reader: state.reader))
        swap(&native.state, &state)
        defer { swap(&native.state, &state) }
        do {
            let output = try native.run(contract, inputBytes: input.count) { Array(input) }
            return (nil, native.gas, output)
        } catch {
            switch error {
            case .revert(let reason): return (.revert, native.gas, RevertReason.encode(reason))
            case .outOfGas: return (.outOfGas, 0, [])
            case .state: return (.outOfGas, 0, [])  // The state remembers why it could not be read.
            }
        }
    }
}

extension Frame {
    /// Gives a finished call's result to the frame that made it.
    func deliver(fault: Fault?, gas left: Int64, output: [UInt8] = []) {
        output.withUnsafeBytes { deliver(succeeded: fault == nil, gas: left, output: $0) }
    }

    func deliver(succeeded: Bool, gas left: Int64, output: UnsafeRawBufferPointer) {
        gas += left
        returnData.removeAll(keepingCapacity: true)
        returnData.append(contentsOf: output)
        let count = min(wantedCount, output.count)
        if count > 0, let base = output.baseAddress { (memory + wantedOffset).copyMemory(from: base, byteCount: count) }
        stack[height - 1] = UInt256(succeeded)
    }
}
