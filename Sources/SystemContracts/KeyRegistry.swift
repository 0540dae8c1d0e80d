import Cryptography
import Primitives
import WorldState

/// `0x…0820`: devices of accounts, and requests for keys. A key exists for the encryption network
/// once its request is final.
///
/// Storage: slot 0 counts requests; `mapping(bytes32 key => Request)` at slot 1;
/// `mapping(address => mapping(bytes32 device => uint256 linkedAt))` at slot 2; the fee at 3 and 4.
public enum KeyRegistry: SystemContract {
    public static let address = Address(low: 0x0820)
    public static let keyRequested = ABI.topic("KeyRequested(bytes32,address,bytes32,bytes32)")
    public static let keyRemoved = ABI.topic("KeyRemoved(bytes32,address)")
    public static let deviceLinked = ABI.topic("DeviceLinked(address,bytes32)")

    /// Members of a request's struct, in order of their slots.
    public enum Field: UInt64, CaseIterable, Sendable {
        case owner, policy, device, size, nodeSet, requestedAt
        /// Seconds; zero while the key stands.
        case removedAt
    }

    public static func slot(of field: Field, key: Hash) -> Hash {
        StorageLayout.member(field.rawValue, of: StorageLayout.mapping(key, at: StorageLayout.slot(1)))
    }

    /// The slot that holds when a device was linked, in seconds; zero where it is not linked.
    public static func deviceSlot(owner: Address, device: Hash) -> Hash {
        StorageLayout.mapping(device, at: StorageLayout.mapping(owner.padded, at: StorageLayout.slot(2)))
    }

    /// Calldata that links a device by the commitment of its ML-DSA key.
    public static func linkDeviceCall(device: Hash) -> [UInt8] { ABI.call("linkDevice(bytes32)", [device]) }

    /// Calldata that requests a key for a linked device. `policy` is the hash of who may read; `size` in bytes.
    public static func requestKeyCall(device: Hash, policy: Hash, size: UInt64) -> [UInt8] {
        ABI.call("requestKey(bytes32,bytes32,uint64)", [device, policy, Hash(UInt256(size))])
    }

    /// Calldata with which the owner gives a key up.
    public static func removeKeyCall(key: Hash) -> [UInt8] { ABI.call("removeKey(bytes32)", [key]) }

    /// A key id: the first half of the genesis hash ‖ block number ‖ number of the request, counted over the whole chain.
    public static func keyID(genesis: Hash, height: UInt64, index: UInt64) -> Hash {
        var bytes = Array(genesis.bytes.prefix(16))
        bytes.append(bigEndian: height)
        bytes.append(bigEndian: index)
        return Hash(bytes) ?? .zero
    }

    /// Holds the part of a request's fee that is the same for all, in wei; genesis sets it.
    public static let feeSlot = StorageLayout.slot(3)
    /// Holds the fee of each MiB, in wei; genesis sets it.
    public static let feePerMiBSlot = StorageLayout.slot(4)

    /// What a request pays: `base + perMiB · ⌈size / MiB⌉` wei; nil beyond 2^256.
    public static func fee(size: UInt64, base: UInt256, perMiB: UInt256) -> UInt256? {
        let (whole, rest) = size.quotientAndRemainder(dividingBy: 1 << 20)
        let begun = rest == 0 ? whole : whole &+ 1
        return perMiB.checkedMultiply(UInt256(begun))?.checkedAdd(base)
    }

    public static let methods = MethodTable([
        Method("linkDevice(bytes32)") { (arguments, frame) throws(NativeFailure) in
            let device = Hash(try arguments.word())
            guard device != .zero else { throw .revert("malformed device") }
            try frame.store(deviceSlot(owner: frame.caller, device: device), UInt256(frame.block.timestamp))
            try frame.emit(topics: [deviceLinked, frame.caller.padded, device], data: [])
            return []
        },
        Method("requestKey(bytes32,bytes32,uint64)", payable: true) { (arguments, frame) throws(NativeFailure) in
            let device = Hash(try arguments.word())
            let policy = Hash(try arguments.word())
            return [.word(try requestKey(device: device, policy: policy, size: try arguments.uint64(), &frame).number)]
        },
        Method("removeKey(bytes32)") { (arguments, frame) throws(NativeFailure) in
            try removeKey(Hash(try arguments.word()), &frame)
            return []
        },
        Method("fee(uint64)") { (arguments, frame) throws(NativeFailure) in [.word(try fee(size: try arguments.uint64(), &frame))] },
    ])

    private static func requestKey(device: Hash, policy: Hash, size: UInt64, _ frame: inout NativeFrame) throws(NativeFailure) -> Hash {
        guard frame.value == (try fee(size: size, &frame)) else { throw .revert("the payment is not the key request fee") }
        guard !(try frame.load(deviceSlot(owner: frame.caller, device: device))).isZero else { throw .revert("the device is not linked") }
        let index = try frame.load(StorageLayout.slot(0))
        try frame.store(StorageLayout.slot(0), index &+ .one)
        let key = keyID(genesis: frame.block.genesis, height: frame.block.number, index: index.limb0)
        try frame.store(slot(of: .owner, key: key), frame.caller.padded.number)
        try frame.store(slot(of: .policy, key: key), policy.number)
        try frame.store(slot(of: .device, key: key), device.number)
        try frame.store(slot(of: .size, key: key), UInt256(size))
        try frame.store(slot(of: .requestedAt, key: key), UInt256(frame.block.timestamp))
        try frame.store(slot(of: .nodeSet, key: key), try currentNodeSet(&frame))
        try frame.pay(frame.value, to: SystemContracts.distribution)
        try frame.emit(topics: [keyRequested, key, frame.caller.padded], data: policy.bytes + device.bytes)
        return key
    }

    /// Marks a key as removed, for good. Only its owner may; nodes then refuse to give it and delete what they hold when asked.
    private static func removeKey(_ key: Hash, _ frame: inout NativeFrame) throws(NativeFailure) {
        guard try frame.load(slot(of: .owner, key: key)) == frame.caller.padded.number else { throw .revert("the key is not the caller's") }
        let removed = slot(of: .removedAt, key: key)
        guard try frame.load(removed).isZero else { throw .revert("the key is removed already") }
        try frame.store(removed, UInt256(frame.block.timestamp))
        try frame.emit(topics: [keyRemoved, key, frame.caller.padded], data: [])
    }

    private static func fee(size: UInt64, _ frame: inout NativeFrame) throws(NativeFailure) -> UInt256 {
        let base = try frame.load(feeSlot)
        let perMiB = try frame.load(feePerMiBSlot)
        guard let fee = fee(size: size, base: base, perMiB: perMiB) else { throw .revert("no payment is large enough") }
        return fee
    }

    private static func currentNodeSet(_ frame: inout NativeFrame) throws(NativeFailure) -> UInt256 {
        try frame.load(NodeRegistry.setHashSlot, of: NodeRegistry.address)
    }
}
