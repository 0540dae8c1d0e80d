import ChainTypes
import Primitives

/// What this chain and this node can do.
enum ConfigurationMethods {
    static let table: [String: RPCMethod] = [
        "eth_config": .read { reader, _ in try configuration(reader) },
        "eth_capabilities": .read { reader, _ in try capabilities(reader) },
    ]

    /// Names as EIP-7910 gives them; ours at the end.
    static let precompiles: [(name: String, address: UInt32)] = [
        ("BLAKE2F", 0x09), ("BLS12_G1ADD", 0x0b), ("BLS12_G1MSM", 0x0c), ("BLS12_G2ADD", 0x0d), ("BLS12_G2MSM", 0x0e),
        ("BLS12_MAP_FP2_TO_G2", 0x11), ("BLS12_MAP_FP_TO_G1", 0x10), ("BLS12_PAIRING_CHECK", 0x0f), ("BN254_ADD", 0x06),
        ("BN254_MUL", 0x07), ("BN254_PAIRING", 0x08), ("ECREC", 0x01), ("ID", 0x04), ("KZG_POINT_EVALUATION", 0x0a), ("MODEXP", 0x05),
        ("P256VERIFY", 0x100), ("RIPEMD160", 0x03), ("SHA256", 0x02),
        ("MLDSA65_VERIFY", 0x901), ("MLDSA87_VERIFY", 0x902), ("SHA3_256", 0x903), ("SHA3_512", 0x904), ("SHAKE256", 0x905),
    ]

    /// EIP-7910. One fork is active from genesis on, and no other is scheduled; there are no blobs.
    private static func configuration(_ reader: any ChainReader) throws -> JSONValue {
        guard let genesis = try reader.header(0) else { throw RPCFailure.headerNotFound }
        let contracts = reader.systemContracts().sorted { $0.name < $1.name }
        let current: JSONValue = [
            "activationTime": 0,
            "blobSchedule": ["target": 0, "max": 0, "baseFeeUpdateFraction": 0],
            "chainId": .quantity(reader.chainID),
            "forkId": .data(forkID(genesis.blockHash)),
            "precompiles": .object(precompiles.map { .init($0.name, .data(Address(low: $0.address))) }),
            "systemContracts": .object(contracts.map { .init($0.name, .data($0.address)) }),
        ]
        return ["current": current, "next": .null, "last": .null]
    }

    /// EIP-6122: CRC-32 (IEEE) over the genesis hash, as no fork has followed.
    private static func forkID(_ genesis: Hash) -> [UInt8] {
        var remainder = UInt32.max
        for byte in genesis.bytes {
            remainder ^= UInt32(byte)
            for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xedb8_8320 : remainder >> 1 }
        }
        return (~remainder).bigEndianBytes
    }

    /// Nothing is pruned: every kind of data reaches back to the genesis block.
    private static func capabilities(_ reader: any ChainReader) throws -> JSONValue {
        let head = try reader.headNumber()
        guard let sealed = try reader.header(head) else { throw RPCFailure.headerNotFound }
        let whole: JSONValue = ["disabled": false, "oldestBlock": "0x0"]
        let logs: JSONValue = ["disabled": false, "oldestBlock": "0x0", "deleteStrategy": ["type": "none"]]
        return [
            "head": ["number": .quantity(head), "hash": .data(sealed.blockHash)], "state": whole, "tx": whole, "logs": logs,
            "receipts": whole, "blocks": whole, "stateproofs": whole,
        ]
    }
}

extension UInt32 {
    fileprivate var bigEndianBytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) } }
}
