import Primitives

/// Every instruction, with operands that cost it most.
enum OpcodeCases {
    static func all(_ machine: Machine, _ size: World.Size) -> [GasCase] {
        plain(machine) + memory(machine) + state(machine, size) + calls(machine) + codes(machine, size)
    }

    private static let max = Program.push(.max)
    /// A number without any pattern, and one of half the length.
    private static let wide = Program.push(
        UInt256(limbs: 0x9e37_79b9_7f4a_7c15, 0xf39c_c060_5ced_c834, 0x1082_276b_f3a2_7251, 0xf86c_6a11_d0c1_8e95))
    private static let half = Program.push(UInt256(limbs: 0x2545_f491_4f6c_dd1d, 0xd6e8_feb8_6659_fd93, 0, 0))
    private static let pop: [UInt8] = [0x50]

    private static func looped(_ machine: Machine, _ name: String, before: [UInt8] = [], _ body: [UInt8], times: Int = 100) -> GasCase {
        let code = Program.loop(before: before, body, times: times)
        return GasCase(.opcode, name) { try machine.run(code, gas: $0) }
    }

    /// Operands lie on the stack already and are copied by one DUP each, so that the instruction is what counts.
    private static func operation(_ machine: Machine, _ name: String, _ opcode: UInt8, _ operands: [[UInt8]]) -> GasCase {
        let copies = operands.map { _ in UInt8(0x7f + operands.count) }
        return looped(machine, name, before: operands.flatMap { $0 }, copies + [opcode] + pop)
    }

    private static func plain(_ machine: Machine) -> [GasCase] {
        let binary: [(String, UInt8)] = [
            ("ADD", 0x01), ("MUL", 0x02), ("SUB", 0x03), ("LT", 0x10), ("GT", 0x11), ("SLT", 0x12), ("SGT", 0x13), ("EQ", 0x14),
            ("AND", 0x16),
            ("OR", 0x17), ("XOR", 0x18),
        ]
        var cases = binary.map { operation(machine, $0.0, $0.1, [wide, max]) }
        for (name, opcode) in [("DIV", 0x04), ("SDIV", 0x05), ("MOD", 0x06), ("SMOD", 0x07)] as [(String, UInt8)] {
            cases.append(operation(machine, "\(name), by 128 bits", opcode, [half, wide]))
            cases.append(operation(machine, "\(name), by 192 bits", opcode, [Program.push(UInt256(limbs: 7, 5, 1 << 63 | 9, 0)), wide]))
        }
        for (name, opcode) in [("ADDMOD", 0x08), ("MULMOD", 0x09)] as [(String, UInt8)] {
            cases.append(operation(machine, "\(name), by 256 bits", opcode, [wide, max, Program.push(.max - .one)]))
            cases.append(operation(machine, "\(name), by 128 bits", opcode, [half, max, wide]))
        }
        cases.append(operation(machine, "EXP, 256 bits", 0x0a, [max, wide]))
        cases.append(operation(machine, "EXP, 8 bits", 0x0a, [Program.push(255 as UInt64), wide]))
        let small = Program.push(13 as UInt64)
        for (name, opcode) in [("SIGNEXTEND", 0x0b), ("BYTE", 0x1a), ("SHL", 0x1b), ("SHR", 0x1c), ("SAR", 0x1d)] as [(String, UInt8)] {
            cases.append(operation(machine, name, opcode, [wide, small]))
        }
        for (name, opcode) in [("ISZERO", 0x15), ("NOT", 0x19), ("CLZ", 0x1e), ("CALLDATALOAD", 0x35), ("BLOBHASH", 0x49)]
            as [(String, UInt8)]
        {
            cases.append(operation(machine, name, opcode, [small]))
        }
        let pushing: [(String, UInt8)] = [
            ("ADDRESS", 0x30), ("ORIGIN", 0x32), ("CALLER", 0x33), ("CALLVALUE", 0x34), ("CALLDATASIZE", 0x36), ("CODESIZE", 0x38),
            ("GASPRICE", 0x3a), ("RETURNDATASIZE", 0x3d), ("COINBASE", 0x41), ("TIMESTAMP", 0x42), ("NUMBER", 0x43), ("PREVRANDAO", 0x44),
            ("GASLIMIT", 0x45), ("CHAINID", 0x46), ("SELFBALANCE", 0x47), ("BASEFEE", 0x48), ("BLOBBASEFEE", 0x4a), ("PC", 0x58),
            ("MSIZE", 0x59), ("GAS", 0x5a), ("PUSH0", 0x5f),
        ]
        cases += pushing.map { looped(machine, $0.0, [$0.1] + pop) }
        for bytes in [1, 2, 8, 9, 32] {
            cases.append(looped(machine, "PUSH\(bytes)", [UInt8(0x5f + bytes)] + [UInt8](repeating: 0xa5, count: bytes) + pop))
        }
        let stack = [UInt8](repeating: 0x5f, count: 20)
        for depth in [1, 2, 3, 4, 5, 16] { cases.append(looped(machine, "DUP\(depth)", before: stack, [UInt8(0x7f + depth)] + pop)) }
        for depth in [1, 2, 3, 4, 16] { cases.append(looped(machine, "SWAP\(depth)", before: stack, [UInt8(0x8f + depth)])) }
        cases.append(looped(machine, "JUMPDEST", [0x5b], times: 2000))
        cases.append(looped(machine, "JUMP", []))
        cases.append(looped(machine, "JUMPI, not taken", [0x5f, 0x5f, 0x57]))
        cases.append(GasCase(.opcode, "JUMPI, taken") { try machine.run([0x5b, 0x60, 0x01, 0x5f, 0x57], gas: $0) })
        cases.append(operation(machine, "BLOCKHASH, in the window", 0x40, [Program.push(machine.block.number - 1)]))
        cases.append(operation(machine, "BLOCKHASH, outside", 0x40, [max]))
        return cases
    }

