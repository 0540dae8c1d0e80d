import ArgumentParser
import Foundation
import Signer

/// A refusal with its reason: printed on stderr, exit code 1.
struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Runs a step and turns what it throws into a refusal.
func refusing<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch { throw Refusal(SystemError.text(error)) }
}

func refusing<Value>(_ body: () async throws -> Value) async throws -> Value {
    do { return try await body() } catch { throw Refusal(SystemError.text(error)) }
}
