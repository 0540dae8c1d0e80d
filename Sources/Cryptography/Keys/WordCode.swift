/// Bits as words: 11 bits a word, most significant first, from BIP-39's English list.
enum WordCode {
    /// The words for the first 11 × `count` bits, zeros standing for bits past the end.
    static func words(for bytes: [UInt8], count: Int) -> [String] {
        (0..<count).map { word in
            var index = 0
            for bit in 11 * word..<11 * word + 11 {
                let byte: UInt8 = bit / 8 < bytes.count ? bytes[bit / 8] : 0
                index = index << 1 | Int(byte >> UInt8(7 - bit % 8) & 1)
            }
            return EnglishWords.all[index]
        }
    }

    /// The words of a text that people wrote: any white space between them, any case.
    /// - Throws: `.wordCount` unless there are as many words as one of `counts`; `.unknownWord` for the first word that
    ///   is not in the list.
    static func indices(in text: some StringProtocol, counts: [Int]) throws(PhraseError) -> [Int] {
        // Long before this many bytes a text has too many words; do not split a book.
        guard text.utf8.count <= 4096 else { throw .tooLong }
        let words = text.lowercased().split(whereSeparator: \.isWhitespace)
        guard counts.contains(words.count) else { throw .wordCount(words.count) }
        var indices: [Int] = []
        for (position, word) in words.enumerated() {
            guard let index = index(of: word) else { throw .unknownWord(position: position + 1, word: String(word)) }
            indices.append(index)
        }
        return indices
    }

    /// The bytes that the words stand for, the last one padded with zero bits.
    static func bytes(from indices: [Int]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (11 * indices.count + 7) / 8)
        for (word, index) in indices.enumerated() { flip(index, at: word, in: &bytes) }
        return bytes
    }

    /// XORs 11 bits into the place of a word.
    static func flip(_ bits: Int, at word: Int, in bytes: inout [UInt8]) {
        for bit in 0..<11 where bits >> (10 - bit) & 1 == 1 {
            let place = 11 * word + bit
            bytes[place / 8] ^= 0x80 >> UInt8(place % 8)
        }
    }

    private static func index(of word: Substring) -> Int? {
        var (low, high) = (0, EnglishWords.all.count)
        while low < high {
            let middle = (low + high) / 2
            if EnglishWords.all[middle] < word { low = middle + 1 } else { high = middle }
        }
        return low < EnglishWords.all.count && EnglishWords.all[low] == word ? low : nil
    }
}

/// Why words that a person wrote down are not a phrase or sheet. Positions count from 1, as on paper.
public enum PhraseError: Error, Hashable, Sendable {
    /// So many words, which is not a length that is in use.
    case wordCount(Int)
    /// Far more text than any phrase has.
    case tooLong
    /// This word is not in the list.
    case unknownWord(position: Int, word: String)
    /// All words are in the list, and changing only the word at this position can make them right.
    case wrongWord(position: Int)
    /// All words are in the list, and these two stand in each other's place.
    case swappedWords(position: Int, other: Int)
    /// All words are in the list, but they do not belong together.
    case checksum
    /// Bytes to be written as words have a length that is not in use.
    case wrongLength(Int)
    /// The passphrase has characters other than printable ASCII, which devices write in more than one way.
    case passphraseNotASCII
}
