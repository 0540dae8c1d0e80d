/// What an opcode does once the table of its fork has said that it exists. Opcodes that differ only in a
/// number (PUSH5, DUP7, LOG2) share an operation and keep the number in their table entry.
enum Operation: UInt8 {
    case undefined
    case stop, add, mul, sub, div, sdiv, mod, smod, addmod, mulmod, exp, signextend
    case lt, gt, slt, sgt, eq, iszero, and, or, xor, not, byte, shl, shr, sar, clz
    case keccak256
    case address, balance, origin, caller, callvalue, calldataload, calldatasize, calldatacopy, codesize, codecopy
    case gasprice, extcodesize, extcodecopy, returndatasize, returndatacopy, extcodehash
    case blockhash, coinbase, timestamp, number, prevrandao, gaslimit, chainid, selfbalance, basefee, blobhash, blobbasefee
    case pop, mload, mstore, mstore8, sload, sstore, jump, jumpi, pc, msize, gas, jumpdest, tload, tstore, mcopy
    case push0, push1, push2, pushWord, push, dup1, dup2, dup3, dup4, dup, swap1, swap2, swap3, swap, log
    case create, call, callcode, `return`, delegatecall, create2, staticcall, revert, invalid, selfdestruct
}

/// One entry of a fork's table: eight bytes, so that one load brings all of it.
struct Instruction {
    /// The part of the price that does not depend on operands.
    var gas: UInt16
    /// Stack that must be there, in bytes.
    var required: UInt16
    /// How many bytes more than `required` may be there.
    var span: UInt16
    var operation: Operation
    /// Immediate bytes of a push, position of a DUP or SWAP, topics of a LOG.
    var count: UInt8

    static let undefined = Instruction(gas: 0, required: 0, span: 32 * 1024, operation: .undefined, count: 0)
}
