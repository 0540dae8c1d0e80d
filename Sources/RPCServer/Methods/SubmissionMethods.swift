import ChainTypes

/// Taking transactions in, and refusing to sign: nodes hold no keys.
enum SubmissionMethods {
    static let table: [String: RPCMethod] = {
        var table: [String: RPCMethod] = ["eth_sendRawTransaction": .wait { context, parameters in try await send(context, parameters) }]
        let signing = [
            "eth_sign", "eth_signTransaction", "eth_sendTransaction", "eth_signTypedData", "eth_signTypedData_v3", "eth_signTypedData_v4",
            "personal_sign",
        ]
        for name in signing {
            table[name] = .wait { _, _ in
                throw RPCFailure.unsupported(
                    "\(name) is not supported: nodes hold no keys; sign in the wallet and use eth_sendRawTransaction")
            }
        }
        return table
    }()

    private static func send(_ context: RPCContext, _ parameters: RPCParameters) async throws -> JSONValue {
        let bytes = try parameters.data(0)
        guard bytes.count <= SignedTransaction.maximumBytes else {
            throw RPCFailure(
                message: "oversized data: transaction size \(bytes.count), limit \(SignedTransaction.maximumBytes)", reason: "oversized")
        }
        guard bytes.first == UnsignedTransaction.type else {
            throw RPCFailure(message: "transaction type not supported: this chain takes type 0x51 only", reason: "unsupportedType")
        }
        let transaction: SignedTransaction
        do {
            transaction = try SignedTransaction(networkForm: bytes)
        } catch {
            throw RPCFailure(message: "rlp: the transaction is malformed (\(error))", reason: "malformed")
        }
        guard transaction.body.chainID == context.reader.chainID else {
            throw RPCFailure(
                message: "invalid chain id for signer: have \(transaction.body.chainID) want \(context.reader.chainID)",
                reason: "wrongChain")
        }
        switch await context.submitter.submit(transaction) {
        case .success(let hash): return .data(hash)
        case .failure(let refusal): throw RPCFailure(message: refusal.message, reason: refusal.reason)
        }
    }
}
