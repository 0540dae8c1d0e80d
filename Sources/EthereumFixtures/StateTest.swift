import ChainTypes
import Cryptography
import EVM
import Foundation
import Precompiles
import Primitives
import WorldState

/// Ethereum's state-test files (format: ethereum/tests and execution-spec-tests).
public enum StateTests {
    /// What became of one case.
    public struct Result: Sendable {
        /// `file test [fork data/gas/value]`.
        public let name: String
        /// nil when it passed.
        public let failure: String?
    }

    /// Runs every case of a file, or those of one fork.
    public static func run(file: URL, fork only: Fork? = nil, trace: Bool = false) throws -> [Result] {
        let json = try FixtureJSON.load(file)
        var results: [Result] = []
        for name in json.keys where !name.hasPrefix("_") {
            let test = json[name]
            for forkName in test["post"].keys {
                guard let fork = Fork(name: forkName) else {
                    results.append(Result(name: "\(name) [\(forkName)]", failure: "unknown fork"))
                    continue
                }
                if let only, only != fork { continue }
                for expected in test["post"][forkName].items {
                    let indexes = expected["indexes"]
                    let label = ["data", "gas", "value"].map { (try? indexes[$0].index()).map(String.init) ?? "?" }.joined(separator: "/")
                    results.append(
                        Result(name: "\(file.lastPathComponent) \(name) [\(forkName) \(label)]", failure: failure(test, expected, fork)))
                }
            }
        }
        return results
    }

    private static func failure(_ test: FixtureJSON, _ expected: FixtureJSON, _ fork: Fork) -> String? {
        do {
            var state = try FixtureState(test["pre"])
            let refusal = try execute(test, expected, fork, &state)
            let isRefused = refusal.reason != nil
            if expected["expectException"].exists != isRefused {
                return isRefused ? "refused: \(refusal.reason ?? "")" : "not refused: \(try expected["expectException"].text())"
            }
            let (root, wanted) = (state.root, try expected["hash"].hash())
            if root != wanted { return "state root \(root), expected \(wanted)" }
            let (logs, wantedLogs) = (logsHash(refusal.logs), try expected["logs"].hash())
            return logs == wantedLogs || isRefused ? nil : "logs hash \(logs), expected \(wantedLogs)"
        } catch { return "\(error)" }
    }

    private static func execute(
        _ test: FixtureJSON, _ expected: FixtureJSON, _ fork: Fork, _ state: inout FixtureState
    ) throws -> (reason: String?, logs: [Log]) {
        let (block, blobs) = try environment(test, fork)
        var executor = EthereumExecutor(state: state, block: block, fork: fork, blobSchedule: blobs)
        do {
            let transaction = try EthereumTransaction(test["transaction"], indexes: expected["indexes"])
            let logs = try executor.execute(transaction).logs
            state.apply(executor.evm.state.changes())
            return (nil, logs)
        } catch let error as FixtureError { return (error.description, []) }
    }

    private static func environment(_ test: FixtureJSON, _ fork: Fork) throws -> (BlockContext, EthereumExecutor.BlobSchedule) {
        let env = test["env"]
        let number = try env["currentNumber"].small()
        var block = BlockContext(
            chainID: 1, genesis: .zero, number: number, timestamp: try env["currentTimestamp"].small(),
            beneficiary: try env["currentCoinbase"].address(), gasLimit: try env["currentGasLimit"].number().asUInt64 ?? .max,
            baseFee: env["currentBaseFee"].exists ? try env["currentBaseFee"].number() : 10,
            prevRandao: fork >= .paris && env["currentRandom"].exists ? try env["currentRandom"].hash() : try env["currentDifficulty"].hash())
        // By the suites' convention block n has the hash of its decimal number.
        var hashes: [UInt64: Hash] = [:]
        for ancestor in (number > 256 ? number - 256 : 0)..<number { hashes[ancestor] = Keccak256.hash(Array(String(ancestor).utf8)) }
        block.hashes = .table(hashes)
        let schedule = test["config"]["blobSchedule"][fork >= .osaka ? "Osaka" : fork >= .prague ? "Prague" : "Cancun"]
        let fraction = schedule.exists ? try schedule["baseFeeUpdateFraction"].small() : fork >= .prague ? 5_007_716 : 3_338_477
        let maximum = schedule.exists ? Int(try schedule["max"].small()) : fork >= .prague ? 9 : 6
        let excess = env["currentExcessBlobGas"].exists ? try env["currentExcessBlobGas"].small() : 0
        block.blobBaseFee = blobBaseFee(excess: excess, fraction: fraction)
        return (block, .init(maximum: maximum, baseFee: block.blobBaseFee))
    }

    /// `fake_exponential(1, excess, fraction)` of EIP-4844.
    private static func blobBaseFee(excess: UInt64, fraction: UInt64) -> UInt256 {
        var (index, output, term) = (1 as UInt64, UInt256.zero, UInt256(fraction))
        while !term.isZero {
            output = output &+ term
            term = (term &* UInt256(excess)) / (UInt256(fraction) &* UInt256(index))
            index += 1
        }
        return output / UInt256(fraction)
    }

    private static func logsHash(_ logs: [Log]) -> Hash {
        var writer = RLPWriter()
        writer.append(list: logs)
        return Keccak256.hash(writer.bytes)
    }
}
