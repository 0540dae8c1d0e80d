/// The tables of a node's database, each an ordered map from bytes to bytes.
///
/// Raw values are stored and never change or get reused. Numbers in keys are big-endian, so that byte order is number order.
public enum Column: UInt8, CaseIterable, Sendable {
    /// Names to small values: schema version, genesis hash, last finalised height.
    case meta = 0
    /// Block hash to envelope and body, without witnesses.
    case block = 1
    /// Height to canonical header.
    case header = 2
    /// Block hash to height.
    case blockIndex = 3
    /// Transaction hash to height and index.
    case transactionIndex = 4
    /// Height and index to receipt.
    case receipt = 5
    /// Height to finality certificate.
    case certificate = 6
    /// Node hash to Merkle-Patricia trie node.
    case trieNode = 7
    /// Code hash to contract code.
    case code = 8
    /// Consensus write-ahead log: sequence number to what was voted, before it was sent.
    case wal = 9
    /// Hash to evidence of misbehaviour.
    case evidence = 10
    /// Encryption node: key id to key share.
    case share = 11
    /// Encryption node: vault, field and segment to ciphertext fragment.
    case fragment = 12
    /// Encryption node: vault id to sealed manifest.
    case manifest = 13
    /// Nothing is kept here: it was a log of accesses that nothing bounded. Other columns keep their numbers.
    case accessLog = 14
    /// Block hash to witnesses (public keys and signatures), prunable after the retention.
    case witness = 15
    /// Height to signature census (algorithm, count, bytes).
    case census = 16
    /// Epoch to validator set and the epoch's last certificate, kept for ever.
    case epoch = 17
    /// Encryption node: device counters and sessions, against replays.
    case device = 18
    /// Anything a component keeps for itself, under a name of its own.
    case local = 19
}
