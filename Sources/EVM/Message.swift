import ChainTypes
import Primitives
import WorldState

/// A call or creation from outside, as a transaction makes it.
public struct Message: Hashable, Sendable {
    public var caller: Address
    /// nil creates a contract.
    public var to: Address?
    /// Wei.
    public var value: UInt256
    public var input: [UInt8]
    /// What is left to run with after the transaction's intrinsic gas.
    public var gas: UInt64
    /// Wei per gas, as GASPRICE sees it.
    public var gasPrice: UInt256
    public var accessList: [AccessListEntry]
    /// Versioned hashes, as BLOBHASH sees them.
    public var blobHashes: [Hash]

    public init(
        caller: Address, to: Address?, value: UInt256 = .zero, input: [UInt8] = [], gas: UInt64, gasPrice: UInt256 = .zero,
        accessList: [AccessListEntry] = [], blobHashes: [Hash] = []
    ) {
        self.caller = caller
        self.to = to
        self.value = value
        self.input = input
        self.gas = gas
        self.gasPrice = gasPrice
        self.accessList = accessList
        self.blobHashes = blobHashes
    }
}

/// Why a frame ended without success. All but `revert` take all of the frame's gas.
public enum Fault: UInt8, Error, Hashable, Sendable {
    case revert
    case outOfGas
    case stackUnderflow, stackOverflow
    /// No such instruction in this fork, or INVALID.
    case undefinedInstruction
    case invalidJump
    /// A write in a static call (EIP-214).
    case writeInStaticCall
    /// RETURNDATACOPY beyond the data (EIP-211).
    case returnDataOutOfBounds
    /// Longer than EIP-170 and 3860 allow, or beginning with 0xef (EIP-3541).
    case codeTooLong, initCodeTooLong, forbiddenCode
    /// Something lives at the address already (EIP-684).
    case addressOccupied
    case nonceExhausted, balanceTooSmall, callTooDeep
    case precompile
}

/// What a message did.
public struct Outcome: Hashable, Sendable {
    /// nil for success.
    public var fault: Fault?
    public var gasLeft: UInt64
    /// What the refund counter holds, before its cap.
    public var refund: UInt64
    /// Returned data, or the payload of a revert.
    public var output: [UInt8]
    /// The contract that a creation made.
    public var created: Address?

    public var succeeded: Bool { fault == nil }
}

extension Fault: CustomStringConvertible {
    /// In geth's words, which tools look for.
    public var description: String {
        switch self {
        case .revert: "execution reverted"
        case .outOfGas: "out of gas"
        case .stackUnderflow: "stack underflow"
        case .stackOverflow: "stack limit reached 1024"
        case .undefinedInstruction: "invalid opcode"
        case .invalidJump: "invalid jump destination"
        case .writeInStaticCall: "write protection"
        case .returnDataOutOfBounds: "return data out of bounds"
        case .codeTooLong: "max code size exceeded"
        case .initCodeTooLong: "max initcode size exceeded"
        case .forbiddenCode: "invalid code: must not begin with 0xef"
        case .addressOccupied: "contract address collision"
        case .nonceExhausted: "nonce uint64 overflow"
        case .balanceTooSmall: "insufficient balance for transfer"
        case .callTooDeep: "max call depth exceeded"
        case .precompile: "precompile failed"
        }
    }
}
