import ArgumentParser
import ChainTypes
import Foundation
import GenesisTools
import Primitives

/// `qustream genesis`: the first block of a network of one's own.
struct GenesisCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "genesis",
        abstract: "Make and look at the genesis of a network.",
        discussion: "Example: qustream genesis build network.json -o genesis.rlp",
        subcommands: [New.self, Build.self, Show.self, PrintHash.self, Check.self])
}

extension GenesisCommand {
    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a document to build a genesis from.",
            discussion: """
                Example: qustream genesis new --template testnet --name example --chain-id 424242 \
                --validator v1.json --validator v2.json --stake 200000 -o network.json
                """)

        @Option(help: "devnet, testnet or mainnet.") var template: String
        @Option(help: "The network's name; default: the template's.") var name: String?
        @Option(help: "The network's chain id; a devnet's default is 20817.") var chainID: UInt64?
        @Option(help: "When the chain begins, such as 2026-12-01T12:00:00Z; default: now.") var time: String?
        @Option(help: "operator.json of a validator; repeat for each.") var validator: [String] = []
        @Option(help: "operator.json of an encryption node of the operator class; repeat for each.") var operatorNode: [String] = []
        @Option(help: "operator.json of an encryption node of the community class; repeat for each.") var communityNode: [String] = []
        @Option(help: "QST that each node has at stake; default: the minimum.") var stake: String?
        @Option(help: "ADDRESS=QST for an account with a balance; repeat for each.") var allocate: [String] = []
        @Option(help: "NAME=ADDRESS for a part of the mainnet's supply: public, team, foundation, investors.") var part: [String] = []
        @Option(help: "NAME=VALUE for a parameter, such as epochMilliseconds=30s; repeat for each.") var set: [String] = []
        @Option(name: .shortAndLong, help: "The file to write; default: the terminal.") var output: String?

        func run() async throws {
            guard let template = GenesisTemplate(rawValue: template) else {
                throw ValidationError("\(self.template) is not devnet, testnet or mainnet")
            }
            guard let chainID = chainID ?? (template == .devnet ? DevnetPlan.chainID : nil) else {
                throw ValidationError("choose a chain id with --chain-id")
            }
            try refusing {
                let request = GenesisRequest(
                    template: template, name: name ?? template.rawValue, chainID: chainID, time: time,
                    validators: validator, operatorNodes: operatorNode, communityNodes: communityNode, stake: stake,
                    allocations: try allocate.map(pair), parts: try part.map(pair), parameters: try set.map(pair))
                let now = UInt64(Date().timeIntervalSince1970) * 1000
                let document = try request.document(now: now) { GenesisCommand.contents($0) }
                guard let output else { return try say(document.json, terminator: "") }
                try Data(document.json.utf8).write(to: URL(filePath: output), options: .atomic)
                GenesisCommand.tell(document.findings(now: now))
            }
        }

        private func pair(_ text: String) throws -> (String, String) {
            guard let sign = text.firstIndex(of: "=") else { throw Refusal("\(text) must be NAME=VALUE") }
            return (String(text[..<sign]), String(text[text.index(after: sign)...]))
        }
    }

    struct Build: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Build the genesis file from a document.", discussion: "Example: qustream genesis build network.json -o genesis.rlp")

        @Argument(help: "The document, JSON.") var document: String
        @Option(name: .shortAndLong, help: "The file to write.") var output: String
        @Flag(help: "Take a time that is long past or far ahead, to build an old genesis again.") var anyTime = false

        func run() async throws {
            try refusing {
                guard !FileManager.default.fileExists(atPath: output) else { throw Refusal("\(output) exists already") }
                let read = try GenesisCommand.document(document)
                let findings = read.findings(now: anyTime ? nil : UInt64(Date().timeIntervalSince1970 * 1000))
                guard findings.faults.isEmpty, let spec = read.spec else { throw findings.faults }
                try Data(spec.rlp).write(to: URL(filePath: output), options: .atomic)
                GenesisCommand.tell(findings)
                try GenesisCommand.printLines(try GenesisSummary(spec))
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what a genesis file holds.", discussion: "Example: qustream genesis show genesis.rlp --json > network.json")

        @Argument(help: "The genesis file.") var file: String
        @Flag(help: "Print a document that builds to the same file.") var json = false

        func run() async throws {
            try refusing {
                let spec = try Init.spec(file)
                let document = GenesisDocument(spec)
                guard json else { return try say(try GenesisSummary(spec).text) }
                if document.spec != spec { note("the file was not made by genesis build: the document builds to another one") }
                try say(document.json, terminator: "")
            }
        }
    }

    struct PrintHash: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "hash", abstract: "Print the genesis hash of a genesis file.",
            discussion: "Example: qustream genesis hash genesis.rlp")

        @Argument(help: "The genesis file.") var file: String

        func run() async throws { try refusing { try say(try GenesisSummary(try Init.spec(file)).genesisHash.hex) } }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say everything that is wrong with a genesis file or a document.",
            discussion: "Example: qustream genesis check genesis.rlp")

        @Argument(help: "A genesis file, or a document that ends in .json.") var file: String

        func run() async throws {
            try refusing {
                let isDocument = file.hasSuffix(".json")
                let document = isDocument ? try GenesisCommand.document(file) : GenesisDocument(try Init.spec(file))
                let findings = document.findings(now: isDocument ? UInt64(Date().timeIntervalSince1970 * 1000) : nil)
                GenesisCommand.tell(findings)
                guard findings.faults.isEmpty, let spec = document.spec else { throw findings.faults }
                try GenesisCommand.printLines(try GenesisSummary(spec))
            }
        }
    }
}

extension GenesisCommand {
    static func tell(_ findings: Findings) { for sentence in findings.notes { note("note: \(sentence)") } }

    static func printLines(_ summary: GenesisSummary) throws { for line in summary.lines { try say("\(line.name): \(line.value)") } }

    /// A file's bytes, unless it is too large for a document.
    static func contents(_ path: String) -> [UInt8]? {
        guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int, size <= GenesisReader.maximumBytes else {
            return nil
        }
        return FileManager.default.contents(atPath: path).map { Array($0) }
    }

    /// Reads a document; the files that it names are beside it.
    static func document(_ path: String) throws -> GenesisDocument {
        guard let bytes = contents(path) else { throw Refusal("\(path) cannot be read") }
        let folder = URL(filePath: path).deletingLastPathComponent()
        return try GenesisReader.read(bytes) { contents($0.hasPrefix("/") ? $0 : folder.appending(path: $0).path) }
    }
}
