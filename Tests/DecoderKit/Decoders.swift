import Foundation

/// Every decoder of data from outside.
package enum Decoders {
    /// - Parameter folder: a scratch folder of the caller's for decoders of files; it is emptied.
    package static func all(scratch folder: String) throws -> [Decoder] {
        let corpus = try Corpus()
        return try Decoder.chain(corpus) + Decoder.keys(corpus) + Decoder.text(corpus) + Decoder.files(corpus, in: folder)
    }
}
