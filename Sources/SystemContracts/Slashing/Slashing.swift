import ChainTypes
import Cryptography
import Primitives
import WorldState

/// `0x…0806`: what costs validators and encryption nodes their stake, and suspends them.
///
/// Blocks carry the evidence that their proposers saw, and count turns; anyone can bring in older evidence.
public enum Slashing: NativeContract {
    public static let address = Address(low: 0x0806)
    static let doubleSigned = ABI.topic("DoubleSign(address,uint256,uint256)")

    private static let maximumEvidenceBytes = 8192

    private static let methods = [
        Method("submitDoubleSign(bytes,bytes)") { (arguments, frame) throws(NativeFailure) in
            let key = try arguments.bytes(atMost: SignatureSuite.mldsa65.publicKeyBytes)
            guard key.count == SignatureSuite.mldsa65.publicKeyBytes else { throw .revert("the key is not of ML-DSA-65") }
            guard let evidence = try? Evidence(rlp: try arguments.bytes(atMost: maximumEvidenceBytes)) else {
                throw .revert("the votes do not contradict each other")
            }
            try frame.charge(2 * NativeFrame.signatureGas)
            try punish(DoubleSign(consensusKey: key, evidence: evidence), genesis: frame.block.genesis, &frame)
            return [.flag(true)]
        },
        Method("signingInfo(address)") { (arguments, frame) throws(NativeFailure) in
            let validator = try arguments.address()
            let part = try currentPart(atMilliseconds: frame.seconds * 1000, &frame)
            let turns = try window(validator, endingWith: part, &frame)
            let staked = Staking.validator(validator)
            return [
                .number(turns.delivered), .number(turns.missed), .word(try signing(validator).get(.missedInARow, &frame)),
                .word(try staked.get(.jailedUntil, &frame)), .word(try staked.get(.isTombstoned, &frame)),
            ]
        },
    ]

    public static func call(_ input: [UInt8], frame: inout NativeFrame) throws(NativeFailure) -> [UInt8] {
        try Method.run(methods, input, &frame)
    }
}
