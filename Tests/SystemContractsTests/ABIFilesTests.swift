import ContractABI
import ContractTools
import Foundation
import GasKit
import Primitives
import SystemContracts
import Testing

/// `docs/abi` says of the system contracts what the code does: no more and no less.
@Suite struct ABIFilesTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let world = Result { try World(.small) }

    private func file(of contract: any SystemContract.Type) -> String { Self.root.appending(path: "docs/abi/\(contract).json").path }
    private func document(of contract: any SystemContract.Type) throws -> ContractDocument { try ContractDocument(file: file(of: contract)) }

    /// `stateMutability` by signature.
    private func mutability(of contract: any SystemContract.Type) throws -> [String: String] {
        let data = try Data(contentsOf: URL(filePath: file(of: contract)))
        let entries = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        let functions = entries.filter { $0["type"] as? String == "function" }
        return Dictionary(
            uniqueKeysWithValues: zip(try document(of: contract).functions, functions).map {
                ($0.signature.description, $1["stateMutability"] as? String ?? "")
            })
    }

    @Test func thereIsAFileForEachContractAndNoOther() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "docs/abi").path)
        #expect(Set(files) == Set(SystemContracts.all.map { "\($0).json" }))
    }

    @Test func filesHaveTheFunctionsOfTheCodeWithTheirSelectorsAndPayments() throws {
        for contract in SystemContracts.all {
            let functions = try document(of: contract).functions
            #expect(Set(functions.map(\.signature.description)) == Set(contract.methods.signatures), "\(contract)")
            #expect(functions.count == contract.methods.signatures.count, "\(contract)")
            let payable = try mutability(of: contract).filter { $0.value == "payable" }.keys
            let takesPayment = try contract.methods.signatures.filter { try Self.world.get().takesPayment($0, of: contract) }
            #expect(Set(payable) == Set(takesPayment), "\(contract)")
        }
    }

    @Test func everythingHasANameAndSoHasEachResult() throws {
        for contract in SystemContracts.all {
            for function in try document(of: contract).functions {
                let names = function.outputNames
                #expect(names.allSatisfy { !$0.isEmpty } && Set(names).count == names.count, "\(contract) \(function.signature)")
            }
            for event in try document(of: contract).events { #expect(event.fields.allSatisfy { !$0.name.isEmpty }, "\(event.name)") }
        }
    }

    /// Answers to the inputs that `make bench-gas` runs: strictly decoded, encoded again to the same bytes.
    @Test func answersHaveTheLayoutOfTheFiles() throws {
        for answer in try Self.world.get().answers() {
            let document = try document(of: answer.contract)
            let function = try #require(document.functions.first { $0.signature.description == answer.signature })
            let values = try ContractABI.decode(answer.output, as: function.outputs)
            #expect(try ContractABI.encode(values, as: function.outputs) == answer.output, "\(answer.contract).\(answer.signature)")
            for log in answer.logs {
                let contract = try #require(SystemContracts.all.first { $0.address == log.address })
                let event = try #require(
                    try self.document(of: contract).events.first { ContractABI.topic($0.signature) == log.topics.first }, "\(contract)")
                #expect(event.fields.filter(\.isIndexed).count == log.topics.count - 1, "\(event.name)")
                let types = event.fields.filter { !$0.isIndexed }.map(\.type)
                #expect(try ContractABI.encode(ContractABI.decode(log.data, as: types), as: types) == log.data, "\(event.name)")
            }
        }
    }

    @Test func viewsAreThoseThatWriteNothing() throws {
        var (works, worksStatic): (Set<String>, Set<String>) = ([], [])
        for answer in try Self.world.get().answers() {
            let name = "\(answer.contract).\(answer.signature)"
            works.insert(name)
            if answer.isStatic { worksStatic.insert(name) }
        }
        for contract in SystemContracts.all {
            for (signature, mutability) in try mutability(of: contract) {
                let name = "\(contract).\(signature)"
                if mutability == "view" { #expect(worksStatic.contains(name), "\(name)") }
                // What has nothing to do writes nothing, and would pass for a view.
                let isIdle = ["completeUnbonding", "claim", "withdraw"].contains { signature.hasPrefix($0) }
                if mutability != "view", !isIdle { #expect(!worksStatic.contains(name), "\(name)") }
            }
        }
        #expect(works.count > 60)
    }

    /// By the source: an event that no test emits would be forgotten otherwise.
    @Test func filesHaveTheEventsOfTheCode() throws {
        let folder = Self.root.appending(path: "Sources/SystemContracts")
        var written: Set<String> = []
        for case let path as String in try #require(FileManager.default.enumerator(atPath: folder.path)) where path.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
            for match in text.matches(of: /ABI\.topic\("([^"]+)"\)/) { written.insert(String(match.1)) }
        }
        let known = try SystemContracts.all.flatMap { try document(of: $0).events.map(\.signature.description) }
        #expect(Set(known) == written)
        #expect(known.count == Set(known).count)
    }
}
