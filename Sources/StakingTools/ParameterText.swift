import ChainTypes
import Primitives

/// Values of parameters as people write and read them: `3d`, `50%`, `200000qst`, `30000000`.
public enum ParameterText {
    private static let times: [(suffix: String, milliseconds: UInt64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// nil for what is no value of the parameter's unit. A bare number is in the unit of the registry (wei, milliseconds,
    /// of 10^18).
    public static func parse(_ text: String, as unit: Parameter.Unit) -> UInt256? {
        if let plain = UInt256(decimal: text) { return plain }
        switch unit {
        case .wei: return text.lowercased().hasSuffix("qst") ? QST.parse(String(text.dropLast(3))) : nil
        case .fraction: return text.hasSuffix("%") ? percent(String(text.dropLast())) : nil
        case .milliseconds:
            for (suffix, factor) in times where text.hasSuffix(suffix) {
                guard let number = UInt64(text.dropLast(suffix.count)) else { continue }
                let (value, overflow) = number.multipliedReportingOverflow(by: factor)
                return overflow ? nil : UInt256(value)
            }
            return nil
        case .count, .gas: return nil
        }
    }

    /// A percentage such as `12.5`, of 10^18; at most 100.
    public static func percent(_ text: String) -> UInt256? {
        guard let scaled = QST.parse(text), scaled <= QST.one * 100 else { return nil }
        return scaled / UInt256(100)
    }

    public static func show(_ value: UInt256, _ unit: Parameter.Unit) -> String {
        switch unit {
        case .wei: return QST.format(value) + " QST"
        case .fraction: return showPercent(value)
        case .count, .gas: return value.description
        case .milliseconds:
            guard let number = value.asUInt64, number > 0, let time = times.last(where: { number % $0.milliseconds == 0 }) else {
                return value.description + "ms"
            }
            return "\(number / time.milliseconds)\(time.suffix)"
        }
    }

    /// A fraction of 10^18.
    public static func showPercent(_ fraction: UInt256) -> String { QST.format(fraction * UInt256(100)) + "%" }
}
