import Cryptography
import Primitives

/// The proof that whoever registers a consensus or node key has it: without one, an operator could take another's key
/// for its own, and either be blamed for the other's faults.
public enum KeyPossession {
    public static let signingContext = DomainTag.keyPossession.bytes

    /// What the key signs: `rlp([genesis, operator, key])`. Binds the chain and the account that registers the key.
    /// - Parameter genesis: the envelope hash of the genesis block.
    public static func message(genesis: Hash, operator account: Address, key: [UInt8]) -> [UInt8] {
        var writer = RLPWriter()
        writer.list {
            $0.append(genesis)
            $0.append(account)
            $0.append(key)
        }
        return writer.bytes
    }

    /// Whether an ML-DSA-65 signature shows that an account's operator has a key.
    public static func holds(_ signature: [UInt8], genesis: Hash, operator account: Address, key: [UInt8]) -> Bool {
        MLDSA.verify(
            suite: .mldsa65, publicKey: key, message: message(genesis: genesis, operator: account, key: key), context: signingContext,
            signature: signature)
    }
}
