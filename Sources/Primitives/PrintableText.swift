/// Text from others as a terminal may be shown it: what a terminal would obey, or would draw elsewhere than it stands, is written
/// as its code point.
extension String {
    /// One line: line breaks and tabs are written as code points too. For names, titles, reasons and whatever else is a part of a line.
    public var printable: String { escaping { $0.isObeyed } }

    /// The same of whole lines.
    public var printableLines: String { escaping { $0.isObeyed && $0 != "\n" && $0 != "\t" } }

    private func escaping(_ isEscaped: (Unicode.Scalar) -> Bool) -> String {
        guard unicodeScalars.contains(where: isEscaped) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if isEscaped(scalar) { text += "\\u{\(String(scalar.value, radix: 16))}" } else { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}

extension Unicode.Scalar {
    /// Controls, separators of lines, and format characters (marks that turn the direction of text around, invisible ones), but for the
    /// two joiners that scripts and emoji need.
    public var isObeyed: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: self != "\u{200c}" && self != "\u{200d}"
        default: false
        }
    }
}