    private static func memory(_ machine: Machine) -> [GasCase] {
        let large = Program.push(64 << 10 as UInt64)
        let grown = large + [0x51] + pop
        var cases = [
            looped(machine, "MLOAD", before: grown, Program.push(31 as UInt64) + [0x51] + pop),
            looped(machine, "MSTORE", before: grown, [0x5f] + Program.push(31 as UInt64) + [0x52]),
            looped(machine, "MSTORE8", before: grown, [0x5f] + Program.push(31 as UInt64) + [0x53]),
            looped(machine, "MCOPY, 64 KiB", before: grown, large + [0x5f] + Program.push(7 as UInt64) + [0x5e]),
            looped(machine, "MCOPY, 1 byte", before: grown, [0x60, 1, 0x5f, 0x60, 33, 0x5e]),
        ]
        for (name, opcode) in [("CALLDATACOPY", 0x37), ("CODECOPY", 0x39)] as [(String, UInt8)] {
            cases.append(looped(machine, "\(name), 64 KiB", before: grown, large + [0x5f, 0x5f, opcode]))
            cases.append(looped(machine, "\(name), 1 byte", before: grown, [0x60, 1, 0x5f, 0x5f, opcode]))
        }
        cases.append(
            looped(
                machine, "EXTCODECOPY, 24 KiB", before: grown,
                Program.push(24_576 as UInt64) + [0x5f, 0x5f] + Program.push(World.longCode) + [0x3c]))
        // The identity precompile's output is what is copied.
        let returned = grown + [0x5f, 0x5f] + large + [0x5f, 0x60, 4, 0x5a, 0xfa, 0x50]
        cases.append(looped(machine, "RETURNDATACOPY, 64 KiB", before: returned, large + [0x5f, 0x5f, 0x3e]))
        cases.append(looped(machine, "KECCAK256, 64 KiB", before: grown, large + [0x5f, 0x20] + pop))
        cases.append(looped(machine, "KECCAK256, nothing", before: grown, [0x5f, 0x5f, 0x20] + pop))
        cases.append(looped(machine, "KECCAK256, 136 bytes", before: grown, [0x60, 136, 0x5f, 0x20] + pop))
        for topics in [0, 4] {
            let operands = [UInt8](repeating: 0x5f, count: topics)
            cases.append(looped(machine, "LOG\(topics), nothing", operands + [0x5f, 0x5f, UInt8(0xa0 + topics)]))
            cases.append(looped(machine, "LOG\(topics), 4 KiB", operands + Program.push(4096 as UInt64) + [0x5f, UInt8(0xa0 + topics)]))
        }
        cases.append(
            GasCase(.opcode, "MSTORE, memory that grows") {
                try machine.again([0x5f] + Program.push(1 << 20 as UInt64) + [0x52], each: 3_000_000, total: $0)
            })
        return cases
    }

