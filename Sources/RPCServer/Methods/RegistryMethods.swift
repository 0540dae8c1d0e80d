import ChainTypes
import Primitives

/// `qs_*` about the members of the two networks, keys and key requests.
enum RegistryMethods {
    static let table: [String: RPCMethod] = [
        "qs_getValidators": .read { reader, _ in .array(try reader.validators().map(validator)) },
        "qs_getEncryptionNodes": .read { reader, _ in .array(try reader.encryptionNodes().map(encryptionNode)) },
        "qs_getChallenges": .read { reader, parameters in
            let node = try parameters.optional(0) == nil ? nil : parameters.address(0)
            return .array(try reader.challenges(of: node).map(challenge))
        },
        "qs_getDelegations": .read { reader, parameters in
            .array(try reader.delegations(of: parameters.address(0)).map(delegation))
        },
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

    private static func validator(_ report: ValidatorReport) -> JSONValue {
        let validator = report.validator
        return [
            "address": .data(validator.address),
            "moniker": .string(validator.moniker),
            "website": .string(report.website),
            "contact": .string(report.contact),
            "status": .string(report.status.rawValue),
            "stake": .quantity(report.stake),
            "selfStake": .quantity(report.selfStake),
            "power": .quantity(validator.power),
            "nextPower": .quantity(report.nextPower),
            "commission": .quantity(report.commission),
            "maximumCommission": .quantity(report.maximumCommission),
            "maximumDailyChange": .quantity(report.maximumDailyChange),
            "commissionDue": .quantity(report.commissionDue),
            "jailedUntil": .quantity(report.jailedUntil),
            "delivered": .quantity(report.delivered),
            "missed": .quantity(report.missed),
            "missedInARow": .quantity(report.missedInARow),
            "endpoint": .string(validator.endpoint),
            "consensusKey": .data(validator.consensusKey),
            "nodeKey": .data(validator.nodeKey),
        ]
    }

    private static func encryptionNode(_ report: EncryptionNodeReport) -> JSONValue {
        let node = report.node
        return [
            "address": .data(node.address),
            "id": .data(node.id),
            "moniker": .string(node.moniker),
            "class": .string(node.nodeClass == .operator ? "operator" : "community"),
            "status": .string(report.status.rawValue),
            "listed": .bool(report.isListed),
            "stake": .quantity(report.stake),
            "rewards": .quantity(report.rewards),
            "jailedUntil": .quantity(report.jailedUntil),
            "leavesAt": .quantity(report.leavesAt),
            "capacityGiB": .quantity(node.capacityGiB),
            "endpoint": .string(node.endpoint),
            "nodeKey": .data(node.nodeKey),
        ]
    }

    private static func challenge(_ report: ChallengeReport) -> JSONValue {
        [
            "id": .quantity(report.id),
            "status": .string("\(report.status)"),
            "node": .data(report.node),
            "challenger": .data(report.challenger),
            "deposit": .quantity(report.deposit),
            "key": report.key == .zero ? .null : .data(report.key),
            "chunk": .quantity(report.chunk),
            "deadline": .quantity(report.deadline),
        ]
    }

    private static func delegation(_ report: DelegationReport) -> JSONValue {
        [
            "validator": .data(report.validator),
            "moniker": .string(report.moniker),
            "shares": .quantity(report.shares),
            "stake": .quantity(report.stake),
            "rewards": .quantity(report.rewards),
            "lockedUntil": .quantity(report.lockedUntil),
            "unbonding": .array(
                report.unbonding.map {
                    ["amount": .quantity($0.wei), "completesAt": .quantity($0.completesAt), "height": .quantity($0.height)]
                }),
        ]
    }
}
