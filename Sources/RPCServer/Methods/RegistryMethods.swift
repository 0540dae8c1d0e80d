import ChainTypes
import Primitives

/// `qs_*` about the members of the two networks, keys and key requests.
enum RegistryMethods {
    static let table: [String: RPCMethod] = [
        "qs_getValidators": .read { reader, _ in .array(try reader.validators().map(validator)) },
        "qs_getEncryptionNodes": .read { reader, _ in .array(try reader.encryptionNodes().map(encryptionNode)) },
        "qs_getAccountKey": .read { reader, parameters in
            let key = try reader.accountKey(parameters.address(0), at: parameters.block(1, reader))
            return [
                "suite": .quantity(UInt64(key.suite.rawValue)), "algorithm": .string(key.suite == .mldsa65 ? "ML-DSA-65" : "ML-DSA-87"),
                "commitment": .data(key.commitment), "uses": .quantity(key.uses),
            ]
        },
        "qs_getKeyRequest": .read { reader, parameters in try reader.keyRequest(parameters.hash(0)) ?? .null },
        "qs_getStatus": .read { reader, _ in
            let status = try reader.status()
            return [
                "number": .quantity(try reader.headNumber()), "epoch": .quantity(status.epoch), "view": .quantity(status.view),
                "peers": .quantity(status.peers), "mempool": .quantity(status.mempoolSize), "syncing": .bool(status.syncing != nil),
            ]
        },
    ]

    private static func validator(_ record: ValidatorRecord) -> JSONValue {
        let validator = record.validator
        return [
            "address": .data(validator.address),
            "moniker": .string(validator.moniker),
            "status": .string(record.status),
            "stake": .quantity(record.stake),
            "power": .quantity(validator.power),
            "commissionBasisPoints": .quantity(record.commissionBasisPoints),
            "endpoint": .string(validator.endpoint),
            "consensusKey": .data(validator.consensusKey),
            "nodeKey": .data(validator.nodeKey),
        ]
    }

    private static func encryptionNode(_ record: EncryptionNodeRecord) -> JSONValue {
        let node = record.node
        return [
            "address": .data(node.address),
            "id": .data(node.id),
            "moniker": .string(node.moniker),
            "class": .string(node.nodeClass == .operator ? "operator" : "community"),
            "status": .string(record.status),
            "stake": .quantity(record.stake),
            "capacityGiB": .quantity(node.capacityGiB),
            "endpoint": .string(node.endpoint),
            "nodeKey": .data(node.nodeKey),
        ]
    }
}
