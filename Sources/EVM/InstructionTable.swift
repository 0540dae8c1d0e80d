import Precompiles

/// The instructions of a fork, indexed by opcode (Yellow Paper appendix H and the EIPs named below).
struct InstructionTable {
    let entries: UnsafePointer<Instruction>

    static func of(_ fork: Fork) -> InstructionTable { tables[fork.rawValue] }

    // Made once per process and never freed.
    private nonisolated(unsafe) static let tables = Fork.allCases.map { InstructionTable($0) }

    private init(_ fork: Fork) {
        var builder = InstructionTableBuilder(fork: fork)
        builder.addAll()
        let memory = UnsafeMutablePointer<Instruction>.allocate(capacity: 256)
        memory.initialize(from: builder.entries, count: 256)
        entries = UnsafePointer(memory)
    }
}

private struct InstructionTableBuilder {
    let fork: Fork
    var entries = [Instruction](repeating: .undefined, count: 256)

    mutating func add(_ opcode: UInt8, _ operation: Operation, gas: Int, pops: Int, pushes: Int, count: Int = 0, from first: Fork = .frontier) {
        guard fork >= first else { return }
        let highest = 1024 - max(0, pushes - pops)
        entries[Int(opcode)] = Instruction(
            gas: UInt16(gas), required: UInt16(32 * pops), span: UInt16(32 * (highest - pops)), operation: operation, count: UInt8(count))
    }

    mutating func addAll() {
        addArithmetic()
        addEnvironment()
        addBlock()
        addFlow()
        addStack()
        addSystem()
    }

    private mutating func addArithmetic() {
        add(0x00, .stop, gas: 0, pops: 0, pushes: 0)
        let binary: [(UInt8, Operation, Int)] = [
            (0x01, .add, 3), (0x02, .mul, 5), (0x03, .sub, 3), (0x04, .div, 5), (0x05, .sdiv, 5), (0x06, .mod, 5), (0x07, .smod, 5),
            (0x0a, .exp, 10), (0x0b, .signextend, 5), (0x10, .lt, 3), (0x11, .gt, 3), (0x12, .slt, 3), (0x13, .sgt, 3), (0x14, .eq, 3),
            (0x16, .and, 3), (0x17, .or, 3), (0x18, .xor, 3), (0x1a, .byte, 3), (0x20, .keccak256, 30),
        ]
        for (opcode, operation, gas) in binary { add(opcode, operation, gas: gas, pops: 2, pushes: 1) }
        add(0x08, .addmod, gas: 8, pops: 3, pushes: 1)
        add(0x09, .mulmod, gas: 8, pops: 3, pushes: 1)
        add(0x15, .iszero, gas: 3, pops: 1, pushes: 1)
        add(0x19, .not, gas: 3, pops: 1, pushes: 1)
        // EIP-145, EIP-7939
        add(0x1b, .shl, gas: 3, pops: 2, pushes: 1, from: .constantinople)
        add(0x1c, .shr, gas: 3, pops: 2, pushes: 1, from: .constantinople)
        add(0x1d, .sar, gas: 3, pops: 2, pushes: 1, from: .constantinople)
        add(0x1e, .clz, gas: 5, pops: 1, pushes: 1, from: .osaka)
    }

    private mutating func addEnvironment() {
        // EIP-150, 1884, 2929: from Berlin on the price of a warm access; a cold one adds to it.
        let account = fork >= .berlin ? 100 : fork >= .istanbul ? 700 : fork >= .tangerineWhistle ? 400 : 20
        let code = fork >= .berlin ? 100 : fork >= .tangerineWhistle ? 700 : 20
        let codeHash = fork >= .berlin ? 100 : fork >= .istanbul ? 700 : 400
        add(0x30, .address, gas: 2, pops: 0, pushes: 1)
        add(0x31, .balance, gas: account, pops: 1, pushes: 1)
        add(0x32, .origin, gas: 2, pops: 0, pushes: 1)
        add(0x33, .caller, gas: 2, pops: 0, pushes: 1)
        add(0x34, .callvalue, gas: 2, pops: 0, pushes: 1)
        add(0x35, .calldataload, gas: 3, pops: 1, pushes: 1)
        add(0x36, .calldatasize, gas: 2, pops: 0, pushes: 1)
        add(0x37, .calldatacopy, gas: 3, pops: 3, pushes: 0)
        add(0x38, .codesize, gas: 2, pops: 0, pushes: 1)
        add(0x39, .codecopy, gas: 3, pops: 3, pushes: 0)
        add(0x3a, .gasprice, gas: 2, pops: 0, pushes: 1)
        add(0x3b, .extcodesize, gas: code, pops: 1, pushes: 1)
        add(0x3c, .extcodecopy, gas: code, pops: 4, pushes: 0)
        // EIP-211, EIP-1052
        add(0x3d, .returndatasize, gas: 2, pops: 0, pushes: 1, from: .byzantium)
        add(0x3e, .returndatacopy, gas: 3, pops: 3, pushes: 0, from: .byzantium)
        add(0x3f, .extcodehash, gas: codeHash, pops: 1, pushes: 1, from: .constantinople)
    }