    private static func state(_ machine: Machine, _ size: World.Size) -> [GasCase] {
        let next: [UInt8] = [0x60, 1, 0x01]
        // No more than one transaction pays for.
        let slots = min(size.slots, 7500)
        let accounts = min(size.accounts, 6000)
        var cases = [
            looped(machine, "SLOAD, warm", [0x5f, 0x54] + pop),
            // The account's slots that are not zero are the first ones.
            GasCase(.opcode, "SLOAD, cold, there") {
                try machine.again(Program.loop(before: [0x5f], [0x80, 0x54] + pop + next), each: UInt64(2_150 * slots), total: $0)
            },
            looped(machine, "SLOAD, cold, absent", before: Program.push(UInt256(limbs: 0, 0, 0, 1)), [0x80, 0x54] + pop + next),
            looped(machine, "SSTORE, no change", [0x5f, 0x54, 0x5f, 0x55]),
            looped(machine, "SSTORE, changed again", [0x5a, 0x5f, 0x55]),
            looped(machine, "SSTORE, new", before: Program.push(UInt256(limbs: 0, 0, 0, 1)), [0x80, 0x80, 0x55] + next),
            looped(machine, "TLOAD", [0x5f, 0x5c] + pop),
            looped(machine, "TSTORE, new", before: [0x5f], [0x80, 0x80, 0x5d] + next),
        ]
        let first = Program.push(World.account(0))
        for (name, opcode) in [("BALANCE", 0x31), ("EXTCODESIZE", 0x3b), ("EXTCODEHASH", 0x3f)] as [(String, UInt8)] {
            cases.append(looped(machine, "\(name), warm", Program.push(World.longCode) + [opcode] + pop))
            cases.append(
                GasCase(.opcode, "\(name), cold") {
                    try machine.again(Program.loop(before: first, [0x80, opcode] + pop + next), each: UInt64(2_650 * accounts), total: $0)
                })
            cases.append(
                looped(machine, "\(name), cold, absent", before: Program.push(UInt256(limbs: 0, 0, 1, 0)), [0x80, opcode] + pop + next))
        }
        cases.append(
            GasCase(.opcode, "SELFDESTRUCT") { gas in
                // Init code that destroys what it makes.
                let create: [UInt8] = [0x61, 0x5f, 0xff, 0x5f, 0x52, 0x60, 2, 0x60, 30, 0x5f, 0xf0, 0x50]
                return try machine.run(Program.loop(create), gas: gas)
            })
        return cases
    }

