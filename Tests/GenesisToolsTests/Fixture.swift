import ChainTypes
import Cryptography
import Foundation
import GenesisTools
import Primitives

/// A sound document of four validators and eight encryption nodes; its keys are only of the right length.
enum Fixture {
    static let now: UInt64 = 1_796_000_000_000

    static func key(_ index: UInt8) -> [UInt8] { [UInt8](repeating: index, count: SignatureSuite.mldsa65.publicKeyBytes) }
    static func address(_ index: UInt64) -> Address { Address(low: 1 << 20 + UInt32(index)) }

    static func document() -> GenesisDocument {
        var document = GenesisTemplate.devnet.document(name: "example", chainID: 424_242, timeMilliseconds: now)
        document.operationsAccount = address(90)
        for index in 0..<4 {
            let stake = GenesisStake(
                address: address(UInt64(index)), amount: QST.one * UInt256(200_000 + UInt64(index)), commission: QST.one / UInt256(20))
            document.validators.append(
                Staked(
                    Validator(
                        address: stake.address, power: 200_000 + UInt64(index), consensusKey: key(UInt8(1 + index)),
                        nodeKey: key(UInt8(51 + index)), endpoint: "v\(index).example.org:26600", moniker: "validator-\(index)"), stake: stake))
        }
        for index in 0..<8 {
            let account = address(UInt64(20 + index))
            document.encryptionNodes.append(
                Staked(
                    EncryptionNode(
                        address: account, nodeClass: index < 3 ? .operator : .community, nodeKey: key(UInt8(101 + index)),
                        endpoint: "e\(index).example.org:27000", capacityGiB: 10, moniker: "node-\(index)"),
                    stake: GenesisStake(address: account, amount: QST.one * 250_000)))
        }
        document.allocations = [Allocation(address: address(40), balance: QST.one * 1_000_000), Allocation(address: address(41), balance: 7)]
        document.vesting = [
            VestingAllocation(
                beneficiary: address(42), amount: QST.one * 5000, lockMilliseconds: 365 * 86_400_000, vestingMilliseconds: 3 * 365 * 86_400_000)
        ]
        return document
    }

    static func read(_ json: String, files: [String: String] = [:]) throws(Faults) -> GenesisDocument {
        try GenesisReader.read(Array(json.utf8)) { files[$0].map { Array($0.utf8) } }
    }

    static func faults(_ json: String, files: [String: String] = [:]) -> [String] {
        do { return try read(json, files: files).findings(now: now).faults.sentences } catch { return error.sentences }
    }
}

/// A directory that goes away with the test.
final class Scratch: Sendable {
    let path: URL

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "genesis-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: path) }
}
