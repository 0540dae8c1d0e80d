import ChainTypes
import Cryptography
import Primitives
import WorldState

/// What people may know a validator by.
struct ValidatorDescription: RLPCodable {
    var moniker, website, contact: String

    func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(text: moniker)
            $0.append(text: website)
            $0.append(text: contact)
        }
    }

    init(moniker: String, website: String, contact: String) { (self.moniker, self.website, self.contact) = (moniker, website, contact) }

    init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            ValidatorDescription(
                moniker: try list.readText(atMost: 128), website: try list.readText(atMost: 256), contact: try list.readText(atMost: 256))
        }
    }

    init(_ arguments: inout Calldata, _ frame: inout NativeFrame) throws(NativeFailure) {
        var tuple = try arguments.tuple()
        moniker = try tuple.moniker(&frame)
        website = try tuple.line("website", atMost: 256, &frame)
        contact = try tuple.line("contact", atMost: 256, &frame)
    }
}

/// Where and by which keys a validator takes part.
struct ValidatorKeys: RLPCodable, Equatable {
    var consensusKey, nodeKey: [UInt8]
    var endpoint: String

    init(consensusKey: [UInt8], nodeKey: [UInt8], endpoint: String) {
        (self.consensusKey, self.nodeKey, self.endpoint) = (consensusKey, nodeKey, endpoint)
    }

    func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(consensusKey)
            $0.append(nodeKey)
            $0.append(text: endpoint)
        }
    }

    init(from reader: inout RLPReader) throws(RLPError) {
        let length = SignatureSuite.mldsa65.publicKeyBytes
        self = try reader.readList { (list) throws(RLPError) in
            ValidatorKeys(
                consensusKey: try list.readBytes(exactly: length), nodeKey: try list.readBytes(exactly: length),
                endpoint: try list.readText(atMost: 256))
        }
    }

    init(_ arguments: inout Calldata, _ frame: inout NativeFrame) throws(NativeFailure) {
        let length = SignatureSuite.mldsa65.publicKeyBytes
        consensusKey = try arguments.bytes(atMost: length, &frame)
        nodeKey = try arguments.bytes(atMost: length, &frame)
        endpoint = try arguments.line("endpoint", atMost: 256, &frame)
        guard consensusKey.count == length, nodeKey.count == length else { throw .revert("the keys are not of ML-DSA-65") }
        guard consensusKey != nodeKey else { throw .revert("consensus key and node key are the same") }
    }
}

// What operators of validators do.
extension Staking {
    static let validatorCreated = ABI.topic("CreateValidator(address,uint256)")
    static let validatorEdited = ABI.topic("EditValidator(address)")
    static let keysRotated = ABI.topic("RotateKeys(address,bytes32,bytes32)")
    private static let dailySeconds: UInt64 = 86_400

    struct Commission {
        var rate, maximum, maximumDailyChange: UInt256
    }

    static func createValidator(
        _ validator: Address, _ description: ValidatorDescription, _ commission: Commission, _ keys: ValidatorKeys, wei: UInt256,
        _ state: inout some ContractState
    ) throws(NativeFailure) {
        guard try wei >= Parameters.get(.minimumSelfStake, &state) else { throw .revert("the stake is below the minimum") }
        try useKey(keys.consensusKey, of: validator, &state)
        try useKey(keys.nodeKey, of: validator, &state)
        try create(validator, description, commission, keys, wei: wei, &state)
        try state.emit(topics: [validatorCreated, validator.padded], data: Hash(wei).bytes, of: address)
    }

    /// The same without the minimum and without looking at the keys.
    static func create(
        _ validator: Address, _ description: ValidatorDescription, _ commission: Commission, _ keys: ValidatorKeys, wei: UInt256,
        _ state: inout some ContractState
    ) throws(NativeFailure) {
        let record = self.validator(validator)
        guard !(try record.flag(.isCreated, &state)) else { throw .revert("the validator exists already") }
        guard commission.maximum <= QST.one, commission.rate <= commission.maximum, commission.maximumDailyChange <= commission.maximum
        else {
            throw .revert("the commission is out of its limits")
        }
        try record.set(.isCreated, .one, &state)
        try record.set(.commission, commission.rate, &state)
        try record.set(.maximumCommission, commission.maximum, &state)
        try record.set(.maximumDailyChange, commission.maximumDailyChange, &state)
        try record.set(.commissionChangedAt, UInt256(state.seconds), &state)
        try state.storeBlob(descriptionKey(validator), description.rlp, of: address)
        try state.storeBlob(keysKey(validator), keys.rlp, of: address)
        _ = try addShares(validator, validator, wei: wei, &state)
    }

    /// Changes what a validator is known by and, unless the rate is 2^256 − 1, its commission: by at most the daily change,
    /// once a day.
    static func editValidator(
        _ validator: Address, _ description: ValidatorDescription, commission: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) {
        try requireValidator(validator, &state)
        try state.storeBlob(descriptionKey(validator), description.rlp, of: address)
        if commission != .max { try changeCommission(validator, commission, &state) }
        try state.emit(topics: [validatorEdited, validator.padded], data: [], of: address)
    }

    private static func changeCommission(_ validator: Address, _ rate: UInt256, _ state: inout some ContractState) throws(NativeFailure) {
        let record = self.validator(validator)
        let old = try record.get(.commission, &state)
        guard rate <= (try record.get(.maximumCommission, &state)) else { throw .revert("the commission is above its maximum") }
        guard state.seconds >= (try record.number(.commissionChangedAt, &state).later(by: dailySeconds)) else {
            throw .revert("the commission changed less than a day ago")
        }
        guard try max(rate, old).minus(min(rate, old)) <= (try record.get(.maximumDailyChange, &state)) else {
            throw .revert("the commission changes by more than a day's maximum")
        }
        try Distribution.settle(validator, &state)
        try record.set(.commission, rate, &state)
        try record.set(.commissionChangedAt, UInt256(state.seconds), &state)
    }

    /// Gives a validator other keys; they count in the first set that is chosen from now on. A key that is kept may be given again.
    static func rotateKeys(_ validator: Address, _ keys: ValidatorKeys, _ state: inout some ContractState) throws(NativeFailure) {
        try requireValidator(validator, &state)
        let old = try self.keys(validator, &state)
        if keys.consensusKey != old.consensusKey {
            try useKey(keys.consensusKey, of: validator, &state)
            try retireKey(old.consensusKey, &state)
        }
        if keys.nodeKey != old.nodeKey { try useKey(keys.nodeKey, of: validator, &state) }
        try state.storeBlob(keysKey(validator), keys.rlp, of: address)
        try state.emit(
            topics: [keysRotated, validator.padded],
            data: Keccak256.hash(keys.consensusKey).bytes + Keccak256.hash(keys.nodeKey).bytes, of: address)
    }

    static func keys(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) -> ValidatorKeys {
        do { return try ValidatorKeys(rlp: try state.loadBlob(keysKey(validator), of: address)) } catch let error as NativeFailure {
            throw error
        } catch { throw .state(StateError("the keys of validator \(validator) are malformed")) }
    }

    static func description(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) -> ValidatorDescription {
        let bytes = try state.loadBlob(descriptionKey(validator), of: address)
        do { return try ValidatorDescription(rlp: bytes) } catch { throw .state(StateError("the description of validator \(validator) is malformed")) }
    }
}
