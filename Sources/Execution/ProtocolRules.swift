import Precompiles

/// The execution rules in force.
public enum ProtocolRules {
    /// Ethereum's rules that contracts run under.
    public static let fork = Fork.osaka
    /// The most gas that one transaction may ask for (EIP-7825).
    public static let maximumTransactionGas: UInt64 = 1 << 24
}
