import Primitives

/// A wallet's 1024-bit root W, which vault keys are bound to. It never leaves the wallet except as its sheet of words,
/// or sealed for another device of the owner.
public struct ClientRoot: Hashable, Sendable, CustomStringConvertible {
    public static let byteCount = 128
    /// Words on the sheet: 1024 bits and 32 bits of checksum, 11 bits a word.
    public static let sheetWordCount = 96

    /// 128 bytes, secret.
    public let bytes: [UInt8]

    /// Nil unless there are 128 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// A new root: a key's 1024 bits for the permutation, from an entropy block as any key's are.
    ///
    /// Hashing a whole block down is what lets a physical source meet the condition on entropy: 128 of its bytes hold too little.
    /// - Parameter entropy: `KeyGeneration.inputByteCount` bytes.
    public init(entropy: [UInt8]) throws(KeyGeneration.Failure) {
        bytes = Array(try KeyGeneration.material(input: entropy).bytes.prefix(Self.byteCount))
    }

    /// W as a key of the truncated keyed permutation.
    public var permutationKey: TKPKey {
        guard let key = TKPKey(bytes) else { preconditionFailure("a root has as many bytes as a key") }
        return key
    }

    /// The sheet: 96 words for W ‖ the first 32 bits of SHA3-256(tag ‖ W).
    public var sheet: [String] { WordCode.words(for: bytes + Self.checksum(of: bytes), count: Self.sheetWordCount) }

    /// Reads a sheet that a person typed: any white space, any case.
    /// - Throws: what is wrong with it. One wrong word, or two swapped ones, are found by trying (about 0.2 s);
    ///   it is the reader's to look at the paper again, the right word is not told.
    public init(sheet text: some StringProtocol) throws(PhraseError) {
        let indices = try WordCode.indices(in: text, counts: [Self.sheetWordCount])
        let sheet = WordCode.bytes(from: indices)
        guard Self.isRight(sheet) else { throw Self.fault(in: sheet, indices) }
        bytes = Array(sheet.prefix(Self.byteCount))
    }

    public var description: String { "ClientRoot" }

    private static func checksum(of root: some Collection<UInt8>) -> ArraySlice<UInt8> {
        DomainTag.clientRootSheet.hash(Array(root)).bytes.prefix(4)
    }

    private static func isRight(_ sheet: [UInt8]) -> Bool { sheet.suffix(4) == checksum(of: sheet.prefix(byteCount)) }

    /// Looks for the one change that makes the sheet right. By chance alone there is one in 5 of 100,000 hopeless
    /// sheets, so a position is said only where it is the only one.
    private static func fault(in sheet: [UInt8], _ indices: [Int]) -> PhraseError {
        var faults: [PhraseError] = []
        var changed = sheet
        for word in 0..<indices.count {
            for bits in 1..<2048 {
                WordCode.flip(bits, at: word, in: &changed)
                if isRight(changed) { faults.append(.wrongWord(position: word + 1)) }
                WordCode.flip(bits, at: word, in: &changed)
            }
            for other in word + 1..<indices.count where indices[other] != indices[word] {
                var swapped = indices
                swapped.swapAt(word, other)
                if isRight(WordCode.bytes(from: swapped)) { faults.append(.swappedWords(position: word + 1, other: other + 1)) }
            }
        }
        return faults.count == 1 ? faults[0] : .checksum
    }
}
