import ChainTypes
import Cryptography
import LightClient
import Primitives
import SystemContracts

/// The registry's record of a key, as a storage proof shows it.
public struct KeyRecord: Hashable, Sendable {
    public let owner: Address
    public let policy: Hash
    /// The device that requested the key and deals it.
    public let device: Hash
    /// Plaintext bytes.
    public let size: UInt64
    /// Hash of the nodes registered when the key was requested.
    public let nodeSet: Hash
    /// Whether the owner has given the key up.
    public let isRemoved: Bool
    /// Whether the device that was asked about is linked to the owner.
    public let isDeviceLinked: Bool

    /// The slots that a proof must show for an owner's device.
    public static func slots(keyID: KeyID, owner: Address, device: Hash) -> [Hash] {
        KeyRegistry.Field.allCases.map { KeyRegistry.slot(of: $0, key: keyID.hash) }
            + [KeyRegistry.deviceSlot(owner: owner, device: device)]
    }

    /// Reads a proof under a final header.
    /// - Throws: `invalidProof` also where the proof lacks a slot; `unknownKey` when there is no such request.
    public init(keyID: KeyID, device: Hash, proof: StateProof, under header: SealedHeader) throws(KeyRefusal) {
        guard proof.address == KeyRegistry.address else { throw .invalidProof }
        let values: [Hash: UInt256]
        do { values = try proof.verify(stateRoot: header.header.stateRoot) } catch { throw .invalidProof }
        func value(_ slot: Hash) throws(KeyRefusal) -> UInt256 {
            guard let value = values[slot] else { throw .invalidProof }
            return value
        }
        func field(_ field: KeyRegistry.Field) throws(KeyRefusal) -> UInt256 {
            try value(KeyRegistry.slot(of: field, key: keyID.hash))
        }
        owner = Address(lastBytesOf: Hash(try field(.owner)))
        guard owner != .zero else { throw .unknownKey }
        guard let size = try field(.size).asUInt64 else { throw .wrongSize }
        self.size = size
        policy = Hash(try field(.policy))
        self.device = Hash(try field(.device))
        nodeSet = Hash(try field(.nodeSet))
        isRemoved = !(try field(.removedAt)).isZero
        isDeviceLinked = !(try value(KeyRegistry.deviceSlot(owner: owner, device: device))).isZero
    }
}
