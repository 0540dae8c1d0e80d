import ChainTypes
import Cryptography
import Execution
import Primitives

/// A transaction whose signature has been verified. Nobody verifies it again.
public struct VerifiedTransaction: Hashable, Sendable {
    public let signed: SignedTransaction

    /// Verifies the signature with the chain's context: the costly step of admission. nil when it does not hold.
    public init?(_ signed: SignedTransaction, genesis: Hash) {
        let context = UnsignedTransaction.signingContext(genesis: genesis)
        guard
            MLDSA.verify(
                suite: signed.body.suite, publicKey: signed.witness.publicKey, message: signed.body.signingPayload,
                context: context, signature: signed.witness.signature)
        else { return nil }
        self.signed = signed
    }

    public var body: UnsignedTransaction { signed.body }
    public var hash: Hash { signed.hash }
}

extension SignedTransaction {
    /// Bytes that count against a block's length.
    public var bodyBytes: Int { transaction.blockForm.count + witnessBytes }
}
