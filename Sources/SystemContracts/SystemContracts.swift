import Primitives
import WorldState

/// The system contracts and where they live.
public enum SystemContracts {
    /// Code that makes Solidity's code-size check pass and reverts if it is ever run.
    public static let code: [UInt8] = [0x60, 0x00, 0x60, 0x00, 0xfd]
    /// Receives all revenue.
    public static let distribution = Address(low: 0x0801)

    public static let all: [any SystemContract.Type] = [
        Staking.self, Distribution.self, Epochs.self, Randomness.self, Parameters.self, Governance.self, Slashing.self, Vesting.self,
        AccountKeys.self, KeyRegistry.self, NodeRegistry.self,
    ]
    /// Every address that is a system contract's from genesis on.
    public static let addresses = all.map { $0.address }

    private static let byAddress: [Address: any SystemContract.Type] = Dictionary(uniqueKeysWithValues: all.map { ($0.address, $0) })

    public static func contract(at address: Address) -> (any NativeContract.Type)? {
        // They all live below 2^16, so most calls are told apart by one comparison.
        address < Address(low: 1 << 16) ? byAddress[address] : nil
    }

    /// The system contracts as the virtual machine looks them up.
    public struct Table: NativeContracts {
        public init() {}
        public func contract(at address: Address) -> (any NativeContract.Type)? { SystemContracts.contract(at: address) }
    }
}
