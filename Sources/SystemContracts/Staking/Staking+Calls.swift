import ChainTypes
import Cryptography
import Primitives
import WorldState

extension Staking {
    private static let delegatorMethods = [
        Method("delegate(address)", payable: true) { (arguments, frame) throws(NativeFailure) in
            try delegate(frame.caller, to: try arguments.address(), wei: frame.value, &frame)
            return [.flag(true)]
        },
        Method("undelegate(address,uint256)") { (arguments, frame) throws(NativeFailure) in
            [.number(try undelegate(frame.caller, from: try arguments.address(), wei: try arguments.word(), &frame))]
        },
        Method("redelegate(address,address,uint256)") { (arguments, frame) throws(NativeFailure) in
            let (source, destination) = (try arguments.address(), try arguments.address())
            return [.number(try redelegate(frame.caller, from: source, to: destination, wei: try arguments.word(), &frame))]
        },
        Method("cancelUnbondingDelegation(address,uint256,uint256)") { (arguments, frame) throws(NativeFailure) in
            let (validator, wei) = (try arguments.address(), try arguments.word())
            try cancelUnbonding(frame.caller, validator, wei: wei, height: try arguments.uint64(), &frame)
            return [.flag(true)]
        },
        Method("completeUnbonding(address,address)") { (arguments, frame) throws(NativeFailure) in
            [.word(try completeUnbonding(try arguments.address(), try arguments.address(), &frame))]
        },
    ]

    private static let validatorMethods = [
        Method(
            "createValidator((string,string,string),(uint256,uint256,uint256),bytes,bytes,string,bytes,bytes)", payable: true
        ) { (arguments, frame) throws(NativeFailure) in
            let description = try ValidatorDescription(&arguments, &frame)
            let commission = Commission(rate: try arguments.word(), maximum: try arguments.word(), maximumDailyChange: try arguments.word())
            let keys = try provenKeys(&arguments, &frame)
            try createValidator(frame.caller, description, commission, keys, wei: frame.value, &frame)
            return [.flag(true)]
        },
        Method("editValidator((string,string,string),uint256)") { (arguments, frame) throws(NativeFailure) in
            let description = try ValidatorDescription(&arguments, &frame)
            try editValidator(frame.caller, description, commission: try arguments.word(), &frame)
            return [.flag(true)]
        },
        Method("rotateKeys(bytes,bytes,string,bytes,bytes)") { (arguments, frame) throws(NativeFailure) in
            try rotateKeys(frame.caller, try provenKeys(&arguments, &frame), &frame)
            return [.flag(true)]
        },
        Method("unjail()") { (_, frame) throws(NativeFailure) in
            try requireValidator(frame.caller, &frame)
            try unjail(frame.caller, &frame)
            return [.flag(true)]
        },
    ]

    private static func provenKeys(_ arguments: inout Calldata, _ frame: inout NativeFrame) throws(NativeFailure) -> ValidatorKeys {
        let keys = try ValidatorKeys(&arguments, &frame)
        try frame.requirePossession(of: keys.consensusKey, &arguments)
        try frame.requirePossession(of: keys.nodeKey, &arguments)
        return keys
    }

    private static let nodeMethods = [
        Method("registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)", payable: true) { (arguments, frame) throws(NativeFailure) in
            guard let raw = UInt8(exactly: try arguments.uint64()), let nodeClass = NodeClass(rawValue: raw) else {
                throw .revert("there is no such class of node")
            }
            try register(try encryptionNode(&arguments, nodeClass, &frame), wei: frame.value, &frame)
            return [.flag(true)]
        },
        Method("updateEncryptionNode(uint64,bytes,string,string,bytes)") { (arguments, frame) throws(NativeFailure) in
            try updateNode(try encryptionNode(&arguments, .community, &frame), &frame)
            return [.flag(true)]
        },
        Method("addEncryptionStake()", payable: true) { (_, frame) throws(NativeFailure) in
            guard try node(frame.caller).get(.status, &frame) == .one else { throw .revert("the node is not registered") }
            try node(frame.caller).add(.stake, frame.value, &frame)
            try sum(nodeStakeSlot, add: frame.value, &frame)
            try frame.store(nodeListChangedSlot, .one, of: address)
            try frame.emit(topics: [nodeStakeAdded, frame.caller.padded], data: Hash(frame.value).bytes, of: address)
            return [.flag(true)]
        },
        Method("exitEncryptionNode()") { (_, frame) throws(NativeFailure) in [.number(try leave(frame.caller, &frame))] },
        Method("completeExit(address)") { (arguments, frame) throws(NativeFailure) in
            [.word(try completeLeaving(try arguments.address(), &frame))]
        },
        Method("unjailEncryptionNode()") { (_, frame) throws(NativeFailure) in
            try unjailNode(frame.caller, &frame)
            return [.flag(true)]
        },
    ]

