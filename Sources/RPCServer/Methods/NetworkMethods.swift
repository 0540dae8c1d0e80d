import Cryptography

/// `net_*`, `web3_*` and what a tool asks first.
enum NetworkMethods {
    static let table: [String: RPCMethod] = [
        "eth_chainId": .read { reader, _ in .quantity(reader.chainID) },
        "net_version": .read { reader, _ in .string(String(reader.chainID)) },
        "net_listening": .read { _, _ in true },
        "net_peerCount": .read { reader, _ in .quantity(try reader.status().peers) },
        "web3_clientVersion": .read { reader, _ in .string(reader.clientVersion) },
        "web3_sha3": .read { _, parameters in .data(Keccak256.hash(try parameters.data(0))) },
        "eth_syncing": .read { reader, _ in try syncing(reader) },
        // Nodes hold no keys.
        "eth_accounts": .read { _, _ in [] },
        // Validators propose; nobody mines. As geth since the merge.
        "eth_mining": .read { _, _ in false },
        "eth_hashrate": .read { _, _ in "0x0" },
        "eth_coinbase": .read { _, _ in throw RPCFailure(message: "etherbase must be explicitly specified", reason: "noCoinbase") },
        "rpc_modules": .read { _, _ in
            let modules = Set(RPCMethodTable.names.compactMap { $0.split(separator: "_").first.map(String.init) }).sorted()
            return .object(modules.map { JSONValue.Member($0, "1.0") })
        },
    ]

    private static func syncing(_ reader: any ChainReader) throws -> JSONValue {
        guard let syncing = try reader.status().syncing else { return false }
        return [
            "startingBlock": .quantity(syncing.startingBlock),
            "currentBlock": .quantity(try reader.headNumber()),
            "highestBlock": .quantity(syncing.highestBlock),
        ]
    }
}
