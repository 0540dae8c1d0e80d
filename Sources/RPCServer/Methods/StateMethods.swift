import ChainTypes
import Primitives

/// Accounts, code, storage and proofs of them, after any block whose state the node still has.
enum StateMethods {
    static let maximumProofSlots = 1024

    static let table: [String: RPCMethod] = [
        "eth_getBalance": .read { reader, parameters in
            .quantity(try reader.account(parameters.address(0), at: parameters.block(1, reader)).balance)
        },
        "eth_getTransactionCount": .read { reader, parameters in
            let address = try parameters.address(0)
            if try parameters.selector(1) == .pending { return .quantity(try reader.pendingNonce(address)) }
            return .quantity(try reader.account(address, at: parameters.block(1, reader)).nonce)
        },
        "eth_getCode": .read { reader, parameters in .data(try reader.code(parameters.address(0), at: parameters.block(1, reader))) },
        "eth_getStorageAt": .read { reader, parameters in
            let (address, slot) = (try parameters.address(0), try Field.storageKey(parameters.required(1)))
            return .data(try reader.storage(address, slot: slot, at: parameters.block(2, reader)))
        },
        "eth_getStorageValues": .read { reader, parameters in try storageValues(reader, parameters) },
        "eth_getProof": .read { reader, parameters in try proof(reader, parameters) },
    ]

    /// Slots of several accounts: `{address: [slot]}`.
    private static func storageValues(_ reader: any ChainReader, _ parameters: RPCParameters) throws -> JSONValue {
        guard case .object(let members) = try parameters.required(0) else {
            throw RPCFailure.invalidParameters("invalid argument 0: expected an object")
        }
        let requests = try members.map { member in
            guard let keys = member.value.asArray else {
                throw RPCFailure.invalidParameters("invalid argument 0: expected arrays of slots")
            }
            return (
                name: member.name, address: try Field.address(.string(member.name), "argument 0"), slots: try keys.map(Field.storageKey)
            )
        }
        let count = requests.reduce(0) { $0 + $1.slots.count }
        guard count > 0 else { throw RPCFailure.invalidParameters("empty request") }
        guard count <= maximumProofSlots else { throw RPCFailure.invalidParameters("too many slots (max \(maximumProofSlots))") }
        let number = try parameters.block(1, reader)
        return .object(
            try requests.map { request in
                .init(request.name, .array(try request.slots.map { .data(try reader.storage(request.address, slot: $0, at: number)) }))
            })
    }

    private static func proof(_ reader: any ChainReader, _ parameters: RPCParameters) throws -> JSONValue {
        let address = try parameters.address(0)
        guard let keys = try parameters.required(1).asArray else {
            throw RPCFailure.invalidParameters("invalid argument 1: expected an array")
        }
        guard keys.count <= maximumProofSlots else {
            throw RPCFailure.invalidParameters("too many slots (max \(maximumProofSlots))")
        }
        let slots = try keys.map(Field.storageKey)
        let proof = try reader.proof(address, slots: slots, at: parameters.block(2, reader))
        let storage = zip(keys, proof.slots).map { key, slot -> JSONValue in
            // As geth: a full-length key comes back as it is, a short one as a quantity.
            let isFull = key.asString?.utf8.count == 66
            return [
                "key": isFull ? .data(slot.slot) : .quantity(slot.slot.number), "value": .quantity(slot.value.number),
                "proof": .array(slot.nodes.map { .data($0) }),
            ]
        }
        return [
            "address": .data(address),
            "accountProof": .array(proof.nodes.map { .data($0) }),
            "balance": .quantity(proof.account.balance),
            "codeHash": .data(proof.account.codeHash),
            "nonce": .quantity(proof.account.nonce),
            "storageHash": .data(proof.account.storageRoot),
            "storageProof": .array(storage),
        ]
    }
}
