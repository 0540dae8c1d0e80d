import Foundation
import Primitives
import Signer

// Standard output carries results only, and a result that was not written is none: every write of it can fail.

/// Writes a line, or several, to standard output. What a terminal would obey is written as code points.
func say(_ text: some CustomStringConvertible, terminator: String = "\n") throws {
    try put(text.description.printableLines + terminator)
}

/// Prints an object as JSON, keys sorted.
func printJSON(_ object: [String: Any]) throws { try printJSON(any: object) }

func printJSON(array: [[String: Any]]) throws { try printJSON(any: array) }

private func printJSON(any object: Any) throws {
    let bytes = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
    var text = ""
    // Only strings hold such characters, and there JSON has escapes for them.
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
        guard scalar.isObeyed, scalar != "\n" else { text.unicodeScalars.append(scalar); continue }
        for unit in String(scalar).utf16 { text += "\\u" + String(0x10000 | UInt32(unit), radix: 16).dropFirst() }
    }
    try put(text + "\n")
}

private func put(_ text: String) throws {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        guard count >= 0 || errno == EINTR else { throw Refusal("standard output cannot be written: \(SystemError.words(errno))") }
        rest = rest.dropFirst(max(0, count))
    }
}

/// Prints to standard error, where nothing depends on it.
func note(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data((text.printableLines + "\n").utf8)) }
