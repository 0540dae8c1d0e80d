import ChainTypes
import Cryptography
import EVM
import Precompiles
import Primitives
import WorldState

/// Ethereum's rules for one transaction (Yellow Paper section 6 and the EIPs of each fork).
struct EthereumExecutor {
    var evm: EVM
    let blobSchedule: BlobSchedule

    struct BlobSchedule {
        var maximum: Int
        var baseFee: UInt256
    }

    private var fork: Fork { evm.fork }

    init(state: FixtureState, block: BlockContext, fork: Fork, blobSchedule: BlobSchedule) {
        evm = EVM(state: WorldState(reader: state), block: block, fork: fork)
        self.blobSchedule = blobSchedule
    }

    /// Runs a transaction and gives its logs; throws and leaves the state alone where the rules refuse it.
    mutating func execute(_ transaction: EthereumTransaction) throws -> (outcome: Outcome, logs: [Log]) {
        let intrinsic = IntrinsicGas.of(
            data: transaction.data, isCreation: transaction.to == nil, accessList: transaction.accessList,
            authorizations: transaction.authorizations?.count ?? 0, fork: fork)
        let floor = IntrinsicGas.floor(data: transaction.data, fork: fork)
        try check(transaction, intrinsic: max(intrinsic, floor))

        let baseFee = fork >= .london ? evm.block.baseFee : .zero
        let tip = transaction.maximumPriorityFee.map { min($0, transaction.maximumFee - baseFee) } ?? (transaction.maximumFee - baseFee)
        let price = baseFee + tip
        let sender = evm.state.index(transaction.sender)
        _ = evm.state.debit(sender, price &* UInt256(transaction.gasLimit) &+ blobFee(transaction, price: blobSchedule.baseFee))
        evm.state.setNonce(sender, evm.state.nonce(sender) + 1)
        for authorization in transaction.authorizations ?? [] { apply(authorization) }

        let outcome = try evm.run(
            Message(
                caller: transaction.sender, to: transaction.to, value: transaction.value, input: transaction.data,
                gas: transaction.gasLimit - intrinsic, gasPrice: price, accessList: transaction.accessList,
                blobHashes: transaction.blobs?.hashes ?? []))
        let used = outcome.gasUsed(limit: transaction.gasLimit, floor: floor, fork: fork)
        evm.state.credit(sender, price &* UInt256(transaction.gasLimit - used))
        evm.state.credit(evm.state.index(evm.block.beneficiary), tip &* UInt256(used))
        return (outcome, evm.state.endTransaction(clearsEmpty: fork >= .spuriousDragon))
    }

    private func blobFee(_ transaction: EthereumTransaction, price: UInt256) -> UInt256 {
        UInt256(UInt64(transaction.blobs?.hashes.count ?? 0) * 131_072) &* price
    }

    private mutating func check(_ transaction: EthereumTransaction, intrinsic: UInt64) throws(FixtureError) {
        try checkType(transaction)
        guard transaction.gasLimit <= evm.block.gasLimit else { throw FixtureError("gas limit above the block's") }
        guard fork < .osaka || transaction.gasLimit <= 1 << 24 else { throw FixtureError("gas limit above 2^24 (EIP-7825)") }
        guard transaction.gasLimit >= intrinsic else { throw FixtureError("gas limit below \(intrinsic)") }
        if transaction.to == nil, fork >= .shanghai, transaction.data.count > 49_152 { throw FixtureError("init code too long") }
        let sender = evm.state.index(transaction.sender)
        guard let nonce = transaction.nonce.asUInt64, nonce < .max, nonce == evm.state.nonce(sender) else { throw FixtureError("wrong nonce") }
        let code = evm.state.code(sender)
        guard fork < .london || code.count == 0 || (fork >= .prague && code.delegate != nil) else { throw FixtureError("sender has code") }
        if fork >= .london, transaction.maximumFee < evm.block.baseFee { throw FixtureError("fee below the base fee") }
        if let priority = transaction.maximumPriorityFee, priority > transaction.maximumFee { throw FixtureError("priority fee above the fee") }
        let gas = UInt256(transaction.gasLimit).checkedMultiply(transaction.maximumFee)
        let blob = blobFee(transaction, price: transaction.blobs?.maximumFee ?? .zero)
        guard let cost = gas?.checkedAdd(transaction.value)?.checkedAdd(blob), evm.state.balance(sender) >= cost else {
            throw FixtureError("insufficient funds")
        }
    }

    private func checkType(_ transaction: EthereumTransaction) throws(FixtureError) {
        let first: [Fork] = [.frontier, .berlin, .london, .cancun, .prague]
        guard fork >= first[Int(transaction.type)] else { throw FixtureError("type \(transaction.type) is not known yet") }
        if let blobs = transaction.blobs {
            guard transaction.to != nil, !blobs.hashes.isEmpty else { throw FixtureError("blobs without recipient, or none") }
            let most = fork >= .osaka ? min(6, blobSchedule.maximum) : blobSchedule.maximum
            guard blobs.hashes.count <= most else { throw FixtureError("too many blobs") }
            guard blobs.hashes.allSatisfy({ $0.bytes[0] == 1 }) else { throw FixtureError("unknown blob version") }
            guard blobs.maximumFee >= blobSchedule.baseFee else { throw FixtureError("blob fee too low") }
        }
        if let authorizations = transaction.authorizations {
            guard transaction.to != nil, !authorizations.isEmpty else { throw FixtureError("authorizations without recipient, or none") }
        }
    }

    /// Sets or clears an account's delegation (EIP-7702); an invalid authorization is passed over.
    private mutating func apply(_ authorization: EthereumTransaction.Authorization) {
        guard authorization.chainID.isZero || authorization.chainID == UInt256(evm.block.chainID),
            let nonce = authorization.nonce.asUInt64, nonce < .max, let authority = authorization.authority
        else { return }
        let index = evm.state.index(authority)
        _ = evm.state.access(index)
        let code = evm.state.code(index)
        guard code.count == 0 || code.delegate != nil, evm.state.nonce(index) == nonce else { return }
        if evm.state.exists(index) { evm.state.refund += 12_500 }
        evm.state.setCode(index, authorization.address == .zero ? [] : [0xef, 0x01, 0x00] + authorization.address.bytes)
        evm.state.setNonce(index, nonce + 1)
    }
}
