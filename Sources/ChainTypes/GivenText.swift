/// What people may write for others to read: on the chain, so each rule is spelled out here and in no table that a library may change.
public enum GivenText {
    /// Why a text is no name; nil where it is one: a line that nobody can take for an address, or for another name by its ends.
    public static func fault(ofName text: String) -> String? {
        if text.isEmpty { return "is empty" }
        if text.utf8.starts(with: [0x30, 0x78]) || text.utf8.starts(with: [0x30, 0x58]) { return "begins as an address does" }
        if text.utf8.first == 0x20 || text.utf8.last == 0x20 { return "begins or ends with a blank" }
        return fault(ofLine: text)
    }

    /// Why a text is not one line that every reader sees alike.
    public static func fault(ofLine text: String) -> String? {
        text.unicodeScalars.contains(where: isObeyed) ? "holds control characters, or marks that change how it reads" : nil
    }

    /// The same of several lines.
    public static func fault(ofLines text: String) -> String? {
        text.unicodeScalars.contains { isObeyed($0) && $0 != "\n" && $0 != "\t" } ? "holds control characters, or marks that change how it reads" : nil
    }

    /// Controls (C0, DEL, C1), separators of lines, marks that turn the direction of text, and characters without a picture; not the two
    /// joiners, which scripts need.
    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1f, 0x7f...0x9f, 0xad, 0x61c, 0x180e, 0x200b, 0x200e...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfff9...0xfffb,
            0xe0000...0xe007f:
            true
        default: false
        }
    }
}
