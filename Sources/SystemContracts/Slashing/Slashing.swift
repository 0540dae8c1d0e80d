import ChainTypes
import Cryptography
import Primitives
import WorldState

/// `0x…0806`: what costs validators and encryption nodes their stake, and suspends them.
///
/// Blocks carry the evidence that their proposers saw, and count turns; anyone can bring in older evidence.
public enum Slashing: SystemContract {
    public static let address = Address(low: 0x0806)
    static let doubleSigned = ABI.topic("DoubleSign(address,uint256,uint256)")

    private static let maximumEvidenceBytes = 8192
    private static let maximumReceiptBytes = 4096
    private static let maximumAnswerBytes = 12_288
    /// To hash a chunk and the longest path.
    private static let openingGas =
        NativeGas.hash(ChunkTree.chunkBytes) + NativeGas.hash(65) * UInt64(ChunkTree.maximumPathLength)

    public static let methods = MethodTable([
        Method("submitDoubleSign(bytes,bytes)") { (arguments, frame) throws(NativeFailure) in
            let key = try arguments.bytes(atMost: SignatureSuite.mldsa65.publicKeyBytes, &frame)
            guard key.count == SignatureSuite.mldsa65.publicKeyBytes else { throw .revert("the key is not of ML-DSA-65") }
            guard let evidence: Evidence = try arguments.record(atMost: maximumEvidenceBytes, &frame) else {
                throw .revert("the votes do not contradict each other")
            }
            try frame.charge(2 * NativeGas.signature)
            try punish(DoubleSign(consensusKey: key, evidence: evidence), genesis: frame.block.genesis, &frame)
            return [.flag(true)]
        },
        Method("challengeNode(address)", payable: true) { (arguments, frame) throws(NativeFailure) in
            let node = try arguments.address()
            return [.number(try challengePresence(of: node, by: frame.caller, wei: frame.value, &frame))]
        },
        Method("auditNode(bytes,bytes,uint64)", payable: true) { (arguments, frame) throws(NativeFailure) in
            let key = try arguments.bytes(atMost: SignatureSuite.mldsa65.publicKeyBytes, &frame)
            guard key.count == SignatureSuite.mldsa65.publicKeyBytes, let node = try Staking.keyOwner(key, &frame) else {
                throw .revert("the key is no encryption node's")
            }
            guard let signed: SignedKeyReceipt = try arguments.record(atMost: maximumReceiptBytes, &frame) else {
                throw .revert("malformed receipt")
            }
            let chunk = try arguments.uint64()
            try frame.charge(NativeGas.signature)
            guard signed.isSigned(by: key) else { throw .revert("the receipt is not signed by the node") }
            return [.number(try audit(node, key, signed.receipt, chunk: chunk, by: frame.caller, wei: frame.value, &frame))]
        },
        // Blocks carry answers; this is for a node that reaches no proposer.
        Method("answerChallenge(bytes)") { (arguments, frame) throws(NativeFailure) in
            guard let answer: ChallengeAnswer = try arguments.record(atMost: maximumAnswerBytes, &frame) else {
                throw .revert("malformed answer")
            }
            try frame.charge(NativeGas.signature + openingGas)
            try meet(answer, genesis: frame.block.genesis, &frame)
            return [.flag(true)]
        },
        Method("challenge(uint256)") { (arguments, frame) throws(NativeFailure) in
            let report = try report(ofChallenge: try arguments.uint64(), &frame)
            guard let report else { throw .revert("there is no such challenge") }
            return [
                .address(report.node), .address(report.challenger), .word(report.deposit), .word(report.key.number),
                .number(report.chunk), .number(report.deadline), .number(report.status.rawValue),
            ]
        },
        Method("signingInfo(address)") { (arguments, frame) throws(NativeFailure) in
            let validator = try arguments.address()
            let part = try currentPart(atMilliseconds: frame.seconds.milliseconds, &frame)
            let turns = try window(validator, endingWith: part, &frame)
            let staked = Staking.validator(validator)
            return [
                .number(turns.delivered), .number(turns.missed), .word(try signing(validator).get(.missedInARow, &frame)),
                .word(try staked.get(.jailedUntil, &frame)), .word(try staked.get(.isTombstoned, &frame)),
            ]
        },
    ])

    /// Calldata that audits a node by its receipt; the deposit goes with it.
    public static func auditCall(nodeKey: [UInt8], _ receipt: SignedKeyReceipt, chunk: UInt64) -> [UInt8] {
        ABI.call("auditNode(bytes,bytes,uint64)", values: [.bytes(nodeKey), .bytes(receipt.rlp), .number(chunk)])
    }
}

extension Slashing {
    /// Those of some items that a block on a state can carry, in order: a later one sees what the ones before it changed, and
    /// nothing of those that were refused.
    package static func acceptable<Item>(
        _ items: [Item], atMost maximum: Int, seconds: UInt64, height: UInt64, on reader: any StateReader,
        _ apply: (Item, inout HookState) throws(NativeFailure) -> Void
    ) throws(StateError) -> [Item] {
        var state = WorldState(reader: reader)
        return try HookState.run(seconds: seconds, height: height, in: &state) { (hook) throws(NativeFailure) in
            var found: [Item] = []
            for item in items where found.count < maximum {
                let checkpoint = hook.state.checkpoint()
                do throws(NativeFailure) {
                    try apply(item, &hook)
                    found.append(item)
                } catch .revert {
                    hook.state.revert(to: checkpoint)
                }
            }
            return found
        }
    }
}
