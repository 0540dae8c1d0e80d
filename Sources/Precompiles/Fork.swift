/// The forks of Ethereum that change what the EVM computes, in order.
public enum Fork: Int, Comparable, Sendable, CaseIterable {
    case frontier, homestead, tangerineWhistle, spuriousDragon, byzantium, constantinople, petersburg, istanbul
    case berlin, london, paris, shanghai, cancun, prague, osaka

    public static func < (a: Fork, b: Fork) -> Bool { a.rawValue < b.rawValue }

    /// Reads a name as Ethereum's tests write it (`EIP150`, `ConstantinopleFix`, `Cancun`, …), or the common name of
    /// the fork; nil for any other. Forks that changed the difficulty only are the fork before them.
    public init?(name: String) {
        switch name {
        case "Frontier": self = .frontier
        case "Homestead": self = .homestead
        case "EIP150", "TangerineWhistle": self = .tangerineWhistle
        case "EIP158", "SpuriousDragon": self = .spuriousDragon
        case "Byzantium": self = .byzantium
        case "Constantinople": self = .constantinople
        case "ConstantinopleFix", "Petersburg": self = .petersburg
        case "Istanbul", "MuirGlacier": self = .istanbul
        case "Berlin": self = .berlin
        case "London", "ArrowGlacier", "GrayGlacier": self = .london
        case "Paris", "Merge": self = .paris
        case "Shanghai": self = .shanghai
        case "Cancun": self = .cancun
        case "Prague": self = .prague
        case "Osaka": self = .osaka
        default: return nil
        }
    }
}
