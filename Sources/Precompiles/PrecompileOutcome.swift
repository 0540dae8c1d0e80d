/// What a call of a precompile came to.
public enum PrecompileOutcome: Equatable, Sendable {
    /// The call returns `output`, and `gasUsed` is at most the gas that it was given.
    case success(gasUsed: UInt64, output: [UInt8])
    /// The call fails without output and consumes all of its gas: too little gas, or an input that the precompile rejects.
    case failure
}

/// Which precompiles a chain has.
public enum PrecompileSet: Sendable {
    /// Those of Ethereum only.
    case ethereum
    /// Those of Ethereum and QuStream's own, at every fork.
    case quStream
}
