import ArgumentParser
import ContractABI
import ContractTools
import Cryptography
import Foundation
import Primitives
import RPCClient
import Wallet

/// `qustream contract`: contracts by their ABI.
struct Contracts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contract", abstract: "Deploy contracts, call them, send to them.", subcommands: [Deploy.self, Call.self, Send.self])

    /// What deploying and sending share.
    struct Sending: ParsableArguments {
        @OptionGroup var paying: PayingOptions
        @Option(help: "QST to send along, with at most 18 decimal places.") var value = "0"

        var global: GlobalOptions { paying.global }

        func send(to: Address?, data: [UInt8], document: ContractDocument, wallet: inout UnlockedWallet) async throws -> SentTransaction {
            guard let wei = QST.parse(value) else { throw ValidationError("\(value) is not an amount of QST") }
            return try await paying.send(to: to, wei: wei, data: data, document: document, wallet: &wallet)
        }
    }

    /// An ABI and a function with its arguments.
    struct FunctionCall: ParsableArguments {
        @Option(help: "The contract's address, or the name of an own account.") var to: String
        @Option(help: "A JSON file: an ABI, or a compiler's artifact. Not needed with a full signature.") var abi: String?
        @Argument(help: "A function's name, or its signature: transfer(address,uint256) or balanceOf(address)(uint256).") var function: String
        @Argument(help: "Arguments: 100, 0xff, true, an address or an account's name, [1,2], (1,\"a\").") var arguments: [String] = []

        func document() throws -> ContractDocument { try abi.map { try ContractDocument(file: $0) } ?? ContractDocument() }

        func read(_ document: ContractDocument, _ wallet: Wallet?) throws -> (function: ContractDocument.Function, data: [UInt8]) {
            let function = try document.function(function, argumentCount: arguments.count)
            let reader = ArgumentReader { name in try? wallet?.account(name).address }
            let values = try reader.read(arguments, as: function.signature.inputs, of: function.signature.description)
            return (function, try ContractABI.call(function.signature, values))
        }
    }

    struct Deploy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a contract; prints its address.",
            discussion: """
                Example: qustream contract deploy --from alice --abi Token.json "My token" 1000000
                Example: qustream contract deploy --from alice --bytecode token.bin --abi token.abi.json
                """)

        @OptionGroup var sending: Sending
        @Option(help: "Init code in hexadecimal, or an artifact; default: what the ABI file holds.") var bytecode: String?
        @Option(help: "A JSON file: an ABI, or a compiler's artifact. Needed where the constructor takes arguments.") var abi: String?
        @Argument(help: "The constructor's arguments.") var arguments: [String] = []

        func run() async throws {
            var wallet = try sending.global.unlock()
            try await refusing {
                let document = try abi.map { try ContractDocument(file: $0) } ?? ContractDocument()
                let code = try bytecode.map { try ContractDocument.bytecode(file: $0) } ?? document.bytecode
                guard let code else { throw ContractToolError.noBytecode(abi ?? "the command line") }
                let reader = ArgumentReader { [wallet] name in try? wallet.wallet.account(name).address }
                let values = try reader.read(arguments, as: document.constructor, of: "the constructor")
                let data = code + (try ContractABI.encode(values, as: document.constructor))
                try await sending.send(to: nil, data: data, document: document, wallet: &wallet).show(json: sending.global.json)
            }
        }
    }

    struct Call: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run a function without a transaction; prints its results, one a line.",
            discussion: """
                Example: qustream contract call --to 0x5fbd… --abi Token.json balanceOf alice
                Example: qustream contract call --to 0x5fbd… "totalSupply()(uint256)"
                """)

        @OptionGroup var global: GlobalOptions
        @OptionGroup var call: FunctionCall
        @Option(help: "The caller: an address, or the name of an own account.") var from: String?
        @Option(help: "A block's number, or latest.") var block = "latest"

        func run() async throws {
            try await refusing {
                let wallet = Wallet.exists(global.walletDirectory) ? try global.openWallet() : nil
                let document = try call.document()
                let (function, data) = try call.read(document, wallet)
                guard let tag = block == "latest" ? .latest : UInt64(block).map({ BlockTag.number($0) }) else {
                    throw ValidationError("\(block) is not a block's number")
                }
                let (to, caller) = (try Self.address(call.to, wallet), try from.map { try Self.address($0, wallet) } ?? .zero)
                var output: [UInt8] = []
                try await document.explainingReverts { output = try await global.client.call(from: caller, to: to, data: data, at: tag) }
                try show(try ContractABI.decode(output, as: function.outputs), function)
            }
        }

        private static func address(_ text: String, _ wallet: Wallet?) throws -> Address {
            if let address = try Address.typed(text) { return address }
            guard let wallet else { throw Refusal("\(text) is not an address") }
            return try wallet.resolve(text)
        }

        private func show(_ values: [ABIValue], _ function: ContractDocument.Function) throws {
            if global.json {
                return try printJSON(["results": zip(values, function.outputs).map { ValueWriter.json($0, $1) }])
            }
            for (value, type) in zip(values, function.outputs) { try say(ValueWriter.text(value, type)) }
        }
    }

    struct Send: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Call a function by a transaction.",
            discussion: "Example: qustream contract send --from alice --to 0x5fbd… --abi Token.json transfer bob 100 --wait")

        @OptionGroup var sending: Sending
        @OptionGroup var call: FunctionCall

        func run() async throws {
            var wallet = try sending.global.unlock()
            try await refusing {
                let document = try call.document()
                let (_, data) = try call.read(document, wallet.wallet)
                let to = try wallet.wallet.resolve(call.to)
                try await sending.send(to: to, data: data, document: document, wallet: &wallet).show(json: sending.global.json)
            }
        }
    }
}
