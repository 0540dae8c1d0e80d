import ChainTypes
import ContractABI
import ContractTools
import Foundation
import Primitives
import Testing

/// What people type, and what compilers write.
@Suite struct ArgumentTests {
    private let alice = Address(low: 0xa11ce)
    private var reader: ArgumentReader { ArgumentReader { [alice] in $0 == "alice" ? alice : nil } }

    private func read(_ text: String, _ type: String) throws -> ABIValue? {
        try reader.read([text], as: [ABIType(type)], of: "f").first
    }

    @Test func values() throws {
        #expect(try read("100", "uint8") == .number(100))
        #expect(try read("0xff", "uint256") == .number(255))
        #expect(try read("-1", "int16") == .number(.max))
        #expect(try read("alice", "address") == .address(alice))
        #expect(try read("true", "bool") == .bool(true))
        #expect(try read("0x0102", "bytes2") == .bytes([1, 2]))
        #expect(try read("a, b", "string") == .string("a, b"))
        #expect(try read("[(1,\"a,b\"),(2,\"\")]", "(uint8,string)[]") == .list([
            .list([.number(1), .string("a,b")]), .list([.number(2), .string("")]),
        ]))
        #expect(try read("[]", "uint8[]") == .list([]))
    }

    @Test(arguments: [
        ("256", "uint8"), ("-1", "uint8"), ("128", "int8"), ("bob", "address"), ("yes", "bool"), ("0x01", "bytes2"), ("[1,2]", "uint8[3]"),
        ("[1", "uint8[]"), ("1]", "uint8[]"), ("(1,2)", "uint8[]"), ("", "uint256"), ("1e3", "uint256"),
    ])
    func mistakesAreNamed(text: String, type: String) throws {
        #expect(throws: ContractToolError.invalidArgument(position: 1, type: try ABIType(type).description, text: text)) { try read(text, type) }
    }

    @Test func wrongNumberOfArguments() {
        #expect(throws: ContractToolError.wrongArgumentCount(function: "f", expected: 1, got: 2)) {
            try reader.read(["1", "2"], as: [.uint256], of: "f")
        }
    }
}

@Suite struct DocumentTests {
    private let abi = """
        [{"type":"constructor","inputs":[{"name":"a","type":"tuple[2]","components":[{"type":"uint8"},{"type":"string"}]}]},
         {"type":"function","name":"f","inputs":[{"type":"uint256"}],"outputs":[{"type":"bool"}]},
         {"type":"function","name":"f","inputs":[{"type":"string"}],"outputs":[]},
         {"type":"error","name":"Broken","inputs":[{"type":"uint256"}]},
         {"type":"event","name":"Moved","inputs":[{"name":"who","type":"address","indexed":true},{"name":"note","type":"string","indexed":true},
          {"name":"wei","type":"uint256"}]}]
        """

    private func document(_ text: String) throws -> ContractDocument {
        let file = FileManager.default.temporaryDirectory.appending(path: "abi-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try text.write(to: file, atomically: true, encoding: .utf8)
        return try ContractDocument(file: file.path)
    }

    @Test func artifactsOfSeveralCompilers() throws {
        for text in [abi, "{\"abi\":\(abi),\"bytecode\":\"0x6001\"}", "{\"abi\":\(abi),\"bytecode\":{\"object\":\"6001\"}}",
            "{\"version\":\"1\",\"token.vy\":{\"abi\":\(abi),\"bytecode\":\"0x6001\"}}"]
        {
            let document = try document(text)
            #expect(document.constructor == [try ABIType("(uint8,string)[2]")])
            #expect(document.bytecode == (text == abi ? nil : [0x60, 0x01]))
        }
        #expect(throws: ContractToolError.self) { try document("{}") }
        #expect(throws: ContractToolError.self) { try document("{\"abi\":\(abi),\"bytecode\":\"0x60__Lib__\"}") }
    }

    @Test func overloadsAreToldApart() throws {
        let document = try document(abi)
        #expect(throws: ContractToolError.ambiguous("f", ["f(uint256)", "f(string)"])) { try document.function("f", argumentCount: 1) }
        #expect(try document.function("f(uint256)", argumentCount: 1).outputs == [.bool])
        #expect(try ContractDocument().function("g(uint8)(string)", argumentCount: 1).outputs == [.string])
        #expect(throws: ContractToolError.noFunction("h")) { try document.function("h", argumentCount: 0) }
    }

    @Test func eventsAndErrors() throws {
        let document = try document(abi)
        let moved = try ABISignature("Moved(address,string,uint256)")
        let log = Log(
            address: .zero, topics: [ContractABI.topic(moved), Address(low: 7).padded, Hash(UInt256(9))], data: Hash(UInt256(5)).bytes)
        let event = try #require(document.event(log))
        #expect(event.fields.map(\.value) == [.address(Address(low: 7)), .hash(Hash(UInt256(9))), .number(5)])
        #expect(document.event(Log(address: .zero, topics: [], data: [])) == nil)
        let broken = try ContractABI.call(ABISignature("Broken(uint256)"), [.number(3)])
        #expect(document.revertReason(broken) == "Broken(3)")
        #expect(document.revertReason(RevertReason.encode("no")) == "no")
        #expect(document.revertReason(try ContractABI.call(ABISignature("Panic(uint256)"), [.number(17)])) == "Panic(17)")
    }
}
