/// Names of opcodes as geth prints them.
enum OpcodeNames {
    static func name(_ opcode: UInt8) -> String { table[Int(opcode)] }

    private static let table: [String] = {
        var names = (0..<256).map { "opcode 0x" + String($0, radix: 16) + " not defined" }
        func set(_ first: Int, _ list: String) {
            for (offset, name) in list.split(separator: " ").enumerated() { names[first + offset] = String(name) }
        }
        set(0x00, "STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND")
        set(0x10, "LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR CLZ")
        set(0x20, "KECCAK256")
        set(0x30, "ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE CODECOPY GASPRICE")
        set(0x3b, "EXTCODESIZE EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH")
        set(0x40, "BLOCKHASH COINBASE TIMESTAMP NUMBER DIFFICULTY GASLIMIT CHAINID SELFBALANCE BASEFEE BLOBHASH BLOBBASEFEE")
        set(0x50, "POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY PUSH0")
        for count in 1...32 { names[0x5f + count] = "PUSH\(count)" }
        for count in 1...16 {
            names[0x7f + count] = "DUP\(count)"
            names[0x8f + count] = "SWAP\(count)"
        }
        set(0xa0, "LOG0 LOG1 LOG2 LOG3 LOG4")
        set(0xf0, "CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2")
        set(0xfa, "STATICCALL")
        set(0xfd, "REVERT INVALID SELFDESTRUCT")
        return names
    }()
}
