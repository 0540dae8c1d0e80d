import Crypto
import Primitives

/// `S = K ‖ k`: 1,280 bits, of which 1024 key the permutation and 256 AES. This is what the network shares.
public struct KeyMaterial: Sendable, CustomStringConvertible {
    public static let byteCount = 160
    /// `K ‖ k`, 160 bytes.
    public let bytes: [UInt8]

    /// Reads 160 bytes; nil for any other length.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// `K`. The length was checked when the material was made.
    public var permutationKey: TKPKey {
        guard let key = TKPKey(bytes[..<TKPKey.byteCount]) else { preconditionFailure("key material has 160 bytes") }
        return key
    }

    /// `k`, 32 bytes.
    public var cipherKey: [UInt8] { Array(bytes[TKPKey.byteCount...]) }

    /// The material of a root-bound vault: `S ⊕` the first 1,280 bits of `F_W(root ‖ key id ‖ 0..2)`.
    ///
    /// An involution: applied again with the same root, id and domain it gives the network's material back.
    /// - Parameters:
    ///   - root: the wallet's 1024-bit root `W`, which never leaves the wallet.
    ///   - domain: what the material is for: one root masks two keys of a vault with pads that have nothing in common.
    public func bound(to root: TKPKey, id: KeyID, domain: TKPDomain = .root) -> KeyMaterial {
        var masked = bytes
        TKP.applyKeystream(key: root, input: TKPInput(domain: domain, keyID: id), to: &masked)
        guard let material = KeyMaterial(masked) else { preconditionFailure("masking keeps the length") }
        return material
    }

    /// Never the key.
    public var description: String { "KeyMaterial(secret)" }
}

/// Compares without revealing where a difference lies; lengths are public.
func constantTimeEqual(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    var difference: UInt8 = 0
    for (x, y) in zip(a, b) { difference |= x ^ y }
    return difference == 0
}