    private mutating func addBlock() {
        add(0x40, .blockhash, gas: 20, pops: 1, pushes: 1)
        add(0x41, .coinbase, gas: 2, pops: 0, pushes: 1)
        add(0x42, .timestamp, gas: 2, pops: 0, pushes: 1)
        add(0x43, .number, gas: 2, pops: 0, pushes: 1)
        add(0x44, .prevrandao, gas: 2, pops: 0, pushes: 1)
        add(0x45, .gaslimit, gas: 2, pops: 0, pushes: 1)
        // EIP-1344, 1884, 3198, 4844, 7516
        add(0x46, .chainid, gas: 2, pops: 0, pushes: 1, from: .istanbul)
        add(0x47, .selfbalance, gas: 5, pops: 0, pushes: 1, from: .istanbul)
        add(0x48, .basefee, gas: 2, pops: 0, pushes: 1, from: .london)
        add(0x49, .blobhash, gas: 3, pops: 1, pushes: 1, from: .cancun)
        add(0x4a, .blobbasefee, gas: 2, pops: 0, pushes: 1, from: .cancun)
    }

    private mutating func addFlow() {
        let load = fork >= .berlin ? 0 : fork >= .istanbul ? 800 : fork >= .tangerineWhistle ? 200 : 50
        add(0x50, .pop, gas: 2, pops: 1, pushes: 0)
        add(0x51, .mload, gas: 3, pops: 1, pushes: 1)
        add(0x52, .mstore, gas: 3, pops: 2, pushes: 0)
        add(0x53, .mstore8, gas: 3, pops: 2, pushes: 0)
        add(0x54, .sload, gas: load, pops: 1, pushes: 1)
        add(0x55, .sstore, gas: 0, pops: 2, pushes: 0)
        add(0x56, .jump, gas: 8, pops: 1, pushes: 0)
        add(0x57, .jumpi, gas: 10, pops: 2, pushes: 0)
        add(0x58, .pc, gas: 2, pops: 0, pushes: 1)
        add(0x59, .msize, gas: 2, pops: 0, pushes: 1)
        add(0x5a, .gas, gas: 2, pops: 0, pushes: 1)
        add(0x5b, .jumpdest, gas: 1, pops: 0, pushes: 0)
        // EIP-1153, EIP-5656
        add(0x5c, .tload, gas: 100, pops: 1, pushes: 1, from: .cancun)
        add(0x5d, .tstore, gas: 100, pops: 2, pushes: 0, from: .cancun)
        add(0x5e, .mcopy, gas: 3, pops: 3, pushes: 0, from: .cancun)
    }

    private mutating func addStack() {
        add(0x5f, .push0, gas: 2, pops: 0, pushes: 1, from: .shanghai)  // EIP-3855
        for bytes in 1...32 {
            let operation: Operation = bytes == 1 ? .push1 : bytes == 2 ? .push2 : bytes <= 8 ? .pushWord : .push
            add(UInt8(0x5f + bytes), operation, gas: 3, pops: 0, pushes: 1, count: bytes)
        }
        let dups: [Operation] = [.dup1, .dup2, .dup3, .dup4]
        let swaps: [Operation] = [.swap1, .swap2, .swap3]
        for position in 1...16 {
            let dup = position <= 4 ? dups[position - 1] : .dup
            let swap = position <= 3 ? swaps[position - 1] : .swap
            add(UInt8(0x7f + position), dup, gas: 3, pops: position, pushes: position + 1, count: position)
            add(UInt8(0x8f + position), swap, gas: 3, pops: position + 1, pushes: position + 1, count: position)
        }
        for topics in 0...4 { add(UInt8(0xa0 + topics), .log, gas: 375, pops: 2 + topics, pushes: 0, count: topics) }
    }

    private mutating func addSystem() {
        let call = fork >= .berlin ? 100 : fork >= .tangerineWhistle ? 700 : 40
        add(0xf0, .create, gas: 32_000, pops: 3, pushes: 1)
        add(0xf1, .call, gas: call, pops: 7, pushes: 1)
        add(0xf2, .callcode, gas: call, pops: 7, pushes: 1)
        add(0xf3, .return, gas: 0, pops: 2, pushes: 0)
        // EIP-7, 1014, 214, 140
        add(0xf4, .delegatecall, gas: call, pops: 6, pushes: 1, from: .homestead)
        add(0xf5, .create2, gas: 32_000, pops: 4, pushes: 1, from: .constantinople)
        add(0xfa, .staticcall, gas: call, pops: 6, pushes: 1, from: .byzantium)
        add(0xfd, .revert, gas: 0, pops: 2, pushes: 0, from: .byzantium)
        add(0xfe, .invalid, gas: 0, pops: 0, pushes: 0)
        add(0xff, .selfdestruct, gas: fork >= .tangerineWhistle ? 5_000 : 0, pops: 1, pushes: 0)
    }
}
