import ContractABI
import Foundation
import Primitives

/// Why a file or an argument cannot be used.
public enum ContractToolError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(String)
    case notABI(String)
    case noBytecode(String)
    case unlinked(String)
    case noFunction(String)
    /// Several functions fit; they are listed.
    case ambiguous(String, [String])
    case wrongArgumentCount(function: String, expected: Int, got: Int)
    case invalidArgument(position: Int, type: String, text: String)

    public var description: String {
        switch self {
        case .unreadable(let file): "\(file) cannot be read"
        case .notABI(let file): "\(file) is neither an ABI nor a compiler's artifact"
        case .noBytecode(let file): "\(file) holds no bytecode"
        case .unlinked(let file): "\(file) holds bytecode with libraries that are not linked"
        case .noFunction(let name): "the ABI has no function \(name)"
        case .ambiguous(let name, let candidates): "several functions are called \(name); name one of \(candidates.joined(separator: ", "))"
        case .wrongArgumentCount(let function, let expected, let got): "\(function) takes \(expected) arguments, not \(got)"
        case .invalidArgument(let position, let type, let text): "argument \(position): \(text.prefix(80)) is no \(type)"
        }
    }
}

/// A contract's interface, as a compiler writes it.
public struct ContractDocument: Sendable {
    public struct Function: Hashable, Sendable {
        public var signature: ABISignature
        public var outputs: [ABIType]
        public var outputNames: [String]
    }

    public struct Event: Hashable, Sendable {
        public struct Field: Hashable, Sendable {
            public var name: String
            public var type: ABIType
            public var isIndexed: Bool
        }

        public var name: String
        public var fields: [Field]
        public var isAnonymous: Bool

        public var signature: ABISignature { ABISignature(name: name, inputs: fields.map(\.type)) }
    }

    public private(set) var functions: [Function] = []
    public private(set) var events: [Event] = []
    public private(set) var errors: [ABISignature] = []
    /// Of the constructor.
    public private(set) var constructor: [ABIType] = []
    /// Init code; nil where the file holds none.
    public private(set) var bytecode: [UInt8]?

    public init() {}

    /// Reads a plain ABI (a JSON array), or an artifact of Foundry, Hardhat or Vyper.
    public init(file: String) throws(ContractToolError) {
        guard let data = FileManager.default.contents(atPath: file) else { throw .unreadable(file) }
        guard let json = try? JSONSerialization.jsonObject(with: data) else { throw .notABI(file) }
        let found = Self.interface(in: json)
        guard let entries = found.entries else { throw .notABI(file) }
        for entry in entries { try read(entry, file) }
        if let text = found.bytecode { bytecode = try Self.bytecode(text, file) }
    }

    /// Reads init code from a file of hexadecimal digits, or from an artifact.
    public static func bytecode(file: String) throws(ContractToolError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: file) else { throw .unreadable(file) }
        if let json = try? JSONSerialization.jsonObject(with: data) {
            guard let text = interface(in: json).bytecode else { throw .noBytecode(file) }
            return try bytecode(text, file)
        }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return try bytecode(text, file)
    }

    private static func bytecode(_ text: String, _ file: String) throws(ContractToolError) -> [UInt8] {
        if text.contains("__") { throw .unlinked(file) }
        guard let bytes = Hex.decode(text.hasPrefix("0x") ? text : "0x" + text), !bytes.isEmpty else { throw .noBytecode(file) }
        return bytes
    }

    /// Where compilers put ABI and bytecode.
    private static func interface(in json: Any) -> (entries: [[String: Any]]?, bytecode: String?) {
        if let entries = json as? [[String: Any]] { return (entries, nil) }
        guard let object = json as? [String: Any] else { return (nil, nil) }
        if let entries = object["abi"] as? [[String: Any]] {
            let code = object["bytecode"]
            return (entries, code as? String ?? (code as? [String: Any])?["object"] as? String)
        }
        // Vyper's combined_json: one member a source file.
        let contracts = object.values.compactMap { $0 as? [String: Any] }.filter { $0["abi"] is [[String: Any]] }
        guard contracts.count == 1, let only = contracts.first else { return (nil, object["bytecode"] as? String) }
        return (only["abi"] as? [[String: Any]], only["bytecode"] as? String)
    }

    private mutating func read(_ entry: [String: Any], _ file: String) throws(ContractToolError) {
        let name = entry["name"] as? String ?? ""
        let inputs = try Self.types(entry["inputs"], file)
        switch entry["type"] as? String ?? "function" {
        case "function":
            let outputs = entry["outputs"] as? [[String: Any]] ?? []
            functions.append(
                Function(
                    signature: ABISignature(name: name, inputs: inputs), outputs: try Self.types(outputs, file),
                    outputNames: outputs.map { $0["name"] as? String ?? "" }))
        case "constructor": constructor = inputs
        case "event":
            let fields = zip(entry["inputs"] as? [[String: Any]] ?? [], inputs).map { json, type in
                Event.Field(name: json["name"] as? String ?? "", type: type, isIndexed: json["indexed"] as? Bool ?? false)
            }
            events.append(Event(name: name, fields: fields, isAnonymous: entry["anonymous"] as? Bool ?? false))
        case "error": errors.append(ABISignature(name: name, inputs: inputs))
        default: break
        }
    }

    private static func types(_ json: Any?, _ file: String) throws(ContractToolError) -> [ABIType] {
        var types: [ABIType] = []
        for field in json as? [[String: Any]] ?? [] {
            guard let type = try type(field, file) else { throw .notABI(file) }
            types.append(type)
        }
        return types
    }

    /// `tuple`, `tuple[]` and `tuple[2]` keep their members apart.
    private static func type(_ field: [String: Any], _ file: String) throws(ContractToolError) -> ABIType? {
        guard let name = field["type"] as? String else { return nil }
        guard name.hasPrefix("tuple") else { return try? ABIType(name) }
        let members = ABIType.tuple(try types(field["components"], file))
        return try? ABIType(members.description + name.dropFirst(5))
    }

    /// The function with this name or full signature, and so many arguments. A signature with results needs no ABI.
    public func function(_ text: String, argumentCount: Int) throws(ContractToolError) -> Function {
        if text.contains("(") {
            guard let signature = try? ABISignature(text) else { throw .noFunction(text) }
            let plain = ABISignature(name: signature.name, inputs: signature.inputs)
            if let known = functions.first(where: { $0.signature == plain }), signature.outputs == nil { return known }
            return Function(signature: plain, outputs: signature.outputs ?? [], outputNames: [])
        }
        let named = functions.filter { $0.signature.name == text }
        guard let first = named.first else { throw .noFunction(text) }
        let fitting = named.filter { $0.signature.inputs.count == argumentCount }
        guard let only = fitting.first else {
            throw .wrongArgumentCount(function: first.signature.description, expected: first.signature.inputs.count, got: argumentCount)
        }
        guard fitting.count == 1 else { throw .ambiguous(text, fitting.map(\.signature.description)) }
        return only
    }
}
