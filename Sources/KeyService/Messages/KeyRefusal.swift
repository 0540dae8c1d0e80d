import Primitives

/// Why an encryption node does not do what it was asked. Numbers are part of the protocol.
public enum KeyRefusal: UInt8, Error, Hashable, Sendable, CaseIterable, RLPCodable {
    /// The bytes are not a request.
    case malformed = 1
    /// No session of this peer has this token, or it is over: open another.
    case unknownSession = 2
    /// The one-time identifier has been used.
    case replayed = 3
    /// The header is older than 30 s and not the newest that the node knows to be final.
    case staleHeader = 4
    /// The certificate does not show that the header is final.
    case notFinal = 5
    /// A storage proof does not hold, or lacks a slot.
    case invalidProof = 6
    /// The registry has no such request.
    case unknownKey = 7
    /// The nodes are not those that the registry recorded with the request.
    case wrongNodeSet = 8
    /// This node is not of the key's committee.
    case notInCommittee = 9
    /// The device is not linked to the key's owner.
    case deviceNotLinked = 10
    case wrongSignature = 11
    /// The key's policy is not one that this node serves.
    case policy = 12
    /// Only the device that requested the key deals it.
    case notTheDealer = 13
    /// What was dealt is complete and stays as it is.
    case sealed = 14
    /// The node does not hold it.
    case notStored = 15
    /// A share or fragment has not the length that follows from the registry, or a place outside the vault.
    case wrongSize = 16
    /// The node's declared capacity is used up, or it has as many unfinished deals as it keeps.
    case full = 17
    /// An entropy source failed.
    case noEntropy = 18
    /// The node's own disk failed.
    case storage = 19
    /// The owner has given the key up.
    case removed = 20
    /// The registry does not say that the key was given up.
    case notRemoved = 21

    public func encode(to writer: inout RLPWriter) { writer.append(UInt64(rawValue)) }

    public init(from reader: inout RLPReader) throws(RLPError) {
        guard let refusal = KeyRefusal(rawValue: UInt8(try reader.readInt(atMost: 255))) else { throw .invalidValue }
        self = refusal
    }
}
