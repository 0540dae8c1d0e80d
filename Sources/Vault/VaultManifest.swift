import ChainTypes
import Cryptography
import KeyService
import Primitives

/// Everything but keys that reading a vault takes, sealed under the wallet's keys and kept by every node of the committee.
package struct VaultManifest: Hashable, Sendable, RLPCodable {
    /// The file's name, without its folders.
    var name: String
    static let maximumNameBytes = 1024
    var size: UInt64
    package var label: VaultLabel
    /// Epoch of the committee that the key was dealt to.
    var epoch: UInt64
    /// Of the message's segments.
    var salt: AttemptSalt
    /// To the material that encrypts.
    package var commitment: KeyMaterialCommitment
    /// One-time keys of the shares' tags, by seat.
    var tagKeys: [[UInt8]]
    /// Of the fragments (`VaultLayout.digest`): by stripe, then seat.
    var digests: [[Hash]]

    package func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(text: name)
            $0.append(size)
            $0.append(label)
            $0.append(epoch)
            $0.append(salt)
            $0.append(commitment)
            $0.list { list in for key in tagKeys { list.append(key) } }
            $0.list { list in for stripe in digests { list.append(stripe.flatMap(\.bytes)) } }
        }
    }

    init(
        name: String, size: UInt64, label: VaultLabel, epoch: UInt64, salt: AttemptSalt, commitment: KeyMaterialCommitment,
        tagKeys: [[UInt8]], digests: [[Hash]]
    ) {
        (self.name, self.size, self.label, self.epoch, self.salt) = (name, size, label, epoch, salt)
        (self.commitment, self.tagKeys, self.digests) = (commitment, tagKeys, digests)
    }

    package init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            let (name, size) = (try list.readText(atMost: Self.maximumNameBytes), try list.readUInt64())
            let (label, epoch, salt): (VaultLabel, UInt64, AttemptSalt) = (try list.read(), try list.readUInt64(), try list.read())
            let commitment: KeyMaterialCommitment = try list.read()
            var (keyList, tagKeys): (RLPReader, [[UInt8]]) = (try list.readList(), [])
            while !keyList.isAtEnd {
                guard tagKeys.count < 2 * Committee.maximumCount else { throw .tooManyItems }
                tagKeys.append(try keyList.readBytes(exactly: ShareAuthenticator.keyByteCount))
            }
            var (stripeList, digests): (RLPReader, [[Hash]]) = (try list.readList(), [])
            while !stripeList.isAtEnd { digests.append(try Self.hashes(try stripeList.readBytes(), count: tagKeys.count)) }
            return VaultManifest(
                name: name, size: size, label: label, epoch: epoch, salt: salt, commitment: commitment, tagKeys: tagKeys, digests: digests)
        }
    }

    private static func hashes(_ bytes: ArraySlice<UInt8>, count: Int) throws(RLPError) -> [Hash] {
        guard bytes.count == count * Hash.byteCount else { throw .wrongLength }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: Hash.byteCount).compactMap { Hash(bytes[$0..<$0 + Hash.byteCount]) }
    }

    /// The header that every segment of the file authenticates.
    func header(_ keyID: KeyID) -> SegmentHeader {
        SegmentHeader(keyID: keyID, record: keyID.hash, field: 0, policy: AccessPolicy.ownerOnly, epoch: epoch, message: 0, salt: salt)
    }
}
