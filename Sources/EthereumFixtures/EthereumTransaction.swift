import ChainTypes
import Cryptography
import Precompiles
import Primitives

/// A transaction of Ethereum's types 0 to 4, as state tests describe one. Its signature is not looked at:
/// tests name the sender. Nothing of this kind is ever accepted by a QuStream node.
struct EthereumTransaction {
    struct Authorization {
        var chainID: UInt256
        var address: Address
        var nonce: UInt256
        var yParity: UInt256
        var r: UInt256
        var s: UInt256
    }

    struct BlobFields {
        var hashes: [Hash]
        var maximumFee: UInt256
    }

    var sender: Address
    var nonce: UInt256
    var to: Address?
    var value: UInt256
    var data: [UInt8]
    var gasLimit: UInt64
    var maximumFee: UInt256
    /// nil before EIP-1559: the whole price goes to the proposer.
    var maximumPriorityFee: UInt256?
    var accessList: [AccessListEntry]
    var hasAccessList: Bool
    var blobs: BlobFields?
    var authorizations: [Authorization]?

    init(_ json: FixtureJSON, indexes: FixtureJSON) throws(FixtureError) {
        sender = try json["sender"].address()
        nonce = try json["nonce"].number()
        let recipient = try json["to"].bytes()
        guard recipient.isEmpty || recipient.count == 20 else { throw FixtureError("recipient of \(recipient.count) bytes") }
        to = Address(recipient)
        let index = try indexes["data"].index()
        data = try Self.item(json["data"], index).bytes()
        value = try Self.item(json["value"], try indexes["value"].index()).number()
        gasLimit = try Self.item(json["gasLimit"], try indexes["gas"].index()).small()
        let isDynamic = json["maxFeePerGas"].exists
        maximumFee = try (isDynamic ? json["maxFeePerGas"] : json["gasPrice"]).number()
        maximumPriorityFee = isDynamic ? try json["maxPriorityFeePerGas"].number() : nil
        let lists = json["accessLists"].items
        hasAccessList = index < lists.count && lists[index].exists
        accessList = []
        for entry in hasAccessList ? lists[index].items : [] {
            var slots: [Hash] = []
            for key in entry["storageKeys"].items { slots.append(try key.hash()) }
            accessList.append(AccessListEntry(address: try entry["address"].address(), slots: slots))
        }
        if json["blobVersionedHashes"].exists || json["maxFeePerBlobGas"].exists {
            var hashes: [Hash] = []
            for hash in json["blobVersionedHashes"].items { hashes.append(try hash.hash()) }
            blobs = BlobFields(hashes: hashes, maximumFee: try json["maxFeePerBlobGas"].number())
        }
        if json["authorizationList"].exists {
            var list: [Authorization] = []
            for item in json["authorizationList"].items { list.append(try Authorization(item)) }
            authorizations = list
        }
    }

    private static func item(_ json: FixtureJSON, _ index: Int) throws(FixtureError) -> FixtureJSON {
        guard json.items.indices.contains(index) else { throw FixtureError("\(json.path) has no item \(index)") }
        return json.items[index]
    }

    /// EIP-2718's type.
    var type: UInt8 { authorizations != nil ? 4 : blobs != nil ? 3 : maximumPriorityFee != nil ? 2 : hasAccessList ? 1 : 0 }
}

extension EthereumTransaction.Authorization {
    init(_ json: FixtureJSON) throws(FixtureError) {
        self.init(
            chainID: try json["chainId"].number(), address: try json["address"].address(), nonce: try json["nonce"].number(),
            yParity: try (json["yParity"].exists ? json["yParity"] : json["v"]).number(), r: try json["r"].number(), s: try json["s"].number())
    }

    private static let halfOrder = UInt256(
        limbs: 0xdfe9_2f46_681b_20a0, 0x5d57_6e73_57a4_501d, 0xffff_ffff_ffff_ffff, 0x7fff_ffff_ffff_ffff)

    /// Who signed it (EIP-7702), or nil for an invalid signature.
    var authority: Address? {
        guard yParity <= 1, s <= Self.halfOrder else { return nil }
        var writer = RLPWriter()
        writer.list {
            $0.append(chainID)
            $0.append(address)
            $0.append(nonce)
        }
        let digest = Keccak256.hash([0x05] + writer.bytes)
        let input = digest.bytes + Hash(yParity &+ 27).bytes + Hash(r).bytes + Hash(s).bytes
        let outcome = input.withUnsafeBytes { Precompiles.run(Address(low: 1), input: $0, gas: 10_000, fork: .cancun) }
        guard case .success(_, let output) = outcome, output.count == 32 else { return nil }
        return Address(output.suffix(20))
    }
}
