import ChainTypes
import Foundation
import Primitives
import StakingTools

/// Values in a genesis document, such that reading gives back exactly what was written.
enum GenesisText {
    static func parameter(_ value: UInt256, _ unit: Parameter.Unit) -> String {
        switch unit {
        // Small amounts read better in wei.
        case .wei: value < QST.one / UInt256(1000) ? value.description : QST.format(value) + "qst"
        case .fraction: value > QST.one ? value.description : ParameterText.showPercent(value)
        case .milliseconds, .count, .gas: ParameterText.show(value, unit)
        }
    }

    static func duration(_ milliseconds: UInt64) -> String { parameter(UInt256(milliseconds), .milliseconds) }

    static func duration(_ text: String) -> UInt64? { ParameterText.parse(text, as: .milliseconds)?.asUInt64 }

    /// The last second of the year 9999: later ones have no common form.
    private static let lastMilliseconds: UInt64 = 253_402_300_799_000

    /// A time in UTC; a number of milliseconds since 1970 where ISO 8601 would lose some.
    static func time(_ milliseconds: UInt64) -> String {
        guard milliseconds.isMultiple(of: 1000), milliseconds <= lastMilliseconds else { return "\(milliseconds)" }
        return Date(timeIntervalSince1970: Double(milliseconds / 1000)).formatted(.iso8601)
    }

    static func time(_ text: String) -> UInt64? {
        if let milliseconds = UInt64(text) { return milliseconds }
        guard let date = try? Date(text, strategy: .iso8601) else { return nil }
        let seconds = date.timeIntervalSince1970.rounded(.down)
        guard seconds >= 0, seconds <= Double(lastMilliseconds / 1000) else { return nil }
        return UInt64(seconds) * 1000
    }
}
