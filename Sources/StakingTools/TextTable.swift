import Primitives

/// Rows with a heading, columns as wide as they need to be; each row is one line, whatever its cells hold.
public struct TextTable: Sendable {
    private var rows: [[String]]

    public init(_ heading: [String]) { rows = [heading] }

    public mutating func append(_ row: [String]) { rows.append(row.map(\.printable)) }

    /// The lines, without blanks at their ends.
    public var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}
