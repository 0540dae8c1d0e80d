import ChainTypes
import Cryptography
import Execution
import Mempool
import Primitives

/// A user of a simulated chain: signs with one-time keys, several in flight.
struct SimulatedAccount: Sendable {
    let seed: [UInt8]
    let address: Address
    private(set) var nonce: UInt64 = 0

    /// With money, and known to nobody else.
    static var adversarys: SimulatedAccount { get throws { try SimulatedAccount(999) } }

    init(_ index: Int) throws {
        seed = Keccak256.hash(Array("simulated account \(index)".utf8)).bytes
        address = Address(firstCommitment: try Self.key(seed, 0).commitment)
    }

    private static func key(_ seed: [UInt8], _ index: UInt64) throws -> SimulatedKey {
        var bytes = seed
        bytes.append(bigEndian: index)
        return try SimulatedKey.of(seed: Keccak256.hash(bytes).bytes)
    }

    /// Signs the next transfer or call.
    mutating func transaction(
        to recipient: Address, wei: UInt256, gas: UInt64 = 21_000, data: [UInt8] = [], chainID: UInt64, genesis: Hash
    ) throws -> SignedTransaction {
        let key = try Self.key(seed, nonce)
        let body = UnsignedTransaction(
            chainID: chainID, sender: address, nonce: nonce, maxPriorityFeePerGas: .one, maxFeePerGas: QST.gwei * 100,
            gasLimit: gas, to: recipient, value: wei, data: data, nextKeyCommitment: try Self.key(seed, nonce + 1).commitment)
        nonce += 1
        let signature = try key.sign(body.signingPayload, context: UnsignedTransaction.signingContext(genesis: genesis))
        return SignedTransaction(body: body, witness: Witness(publicKey: key.publicKey, signature: signature))
    }

    /// A node that has lost or never had earlier transactions says which nonce it expects.
    mutating func learn(from result: Result<Hash, AdmissionError>) {
        switch result {
        case .failure(.invalid(.nonceTooHigh(let expected, _))), .failure(.invalid(.nonceTooLow(let expected, _))): nonce = expected
        default: break
        }
    }
}
