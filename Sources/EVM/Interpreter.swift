import Primitives
import WorldState

/// Why the interpreter came back.
enum Exit {
    /// A call or creation made a new frame, which runs next.
    case entered
    case finished
}

extension EVM {
    /// Runs a frame until it ends or makes another.
    ///
    /// Everything hot is a local: the instruction pointer, the stack pointer (one past the top), the gas,
    /// the memory. Instructions that need more live in functions that take these by value and give back
    /// the gas that is left, negative for a fault, so that no local ever has an address.
    mutating func run<Watcher: StepInspector>(_ frame: Frame, _ watcher: inout Watcher) -> Exit {
        let table = table.entries
        let bottom = frame.stack
        let start = frame.code.start
        let jumps = frame.code.jumps
        var pc = start + frame.position
        var sp = bottom + frame.height
        var gas = frame.gas
        var memory = frame.memory
        var memorySize = frame.memorySize

        loop: while true {
            if Watcher.isActive { watcher.step(pc.pointee, at: pc - start, gas: gas, height: sp - bottom, frame: frame, evm: &self) }
            let instruction = table[Int(pc.pointee)]
            gas &-= Int64(instruction.gas)
            // In bytes, which spares a division: how far the stack is above what the instruction needs.
            let above = UInt(bitPattern: UnsafeRawPointer(sp) - UnsafeRawPointer(bottom)) &- UInt(instruction.required)
            guard above <= UInt(instruction.span), gas >= 0 else {
                frame.fault = gas < 0 && above <= UInt(instruction.span) ? .outOfGas : Int(bitPattern: above) < 0 ? .stackUnderflow : .stackOverflow
                break loop
            }
            switch instruction.operation {
            case .stop:
                frame.gas = gas
                return .finished
            case .add:
                sp[-2] = sp[-1] &+ sp[-2]
                sp -= 1
            case .mul:
                sp[-2] = sp[-1] &* sp[-2]
                sp -= 1
            case .sub:
                sp[-2] = sp[-1] &- sp[-2]
                sp -= 1
            case .div:
                sp[-2] = sp[-1].machineDivided(by: sp[-2])
                sp -= 1
            case .sdiv:
                sp[-2] = sp[-1].signedDivided(by: sp[-2])
                sp -= 1
            case .mod:
                sp[-2] = sp[-1].machineRemainder(by: sp[-2])
                sp -= 1
            case .smod:
                sp[-2] = sp[-1].signedRemainder(by: sp[-2])
                sp -= 1
            case .addmod:
                sp[-3] = sp[-1].adding(sp[-2], modulo: sp[-3])
                sp -= 2
            case .mulmod:
                sp[-3] = sp[-1].multiplied(by: sp[-2], modulo: sp[-3])
                sp -= 2
            case .exp:
                gas = exponentGas(sp[-2], gas)
                if gas < 0 { break loop }
                sp[-2] = sp[-1].raised(to: sp[-2])
                sp -= 1
            case .signextend:
                sp[-2] = sp[-2].signExtended(fromByte: sp[-1])
                sp -= 1
            case .lt:
                sp[-2] = UInt256(sp[-1] < sp[-2])
                sp -= 1
            case .gt:
                sp[-2] = UInt256(sp[-2] < sp[-1])
                sp -= 1
            case .slt:
                sp[-2] = UInt256(sp[-1].isLessSigned(sp[-2]))
                sp -= 1
            case .sgt:
                sp[-2] = UInt256(sp[-2].isLessSigned(sp[-1]))
                sp -= 1
            case .eq:
                sp[-2] = UInt256(sp[-1] == sp[-2])
                sp -= 1
            case .iszero:
                sp[-1] = UInt256(sp[-1].isZero)
            case .and:
                sp[-2] = sp[-1] & sp[-2]
                sp -= 1
            case .or:
                sp[-2] = sp[-1] | sp[-2]
                sp -= 1
            case .xor:
                sp[-2] = sp[-1] ^ sp[-2]
                sp -= 1
            case .not:
                sp[-1] = ~sp[-1]
            case .byte:
                sp[-2] = sp[-2].byte(at: sp[-1])
                sp -= 1
            case .shl:
                sp[-2] = sp[-2].shiftedLeft(by: sp[-1])
                sp -= 1
            case .shr:
                sp[-2] = sp[-2].shiftedRight(by: sp[-1])
                sp -= 1
            case .sar:
                sp[-2] = sp[-2].shiftedRightSigned(by: sp[-1])
                sp -= 1
            case .clz:
                sp[-1] = UInt256(UInt64(sp[-1].leadingZeroBitCount))
            case .keccak256:
                gas = keccak(frame, sp, gas)
                if gas < 0 { break loop }
                sp -= 1
                (memory, memorySize) = (frame.memory, frame.memorySize)

            case .address:
                sp.pointee = UInt256(frame.address)
                sp += 1
            case .origin:
                sp.pointee = UInt256(message.caller)
                sp += 1
            case .caller:
                sp.pointee = UInt256(frame.caller)
                sp += 1
            case .callvalue:
                sp.pointee = frame.value
                sp += 1
            case .calldataload:
                sp[-1] = callDataWord(frame.input, sp[-1])
            case .calldatasize:
                sp.pointee = UInt256(UInt64(frame.input.count))
                sp += 1
            case .codesize:
                sp.pointee = UInt256(UInt64(frame.code.count))
                sp += 1
            case .gasprice:
                sp.pointee = message.gasPrice
                sp += 1
            case .returndatasize:
                sp.pointee = UInt256(UInt64(frame.returnData.count))
                sp += 1
            case .calldatacopy, .codecopy, .returndatacopy:
                gas = copy(instruction.operation, frame, sp, gas)
                if gas < 0 { break loop }
                sp -= 3
                (memory, memorySize) = (frame.memory, frame.memorySize)
            case .mcopy:
                gas = copyMemory(frame, sp, gas)
                if gas < 0 { break loop }
                sp -= 3
                (memory, memorySize) = (frame.memory, frame.memorySize)
            case .balance, .extcodesize, .extcodehash:
                gas = accountQuery(instruction.operation, sp, gas)
                if gas < 0 { break loop }
            case .extcodecopy:
                gas = externalCodeCopy(frame, sp, gas)
                if gas < 0 { break loop }
                sp -= 4
                (memory, memorySize) = (frame.memory, frame.memorySize)

            case .blockhash:
                sp[-1] = blockHash(sp[-1])
            case .coinbase, .timestamp, .number, .prevrandao, .gaslimit, .chainid, .basefee, .blobbasefee:
                sp.pointee = blockValue(instruction.operation)
                sp += 1
            case .selfbalance:
                sp.pointee = state.balance(frame.account)
                sp += 1
            case .blobhash:
                let index = sp[-1].clampedInt
                sp[-1] = index < message.blobHashes.count ? message.blobHashes[index].number : .zero

            case .pop:
                sp -= 1
            case .mload:
                let offset = sp[-1]
                if !(offset.isSmall && offset.limb0 < 1 << 32 && Int(offset.limb0) + 32 <= memorySize) {
                    gas = touchMemory(frame, offset, 32, gas)
                    if gas < 0 { break loop }
                    (memory, memorySize) = (frame.memory, frame.memorySize)
                }
                sp[-1] = UnsafeRawPointer(memory).loadWord(at: Int(truncatingIfNeeded: offset.limb0))
            case .mstore:
                let offset = sp[-1]
                if !(offset.isSmall && offset.limb0 < 1 << 32 && Int(offset.limb0) + 32 <= memorySize) {
                    gas = touchMemory(frame, offset, 32, gas)
                    if gas < 0 { break loop }
                    (memory, memorySize) = (frame.memory, frame.memorySize)
                }
                memory.storeWord(sp[-2], at: Int(truncatingIfNeeded: offset.limb0))
                sp -= 2
            case .mstore8:
                let offset = sp[-1]
                if !(offset.isSmall && offset.limb0 < UInt64(memorySize)) {
                    gas = touchMemory(frame, offset, 1, gas)
                    if gas < 0 { break loop }
                    (memory, memorySize) = (frame.memory, frame.memorySize)
                }
                memory.storeBytes(of: UInt8(truncatingIfNeeded: sp[-2].limb0), toByteOffset: Int(truncatingIfNeeded: offset.limb0), as: UInt8.self)
                sp -= 2
            case .sload:
                gas = loadStorage(frame, sp, gas)
                if gas < 0 { break loop }
            case .sstore:
                gas = storeStorage(frame, sp, gas)
                if gas < 0 { break loop }
                sp -= 2
            case .tload:
                sp[-1] = state.transient(frame.account, sp[-1])
            case .tstore:
                guard !frame.isStatic else {
                    frame.fault = .writeInStaticCall
                    break loop
                }
                state.setTransient(frame.account, sp[-1], sp[-2])
                sp -= 2
            case .jump:
                guard jumps.contains(sp[-1]) else {
                    frame.fault = .invalidJump
                    break loop
                }
                pc = start + Int(truncatingIfNeeded: sp[-1].limb0)
                sp -= 1
                continue loop
            case .jumpi:
                let (target, condition) = (sp[-1], sp[-2])
                sp -= 2
                if !condition.isZero {
                    guard jumps.contains(target) else {
                        frame.fault = .invalidJump
                        break loop
                    }
                    pc = start + Int(truncatingIfNeeded: target.limb0)
                    continue loop
                }
            case .pc:
                sp.pointee = UInt256(UInt64(pc - start))
                sp += 1
            case .msize:
                sp.pointee = UInt256(UInt64(memorySize))
                sp += 1
            case .gas:
                sp.pointee = UInt256(UInt64(gas))
                sp += 1
            case .jumpdest:
                break

            case .push0:
                sp.pointee = .zero
                sp += 1
            case .push1:
                sp.pointee = UInt256(UInt64(pc[1]))
                sp += 1
                pc += 1
            case .push2:
                sp.pointee = UInt256(UInt64(pc[1]) << 8 | UInt64(pc[2]))
                sp += 1
                pc += 2
            case .pushWord:
                let count = Int(instruction.count)
                let word = UInt64(bigEndian: UnsafeRawPointer(pc + 1 + count - 8).loadUnaligned(as: UInt64.self))
                sp.pointee = UInt256(word & (.max >> UInt64(64 - 8 * count)))
                sp += 1
                pc += count
            case .push:
                let count = Int(instruction.count)
                let word = UnsafeRawPointer(pc).loadWord(at: 1 + count - 32)
                sp.pointee = word & (.max >> (256 - 8 * count))
                sp += 1
                pc += count
            case .dup1:
                sp.pointee = sp[-1]
                sp += 1
            case .dup2:
                sp.pointee = sp[-2]
                sp += 1
            case .dup3:
                sp.pointee = sp[-3]
                sp += 1
            case .dup4:
                sp.pointee = sp[-4]
                sp += 1
            case .dup:
                sp.pointee = sp[-Int(instruction.count)]
                sp += 1
            case .swap1:
                (sp[-1], sp[-2]) = (sp[-2], sp[-1])
            case .swap2:
                (sp[-1], sp[-3]) = (sp[-3], sp[-1])
            case .swap3:
                (sp[-1], sp[-4]) = (sp[-4], sp[-1])
            case .swap:
                let other = -1 - Int(instruction.count)
                (sp[-1], sp[other]) = (sp[other], sp[-1])
            case .log:
                gas = emitLog(Int(instruction.count), frame, sp, gas)
                if gas < 0 { break loop }
                sp -= 2 + Int(instruction.count)
                (memory, memorySize) = (frame.memory, frame.memorySize)

            case .call, .callcode, .delegatecall, .staticcall:
                (frame.position, frame.height) = (pc + 1 - start, sp - bottom)
                gas = call(instruction.operation, frame, sp, gas)
                if gas < 0 { break loop }
                if hasEntered { return .entered }
                sp = bottom + frame.height
                (memory, memorySize) = (frame.memory, frame.memorySize)
            case .create, .create2:
                (frame.position, frame.height) = (pc + 1 - start, sp - bottom)
                gas = create(instruction.operation, frame, sp, gas)
                if gas < 0 { break loop }
                if hasEntered { return .entered }
                sp = bottom + frame.height
                (memory, memorySize) = (frame.memory, frame.memorySize)
            case .return, .revert:
                gas = setOutput(frame, sp, gas)
                if gas < 0 { break loop }
                frame.gas = gas
                if instruction.operation == .revert { frame.fault = .revert }
                return .finished
            case .selfdestruct:
                gas = selfDestruct(frame, sp, gas)
                if gas < 0 { break loop }
                frame.gas = gas
                return .finished
            case .undefined, .invalid:
                frame.fault = .undefinedInstruction
                break loop
            }
            pc += 1
        }
        frame.fault = frame.fault ?? .outOfGas
        frame.gas = 0
        return .finished
    }
}
