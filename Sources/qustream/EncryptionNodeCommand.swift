import ArgumentParser
import ChainTypes
import Cryptography
import Foundation
import Primitives
import StakingTools

/// `qustream encryption-node`: what operators of encryption nodes do.
struct EncryptionNodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encryption-node", abstract: "List encryption nodes; register, update, unjail, take out your own; challenge any.",
        subcommands: [List.self, Register.self, Update.self, AddStake.self, Exit.self, Unjail.self, Challenge.self, Challenges.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all encryption nodes.", discussion: "Example: qustream encryption-node list --json")
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let all = try await refusing { try await global.client.encryptionNodes() }
            if global.json { return try printJSON(array: all.map(\.object)) }
            var table = TextTable(["MONIKER", "CLASS", "STATUS", "STAKE (QST)", "REWARDS (QST)", "GIB", "ADDRESS"])
            for each in all {
                table.append([
                    each.node.moniker, "\(each.node.nodeClass)", each.status.rawValue, QST.format(each.stake), QST.format(each.rewards),
                    "\(each.node.capacityGiB)", each.node.address.checksummed,
                ])
            }
            try say(table.text)
        }
    }

    enum Class: String, ExpressibleByArgument, CaseIterable {
        case `operator`, community

        var nodeClass: NodeClass { self == .operator ? .operator : .community }
    }

    struct Register: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put an encryption node on the list from the next epoch on. Operator nodes need governance's admission first.",
            discussion: """
                Example: qustream encryption-node register --from dan --class community --keys dan-home/operator.json --amount 200000
                """)
        @OptionGroup var paying: PayingOptions
        @Option(help: "operator.json of the node's home, as `qustream init` writes it.") var keys: String
        @Option(name: .customLong("class"), help: "operator or community.") var nodeClass = Class.community
        @Option(help: "Storage that it offers, in GiB.") var capacity: UInt64 = 10
        @Option(help: "QST at stake; at least the minimum of the chain.") var amount: String

        func run() async throws {
            let (wei, file) = (try qustream.amount(amount), try refusing { try OperatorFile(file: keys) })
            try await paying.send { wallet in
                try requireOwner(file, try wallet.wallet.account(paying.from).address)
                return [try .registerNode(nodeClass.nodeClass, capacityGiB: capacity, keys: file, wei: wei)]
            }
        }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the keys, endpoint, moniker or capacity of an own node.",
            discussion: "Example: qustream encryption-node update --from dan --keys dan-home/operator.json --capacity 20")
        @OptionGroup var paying: PayingOptions
        @Option(help: "operator.json of the node's home.") var keys: String
        @Option(help: "Storage that it offers, in GiB.") var capacity: UInt64

        func run() async throws {
            let file = try refusing { try OperatorFile(file: keys) }
            try await paying.send { wallet in
                try requireOwner(file, try wallet.wallet.account(paying.from).address)
                return [try .updateNode(capacityGiB: capacity, keys: file)]
            }
        }
    }

    struct AddStake: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add-stake", abstract: "Put more at stake for an own node.",
            discussion: "Example: qustream encryption-node add-stake --from dan --amount 1000")
        @OptionGroup var paying: PayingOptions
        @Option(help: "QST.") var amount: String

        func run() async throws {
            let wei = try qustream.amount(amount)
            try await paying.send { _ in [try .addNodeStake(wei)] }
        }
    }

    struct Exit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take an own node off the list; `stake claim --node` pays its stake when the unbonding time has passed.",
            discussion: "Example: qustream encryption-node exit --from dan")
        @OptionGroup var paying: PayingOptions

        func run() async throws { try await paying.send { _ in [try .exitNode()] } }
    }

    struct Unjail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring an own node back after its suspension.", discussion: "Example: qustream encryption-node unjail --from dan")
        @OptionGroup var paying: PayingOptions

        func run() async throws { try await paying.send { _ in [try .unjailNode()] } }
    }
}

extension EncryptionNodeReport {
    var object: [String: Any] {
        [
            "address": node.address.hex, "moniker": node.moniker, "class": "\(node.nodeClass)", "status": status.rawValue,
            "listed": isListed, "stake": stake.description, "rewards": rewards.description, "capacityGiB": node.capacityGiB,
            "endpoint": node.endpoint, "jailedUntil": jailedUntil, "leavesAt": leavesAt,
        ]
    }
}