    private static func encryptionNode(
        _ arguments: inout Calldata, _ nodeClass: NodeClass, _ frame: inout NativeFrame
    ) throws(NativeFailure) -> EncryptionNode {
        let (capacity, key) = (try arguments.uint64(), try arguments.bytes(atMost: SignatureSuite.mldsa65.publicKeyBytes, &frame))
        let (endpoint, moniker) = (try arguments.line("endpoint", atMost: 256, &frame), try arguments.moniker(&frame))
        guard key.count == SignatureSuite.mldsa65.publicKeyBytes else { throw .revert("the key is not of ML-DSA-65") }
        guard capacity > 0, capacity <= 1 << 40 else { throw .revert("the capacity is out of bounds") }
        try frame.requirePossession(of: key, &arguments)
        return EncryptionNode(
            address: frame.caller, nodeClass: nodeClass, nodeKey: key, endpoint: endpoint, capacityGiB: capacity, moniker: moniker)
    }

    private static let queries = [
        Method("delegation(address,address)") { (arguments, frame) throws(NativeFailure) in
            let (delegator, validator) = (try arguments.address(), try arguments.address())
            return [.word(try shares(delegator, validator, &frame)), .word(try balance(delegator, validator, &frame))]
        },
        Method("unbondingDelegation(address,address)") { (arguments, frame) throws(NativeFailure) in
            let entries = unbonding(try arguments.address(), try arguments.address())
            return try columns(entries, [.tokens, .createdAt, .completesAt, .height], &frame)
        },
        Method("redelegations(address,address)") { (arguments, frame) throws(NativeFailure) in
            let entries = redelegations(try arguments.address(), to: try arguments.address())
            return try columns(entries, [.source, .tokens, .createdAt, .completesAt], &frame)
        },
        Method("validator(address)") { (arguments, frame) throws(NativeFailure) in
            let validator = try arguments.address()
            try requireValidator(validator, &frame)
            var values: [ABIValue] = []
            for field in ValidatorField.allCases.dropFirst() { values.append(.word(try Staking.validator(validator).get(field, &frame))) }
            values.append(.word(try balance(validator, validator, &frame)))
            values.append(.flag(try Distribution.validator(validator).flag(.isActive, &frame)))
            let description = try description(validator, &frame)
            return values + [.text(description.moniker), .text(description.website), .text(description.contact)]
        },
        Method("validatorKeys(address)") { (arguments, frame) throws(NativeFailure) in
            let validator = try arguments.address()
            try requireValidator(validator, &frame)
            let keys = try keys(validator, &frame)
            return [.bytes(keys.consensusKey), .bytes(keys.nodeKey), .text(keys.endpoint)]
        },
        Method("validators(uint256,uint256)") { (arguments, frame) throws(NativeFailure) in
            let first = try arguments.uint64()
            let page = try validators.page(from: first, limit: min(1000, try arguments.uint64()), &frame)
            return [.words(page.map(\.word)), .number(try validators.count(&frame))]
        },
        Method("encryptionNodes(uint256,uint256)") { (arguments, frame) throws(NativeFailure) in
            let first = try arguments.uint64()
            let page = try nodes.page(from: first, limit: min(1000, try arguments.uint64()), &frame)
            return [.words(page.map(\.word)), .number(try nodes.count(&frame))]
        },
        Method("encryptionNode(address)") { (arguments, frame) throws(NativeFailure) in
            let node = try arguments.address()
            var values: [ABIValue] = []
            for field in NodeField.allCases { values.append(.word(try Staking.node(node).get(field, &frame))) }
            return values + [.flag(try Distribution.node(node).flag(.isActive, &frame))]
        },
        Method("totals()") { (_, frame) throws(NativeFailure) in
            [
                .word(try frame.load(bondedSlot, of: address)), .word(try frame.load(unbondingSlot, of: address)),
                .word(try frame.load(nodeStakeSlot, of: address)),
            ]
        },
    ]

    /// Members of all entries, an array for each member.
    private static func columns<Field>(
        _ entries: EntryList<Field>, _ fields: [Field], _ frame: inout NativeFrame
    ) throws(NativeFailure) -> [ABIValue] {
        try columns(entries, fields, in: 0..<(try entries.count(&frame)), &frame)
    }

    public static let methods = MethodTable(delegatorMethods + validatorMethods + nodeMethods + queries + pages)
}