    private static func calls(_ machine: Machine) -> [GasCase] {
        let gas: [UInt8] = [0x5a]
        let none: [UInt8] = [0x5f, 0x5f, 0x5f, 0x5f]
        let code = Program.push(World.longCode)
        // An address out of the input.
        let other: [UInt8] = [0x5f, 0x35, 0x60, 96, 0x1b]
        var cases = [
            looped(machine, "CALL, an account", none + [0x5f] + Program.push(World.account(0)) + gas + [0xf1] + pop),
            looped(machine, "CALL, with wei", none + [0x60, 1] + Program.push(World.account(0)) + gas + [0xf1] + pop),
            looped(machine, "CALL, code that stops", none + [0x5f] + code + gas + [0xf1] + pop),
            looped(machine, "CALL, wei that are not there", none + max + Program.push(World.account(0)) + gas + [0xf1] + pop),
            looped(machine, "CALLCODE", none + [0x5f] + code + gas + [0xf2] + pop),
            looped(machine, "DELEGATECALL", none + code + gas + [0xf4] + pop),
            looped(machine, "STATICCALL", none + code + gas + [0xfa] + pop),
            looped(
                machine, "STATICCALL, input of 64 KiB", before: Program.push(64 << 10 as UInt64) + [0x51] + pop,
                [0x5f, 0x5f] + Program.push(64 << 10 as UInt64) + [0x5f] + code + gas + [0xfa] + pop),
            looped(
                machine, "CALL, cold, absent", before: Program.push(UInt256(limbs: 0, 0, 1, 0)),
                none + [0x5f, 0x85] + gas + [0xf1] + pop + [0x60, 1, 0x01]),
            // A call of the code itself with too little gas for what it does first: nothing may be read for it.
            starved(machine, "SLOAD, cold, starved", [0x5f, 0x35, 0x54]),
            starved(machine, "BALANCE, cold, starved", other + [0x31]),
            starved(machine, "EXTCODESIZE, cold, starved", other + [0x3b]),
            starved(machine, "CALL, cold, starved", none + [0x5f] + other + [0x5f, 0xf1]),
            looped(machine, "CREATE, empty", [0x5f, 0x5f, 0x5f, 0xf0] + pop),
            looped(
                machine, "CREATE, 48 KiB of init code", before: Program.push(49_120 as UInt64) + [0x51] + pop,
                Program.push(49_152 as UInt64) + [0x5f, 0x5f, 0xf0] + pop),
            looped(
                machine, "CREATE2, 48 KiB of init code", before: Program.push(49_120 as UInt64) + [0x51] + pop + [0x5f],
                [0x80] + Program.push(49_152 as UInt64) + [0x5f, 0x5f, 0xf5] + pop + [0x60, 1, 0x01]),
            looped(
                machine, "CREATE, code of 24 KiB",
                Program.push(0x61_6000_5ff3 as UInt64) + [0x5f, 0x52, 0x60, 5, 0x60, 27, 0x5f, 0xf0] + pop),
        ]
        cases.append(
            GasCase(.opcode, "CALL, as deep as it goes, new machine") {
                try machine.again(none + [0x5f, 0x30] + gas + [0xf1], each: 16_777_216, total: $0)
            })
        cases.append(
            GasCase(.opcode, "REVERT in a call") {
                try machine.run(Program.loop(none + [0x5f] + Program.push(World.reverting) + gas + [0xf1] + pop), gas: $0)
            })
        cases.append(
            GasCase(.opcode, "RETURN of 64 KiB from a call") {
                try machine.run(Program.loop(none + [0x5f] + Program.push(World.returning) + gas + [0xf1] + pop), gas: $0)
            })
        return cases
    }

    /// Codes that nobody has read before, each as long as can be.
    private static func codes(_ machine: Machine, _ size: World.Size) -> [GasCase] {
        let count = min(size.codes, 5500)
        let first = Program.push(World.contract(0))
        let next: [UInt8] = [0x60, 1, 0x01]
        let call: [UInt8] = [0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x85, 0x5a, 0xf1, 0x50]
        return [("EXTCODESIZE, cold, 24 KiB each", [0x80, 0x3b, 0x50]), ("CALL, cold, 24 KiB each", call)].map { name, body in
            GasCase(.opcode, name) {
                try machine.again(Program.loop(before: first, body + next), each: UInt64(2_700 * count), total: $0)
            }
        }
    }

    /// Does `body` in a call with 150 gas, again and again, each time with another number as input. Calls of itself are told
    /// from the first one by their caller.
    private static func starved(_ machine: Machine, _ name: String, _ body: [UInt8]) -> GasCase {
        let call: [UInt8] = [0x5a, 0x5f, 0x52, 0x5f, 0x5f, 0x60, 32, 0x5f, 0x5f, 0x30, 0x60, 150, 0xf1, 0x50]
        // If the caller is the contract itself jump to the body.
        let start: [UInt8] = [0x33, 0x30, 0x14]
        let loop = Program.loop(before: start + [0x60, UInt8(start.count + 3 + call.count + 5), 0x57], call)
        return GasCase(.opcode, name) { try machine.run(loop + [0x5b] + body, gas: $0) }
    }
}
