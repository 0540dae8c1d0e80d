import Primitives

/// What a validator or encryption node has at stake from the first block on.
public struct GenesisStake: Hashable, Sendable, RLPCodable {
    public var address: Address
    /// Wei.
    public var amount: UInt256
    /// A validator's commission and its limits, of 10^18.
    public var commission, maximumCommission, maximumDailyChange: UInt256

    public init(
        address: Address, amount: UInt256, commission: UInt256 = QST.one / UInt256(10), maximumCommission: UInt256 = QST.one,
        maximumDailyChange: UInt256 = QST.one / UInt256(100)
    ) {
        (self.address, self.amount, self.commission) = (address, amount, commission)
        (self.maximumCommission, self.maximumDailyChange) = (maximumCommission, maximumDailyChange)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(address)
            $0.append(amount)
            $0.append(commission)
            $0.append(maximumCommission)
            $0.append(maximumDailyChange)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            GenesisStake(
                address: try list.read(), amount: try list.read(), commission: try list.read(), maximumCommission: try list.read(),
                maximumDailyChange: try list.read())
        }
    }
}

/// An allocation that is released over time: nothing until the lock ends, then evenly over the vesting time.
public struct VestingAllocation: Hashable, Sendable, RLPCodable {
    public var beneficiary: Address
    /// Wei.
    public var amount: UInt256
    /// From genesis.
    public var lockMilliseconds: UInt64
    /// From the end of the lock; zero releases all of it then.
    public var vestingMilliseconds: UInt64

    public init(beneficiary: Address, amount: UInt256, lockMilliseconds: UInt64, vestingMilliseconds: UInt64) {
        (self.beneficiary, self.amount) = (beneficiary, amount)
        (self.lockMilliseconds, self.vestingMilliseconds) = (lockMilliseconds, vestingMilliseconds)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(beneficiary)
            $0.append(amount)
            $0.append(lockMilliseconds)
            $0.append(vestingMilliseconds)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            VestingAllocation(
                beneficiary: try list.read(), amount: try list.read(), lockMilliseconds: try list.readUInt64(),
                vestingMilliseconds: try list.readUInt64())
        }
    }
}

/// The economy of a chain at its start.
public struct EconomySpec: Hashable, Sendable, RLPCodable {
    public var parameters: EconomyParameters
    /// Receives the part of the revenue that is for operations.
    public var operationsAccount: Address
    /// Stakes of the spec's validators and encryption nodes. Without an entry a validator has a QST for each unit of its
    /// power at stake, an encryption node the minimum.
    public var stakes: [GenesisStake]
    public var vesting: [VestingAllocation]

    public init(
        parameters: EconomyParameters = EconomyParameters(), operationsAccount: Address = Address(low: 0x0801), stakes: [GenesisStake] = [],
        vesting: [VestingAllocation] = []
    ) {
        (self.parameters, self.operationsAccount, self.stakes, self.vesting) = (parameters, operationsAccount, stakes, vesting)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(parameters)
            $0.append(operationsAccount)
            $0.append(list: stakes)
            $0.append(list: vesting)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            EconomySpec(
                parameters: try list.read(), operationsAccount: try list.read(),
                stakes: try list.readList(of: GenesisStake.self, maximum: 8192),
                vesting: try list.readList(of: VestingAllocation.self, maximum: 1 << 16))
        }
    }
}
