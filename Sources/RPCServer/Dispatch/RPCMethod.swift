/// What a method may use besides its parameters.
struct RPCContext: Sendable {
    let reader: any ChainReader
    let submitter: any TransactionSubmitter
    let pool: ReaderPool
    /// nil where the connection cannot carry notifications.
    let session: SubscriptionSession?
}

/// How a method is answered.
enum RPCMethod: Sendable {
    /// By reading: runs on the reader pool.
    case read(ReadLength = .short, @Sendable (any ChainReader, RPCParameters) throws -> JSONValue)
    /// By reading, with the clients' filters: runs on the reader pool.
    case filter(ReadLength = .short, @Sendable (FilterStore, any ChainReader, RPCParameters) throws -> JSONValue)
    /// By something that waits for others: runs on the cooperative pool and must not block.
    case wait(@Sendable (RPCContext, RPCParameters) async throws -> JSONValue)
}

/// All methods by name.
package enum RPCMethodTable {
    package static var names: [String] { methods.keys.sorted() }

    static let methods: [String: RPCMethod] = {
        let groups = [
            NetworkMethods.table, BlockMethods.table, TransactionMethods.table, StateMethods.table, FeeMethods.table,
            CallMethods.table, LogMethods.table, SubmissionMethods.table, ConsensusMethods.table, RegistryMethods.table, GovernanceMethods.table,
            SubscriptionMethods.table, FilterMethods.table, RawMethods.table,
            PoolMethods.table, ConfigurationMethods.table, SimulationMethods.table, TraceMethods.table,
            HealthMethods.table,
        ]
        return groups.reduce(into: [:]) { all, group in all.merge(group) { _, _ in preconditionFailure("a method is listed twice") } }
    }()
}
