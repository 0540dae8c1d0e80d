import ChainTypes
import Foundation
import Primitives
import SystemContracts
import TestKit
import Testing
import WorldState

/// No block can stop a node, whatever validators and delegators did before it. Serialized: each seed is printed before its chain
/// runs, so that one that traps is the last line.
@Suite(.serialized) struct LivesTests {
    private static func setting(_ name: String, _ standard: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment["QUSTREAM_LIVES_\(name)"].flatMap { UInt64($0) } ?? standard
    }

    @Test func randomLivesNeverStopTheChainAndAlwaysAddUp() throws {
        let (first, rounds, length) = (Self.setting("SEED", 1), Self.setting("ROUNDS", 10), Self.setting("BLOCKS", 80))
        var (blocks, calls, refused, epochs, punished): (UInt64, Int, Int, UInt64, Int) = (0, 0, 0, 0, 0)
        for seed in first..<first + rounds {
            print("lives: seed \(seed)")
            fflush(nil)
            var life = try Life(seed: seed)
            for _ in 0..<length {
                try life.step()
                let faults = try life.chain.faults() + life.injustice
                #expect(faults == [], "seed \(seed) block \(life.chain.head.block.number)")
                guard faults.isEmpty else { return }
            }
            (blocks, epochs) = (blocks + length, epochs + life.chain.epoch.number)
            (calls, refused, punished) = (calls + life.calls, refused + life.refused, punished + life.punished)
        }
        print(
            "lives: seeds \(first)..<\(first + rounds): \(blocks) blocks, \(epochs) epochs, \(calls) calls, \(refused) of them refused, "
                + "\(punished) double signs punished")
        // A run in which hardly anything happens shows nothing.
        #expect(calls > Int(blocks) && refused * 10 < calls * 9 && epochs * 8 > blocks)
    }

    /// A validator leaves around the close of a period and comes back in a later one: the turns that it took along must not be
    /// divided twice.
    @Test func turnsOfAValidatorThatComesBackAreCountedOnce() throws {
        var chain = try LifeChain {
            $0[.rewardPeriodMilliseconds] = 20_000
            $0[.unbondingMilliseconds] = 200_000
            $0[.jailMilliseconds] = 1000
        }
        let leaver = chain.validators[3]
        let pay = LifeChain.Call(chain.delegators[0], Distribution.address, wei: QST.one, "fundCommunityPool()")
        var left: UInt64 = 0
        for number in 1...230 as ClosedRange<UInt64> {
            var calls = [pay]
            if number == 39 {
                calls.append(
                    LifeChain.Call(
                        leaver, Staking.address, "undelegate(address,uint256)", [.address(try leaver.address), .word(LifeChain.stake)]))
                left = number
            }
            if number == 81 {
                calls.append(
                    LifeChain.Call(
                        leaver, Staking.address, "cancelUnbondingDelegation(address,uint256,uint256)",
                        [.address(try leaver.address), .word(LifeChain.stake), .number(left)]))
                calls.append(LifeChain.Call(leaver, Staking.address, "unjail()"))
            }
            let receipts = try chain.extend(calls)
            #expect(receipts.allSatisfy(\.succeeded) && receipts.count == calls.count, "block \(number)")
            if number == 48 { #expect(try !chain.isInNextSet(leaver) && chain.delivered(leaver) > 0) }
            let faults = try chain.faults()
            #expect(faults == [], "block \(number)")
            guard faults.isEmpty else { return }
        }
        #expect(try chain.isInNextSet(leaver) && chain.delivered(leaver) > 0)
    }
}
