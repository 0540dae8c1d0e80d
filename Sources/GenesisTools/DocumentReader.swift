import ChainTypes
import Primitives
import RPCServer
import StakingTools

/// What is wrong with a document, in sentences: all of it, so that nobody mends one fault only to hear of the next.
public struct Faults: Error, Hashable, Sendable, CustomStringConvertible {
    static let maximum = 200
    public private(set) var sentences: [String] = []
    public private(set) var unsaid = 0

    public init(_ sentences: [String] = []) { for sentence in sentences { add(sentence) } }

    public var isEmpty: Bool { sentences.isEmpty }

    public mutating func add(_ sentence: String) {
        if sentences.count < Self.maximum { sentences.append(sentence) } else { unsaid += 1 }
    }

    public var description: String {
        (sentences + (unsaid > 0 ? ["and \(unsaid) more"] : [])).joined(separator: "\n")
    }
}

/// The members of one object, with the place where it stands for messages.
struct Members {
    let place: String
    private let values: [String: JSONValue]

    /// Unknown and repeated names are faults.
    init?(_ value: JSONValue, _ place: String, known: [String], _ faults: inout Faults) {
        guard case .object(let members) = value else {
            faults.add("\(place) must be an object")
            return nil
        }
        var values: [String: JSONValue] = [:]
        for member in members {
            if !known.contains(member.name) { faults.add("\(place) has an unknown member \(Self.short(member.name))") }
            if values.updateValue(member.value, forKey: member.name) != nil { faults.add("\(place) has \(Self.short(member.name)) twice") }
        }
        (self.place, self.values) = (place, values)
    }

    private init(place: String, values: [String: JSONValue]) { (self.place, self.values) = (place, values) }

    /// These members, and those of another object that these lack.
    func over(_ other: Members) -> Members { Members(place: place, values: other.values.merging(values) { _, own in own }) }

    subscript(_ name: String) -> JSONValue? { values[name] }

    func text(_ name: String, _ faults: inout Faults) -> String? {
        guard let value = values[name] else { return nil }
        guard case .string(let text) = value else {
            faults.add("\(place): \(name) must be text")
            return nil
        }
        return text
    }

    func required(_ name: String, _ faults: inout Faults) -> String? {
        if values[name] == nil { faults.add("\(place) lacks \(name)") }
        return text(name, &faults)
    }

    /// Text, or a whole number written bare.
    func scalar(_ name: String, _ faults: inout Faults) -> String? {
        if case .integer(let number) = values[name], number >= 0 { return "\(number)" }
        return text(name, &faults)
    }

    /// A member that some text stands for; `example` tells what it must look like.
    func value<Value>(_ name: String, _ text: String?, _ example: String, _ faults: inout Faults, _ read: (String) -> Value?) -> Value? {
        guard let text else { return nil }
        guard let value = read(text) else {
            faults.add("\(place): \(name) is \(Self.short(text)); it must be \(example)")
            return nil
        }
        return value
    }

    func items(_ name: String, _ faults: inout Faults) -> [JSONValue] {
        guard let value = values[name] else { return [] }
        guard case .array(let items) = value else {
            faults.add("\(place): \(name) must be a list")
            return []
        }
        return items
    }

    /// Long or strange text shortened, so that a message stays a message.
    static func short(_ text: String) -> String {
        let printable = text.unicodeScalars.prefix(64).map { $0.value < 0x20 || $0.value == 0x7f ? "?" : String($0) }.joined()
        return "\"" + printable + (text.unicodeScalars.count > 64 ? "…" : "") + "\""
    }
}
