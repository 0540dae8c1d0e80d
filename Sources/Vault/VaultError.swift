import ChainTypes
import Cryptography
import KeyService
import Primitives

/// Why a vault cannot be stored or read.
public enum VaultError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the chain's node said does not hold against the certificate or the proofs.
    case chainNotProven(String)
    case refusedOnChain(String)
    case unknownVault(KeyID)
    case notTheOwner
    /// The owner has given the vault up.
    case removed
    /// Another device stored the vault, and only that one may deal its shares.
    case notTheDealer
    /// No node knows which nodes the vault's committee came from.
    case nodeListUnknown
    case tooFewNodesRegistered
    case tooLarge
    /// Fewer nodes of a class than its threshold answered as they should.
    case belowShareThreshold(operators: Int, needOperators: Int, community: Int, needCommunity: Int, faults: [NodeFault])
    /// Fewer true fragments than rebuild a stripe.
    case belowFragmentThreshold(stripe: UInt64, have: Int, need: Int, faults: [NodeFault])
    /// No node gave a manifest that this wallet can open.
    case noManifest(faults: [NodeFault])
    /// The vault is bound to a client root, and the wallet has none.
    case rootMissing
    /// The shares decode, but not to the key of this vault under the wallet's client root.
    case wrongRoot
    /// Segments that are not those that were sealed, or not all of them.
    case notAuthentic(stripe: UInt64)
    /// The file is not what it was when the vault was requested.
    case fileChanged
    case file(String)
    case longName(maximumBytes: Int)
    case entropy(String)

    /// Nodes that did not do what they should, where that is why.
    public var faults: [NodeFault] {
        switch self {
        case .belowShareThreshold(_, _, _, _, let faults), .belowFragmentThreshold(_, _, _, let faults), .noManifest(let faults): faults
        default: []
        }
    }

    public var description: String {
        switch self {
        case .chainNotProven(let what): "the chain's node gave no proof of what it said: \(what)"
        case .refusedOnChain(let reason): "the chain refused: \(reason)"
        case .unknownVault(let id): "the key registry has no vault \(id)"
        case .notTheOwner: "the vault belongs to another account"
        case .removed: "the vault was removed"
        case .notTheDealer: "another device stored the vault: only that one can mend it"
        case .nodeListUnknown: "the list of nodes has changed, and none of them keeps the one that the vault's committee came from"
        case .tooFewNodesRegistered: "too few encryption nodes are registered for the chain's thresholds"
        case .tooLarge: "the file is larger than a vault can be"
        case .belowShareThreshold(let operators, let needOperators, let community, let needCommunity, _):
            "too few nodes for the key: \(operators) operator nodes of \(needOperators) needed, "
                + "\(community) community nodes of \(needCommunity) needed"
        case .belowFragmentThreshold(let stripe, let have, let need, _):
            "too few nodes for the data: stripe \(stripe) has \(have) true fragments of \(need) needed"
        case .noManifest: "no node gave this wallet's manifest of the vault"
        case .rootMissing: "the vault is bound to a client root, which this wallet lacks: import the 96-word sheet"
        case .wrongRoot: "the key does not fit: the wallet's client root is not the one that the vault is bound to"
        case .notAuthentic(let stripe): "stripe \(stripe) does not decrypt to what was stored"
        case .fileChanged: "the file changed while it was read"
        case .file(let why): why
        case .longName(let maximum): "a name has at most \(maximum) bytes"
        case .entropy(let why): "no randomness: \(why)"
        }
    }
}

/// What one node did not do as it should.
public struct NodeFault: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Problem: Hashable, Sendable {
        /// Not reached, or no answer in time.
        case silent(String)
        /// It answered that it would not.
        case refused(KeyRefusal)
        /// What it gave is not what was stored, or not the protocol.
        case lied(String)
    }

    public let node: EncryptionNode
    public let problem: Problem

    /// Whether `refresh` can mend it: the node is there and has nothing.
    public var isMendable: Bool { problem == .refused(.notStored) }

    public init(node: EncryptionNode, problem: Problem) { (self.node, self.problem) = (node, problem) }

    public var description: String {
        switch problem {
        case .silent(let why): "\(node.moniker) was silent (\(why))"
        case .refused(let refusal): "\(node.moniker) refused (\(refusal))"
        case .lied(let what): "\(node.moniker) lied (\(what))"
        }
    }
}
