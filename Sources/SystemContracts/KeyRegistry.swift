import Cryptography
import Primitives

/// `0x…0820`: devices of accounts, and requests for keys. A key exists for the encryption network
/// once its request is final.
///
/// Storage: slot 0 counts requests; `mapping(bytes32 key => Request)` at slot 1;
/// `mapping(address => mapping(bytes32 device => uint256 linkedAt))` at slot 2.
public enum KeyRegistry: NativeContract {
    public static let address = Address(low: 0x0820)
    public static let keyRequested = ABI.topic("KeyRequested(bytes32,address,bytes32,bytes32)")
    public static let deviceLinked = ABI.topic("DeviceLinked(address,bytes32)")

    /// Members of a request's struct, in order of their slots.
    public enum Field: UInt64, CaseIterable, Sendable {
        case owner, policy, device, size, nodeSet, requestedAt
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

    /// A key id: the first half of the genesis hash ‖ block number ‖ number of the request.
    public static func keyID(genesis: Hash, height: UInt64, index: UInt64) -> Hash {
        var bytes = Array(genesis.bytes.prefix(16))
        bytes.append(bigEndian: height)
        bytes.append(bigEndian: index)
        return Hash(bytes) ?? .zero
    }

    private static let linkDevice = ABI.selector("linkDevice(bytes32)")
    private static let requestKey = ABI.selector("requestKey(bytes32,bytes32,uint64)")
    private static let fee = ABI.selector("fee()")
    /// Holds the fee of a request in wei; genesis sets it.
    public static let feeSlot = StorageLayout.slot(3)

    public static func call(_ input: [UInt8], frame: inout NativeFrame) throws(NativeFailure) -> [UInt8] {
        switch Array(input.prefix(4)) {
        case linkDevice: try linkDevice(input, &frame)
        case requestKey: try requestKey(input, &frame)
        case fee: Hash(try frame.load(feeSlot)).bytes
        default: throw .revert("unknown function")
        }
    }

    private static func linkDevice(_ input: [UInt8], _ frame: inout NativeFrame) throws(NativeFailure) -> [UInt8] {
        guard let words = ABI.words(input, count: 1), words[0] != .zero else { throw .revert("malformed device") }
        guard frame.value.isZero else { throw .revert("linking a device takes no payment") }
        try frame.store(deviceSlot(owner: frame.caller, device: words[0]), UInt256(frame.block.timestamp))
        try frame.emit(topics: [deviceLinked, frame.caller.padded, words[0]], data: [])
        return []
    }

    private static func requestKey(_ input: [UInt8], _ frame: inout NativeFrame) throws(NativeFailure) -> [UInt8] {
        guard let words = ABI.words(input, count: 3), let size = words[2].number.asUInt64 else { throw .revert("malformed request") }
        guard frame.value == (try frame.load(feeSlot)) else { throw .revert("the payment is not the key request fee") }
        guard !(try frame.load(deviceSlot(owner: frame.caller, device: words[0]))).isZero else { throw .revert("the device is not linked") }
        let index = try frame.load(StorageLayout.slot(0))
        try frame.store(StorageLayout.slot(0), index + .one)
        let key = keyID(genesis: frame.block.genesis, height: frame.block.number, index: index.limb0)
        try frame.store(slot(of: .owner, key: key), frame.caller.padded.number)
        try frame.store(slot(of: .policy, key: key), words[1].number)
        try frame.store(slot(of: .device, key: key), words[0].number)
        try frame.store(slot(of: .size, key: key), UInt256(size))
        try frame.store(slot(of: .requestedAt, key: key), UInt256(frame.block.timestamp))
        try frame.store(slot(of: .nodeSet, key: key), try currentNodeSet(&frame))
        try frame.pay(frame.value, to: SystemContracts.distribution)
        try frame.emit(topics: [keyRequested, key, frame.caller.padded], data: words[1].bytes + words[0].bytes)
        return key.bytes
    }

    private static func currentNodeSet(_ frame: inout NativeFrame) throws(NativeFailure) -> UInt256 {
        try frame.charge(2_100)
        do { return try frame.state.storage(NodeRegistry.address, NodeRegistry.setHashSlot) } catch { throw .state(error) }
    }
}
