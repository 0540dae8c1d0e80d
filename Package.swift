// swift-tools-version: 6.2
import PackageDescription

// The house: small targets in layers. A target imports only from the layers below it;
// docs/architecture holds the table and Tests/HouseTests compares every import with it.

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

func core(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources)
}

let package = Package(
    name: "qustream",
    platforms: [.macOS("26.0")],
    products: [
        .executable(name: "qustream", targets: ["qustream"]),
        // For the packages beside this one (Benchmarks).
        .library(
            name: "QuStreamKit",
            targets: ["Primitives", "Cryptography", "ChainTypes", "StoreAPI", "Storage", "Networking", "Signer", "RPCClient", "Wallet"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/LebJe/TOMLKit.git", from: "0.6.0"),
    ],
    targets: [
        // Layer 0
        .target(name: "CWide"),
        core("Primitives", ["CWide"]),

        // Layer 1
        .target(name: "CKeccak"),
        .target(name: "CErasure"),
        core("Cryptography", [
            "Primitives", "CKeccak", "CErasure", crypto, .product(name: "CryptoExtras", package: "swift-crypto"),
        ]),
        core("ContractABI", ["Primitives", "Cryptography"]),
        core("ChainTypes", ["Primitives", "Cryptography"]),
        core("StoreAPI", ["Primitives", "Cryptography"]),
        core("Trie", ["Primitives", "Cryptography"]),

        // Layer 2
        .target(name: "CBN254", dependencies: ["CGMP"]),
        .target(name: "CBLST", exclude: ["vendor"]),  // scripts/fetch-blst fills vendor
        .systemLibrary(name: "CGMP", providers: [.apt(["libgmp-dev"])]),
        .systemLibrary(name: "CNettle", providers: [.apt(["nettle-dev"])]),
        .systemLibrary(name: "CSecp256k1", providers: [.apt(["libsecp256k1-dev"])]),
        core("Precompiles", ["Primitives", "Cryptography", "CBN254", "CBLST", "CGMP", "CNettle", "CSecp256k1", crypto]),
        core("LightClient", ["Primitives", "Cryptography", "ChainTypes", "Trie"]),
        .target(name: "CJumps"),
        core("WorldState", ["Primitives", "Cryptography", "ChainTypes", "Trie", "StoreAPI", "CJumps"]),
        core("EVM", ["Primitives", "Cryptography", "ChainTypes", "WorldState", "Precompiles"]),
        core("Tracers", ["Primitives", "Cryptography", "ChainTypes", "WorldState", "EVM"]),
        core("SystemContracts", ["Primitives", "Cryptography", "ChainTypes", "WorldState"]),
        core("Execution", [
            "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "Trie", "WorldState", "Precompiles", "EVM", "SystemContracts",
        ]),

        // Ethereum's own transactions, for its test suites: never part of a node.
        core("EthereumFixtures", ["Primitives", "Cryptography", "ChainTypes", "Trie", "WorldState", "Precompiles", "EVM"]),

        // Layer 3
        core("Mempool", [
            "Primitives", "Cryptography", "ChainTypes", "WorldState", "SystemContracts", "Execution",
            .product(name: "HeapModule", package: "swift-collections"),
        ]),
        core("Consensus", ["Primitives", "Cryptography", "ChainTypes"]),
        core("Replica", [
            "Primitives", "Cryptography", "ChainTypes", "Trie", "StoreAPI", "LightClient", "WorldState",
            "SystemContracts", "Execution", "Mempool", "Consensus",
            .product(name: "DequeModule", package: "swift-collections"),
        ]),
        core("KeyService", ["Primitives", "Cryptography", "ChainTypes", "Trie", "StoreAPI", "LightClient", "SystemContracts"]),

        // Layer 4
        .systemLibrary(name: "CRocksDB", providers: [.apt(["librocksdb-dev"])]),
        core("Storage", ["Primitives", "Cryptography", "ChainTypes", "StoreAPI", "CRocksDB"]),
        core("Networking", nio + [
            "Primitives", "Cryptography", "ChainTypes", logging, crypto,
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "NIOTLS", package: "swift-nio"),
            .product(name: "SwiftASN1", package: "swift-asn1"),
        ]),
        core("Signer", ["Primitives", "Cryptography", "ChainTypes", crypto, .product(name: "CryptoExtras", package: "swift-crypto")]),
        .target(name: "CEntropy"),
        core("Entropy", ["Primitives", "Cryptography", "CEntropy"]),

        // Layer 5
        core("RPCClient", nio + [
            "Primitives", "Cryptography", "ChainTypes",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
        ]),
        core("RPCServer", nio + [
            "Primitives", "Cryptography", "ChainTypes", logging,
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOWebSocket", package: "swift-nio"),
        ]),
        core("ContractTools", ["Primitives", "Cryptography", "ChainTypes", "ContractABI"]),
        core("StakingTools", ["Primitives", "Cryptography", "ChainTypes", "SystemContracts", "ContractABI"]),
        core("Wallet", ["Primitives", "Cryptography", "ChainTypes", "LightClient", "RPCClient", "Signer", "Entropy"]),
        core("Gateway", nio + [
            "Primitives", "Cryptography", "ChainTypes", "RPCServer", "RPCClient", "Wallet", "Signer",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOWebSocket", package: "swift-nio"),
        ]),
        core("Vault", nio + [
            "Primitives", "Cryptography", "ChainTypes", "Trie", "LightClient", "SystemContracts",
            "RPCClient", "Networking", "Signer", "Entropy", "Wallet", "KeyService",
        ]),
        core("Node", nio + [
            "Primitives", "Cryptography", "ChainTypes", "Trie", "StoreAPI", "LightClient", "WorldState",
            "SystemContracts", "EVM", "Tracers", "Execution", "Mempool", "Consensus", "Replica", "KeyService",
            "Storage", "Networking", "Signer", "Entropy", "RPCServer", logging,
            .product(name: "TOMLKit", package: "TOMLKit"),
        ]),

        core("GenesisTools", [
            "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "Storage", "Execution", "Replica", "Signer", "StakingTools", "RPCServer",
            "Node", .product(name: "TOMLKit", package: "TOMLKit"),
        ]),

        // Layer 6
        .target(name: "CMLDSA", dependencies: [crypto]),
        core("Simulation", [
            "CMLDSA", "Primitives", "Cryptography", "ChainTypes", "Trie", "StoreAPI", "LightClient", "WorldState",
            "SystemContracts", "Execution", "Mempool", "Consensus", "Replica", "KeyService", "Signer",
        ]),
        .target(
            name: "Explorer",
            dependencies: [
                "RPCServer", logging,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            resources: [.embedInCode("Page")]),
        .executableTarget(name: "qustream", dependencies: nio + [
            "Primitives", "Cryptography", "ChainTypes", "ContractABI", "ContractTools", "StakingTools", "GenesisTools", "LightClient", "SystemContracts", "Execution", "EVM", "EthereumFixtures",
            "Precompiles", "Simulation", "Explorer", "Node", "Wallet", "Vault", "Gateway", "RPCClient", "RPCServer", "Signer", "Entropy", "Networking", "Storage", logging,
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
        ]),

        // Tests
        .target(name: "TestKit", path: "Tests/TestKit"),
        .executableTarget(name: "StorageCrashWriter", dependencies: ["StoreAPI", "Storage"], path: "Tests/StorageCrashWriter"),
        // Speaks with scripts/evm, which runs the same programs on other interpreters.
        .executableTarget(
            name: "EVMDriver", dependencies: ["Primitives", "Cryptography", "ChainTypes", "Precompiles", "WorldState", "EVM"],
            path: "Tests/EVMDriver"),
        // What costs native calls, precompiles and opcodes most: for `make bench-gas` and the test of it.
        .target(
            name: "GasKit",
            dependencies: [
                "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "Trie", "WorldState", "Precompiles", "EVM", "SystemContracts", "Execution",
                "TestKit", crypto,
            ], path: "Tests/GasKit"),
        // Measures parts that other packages do not see: `make bench-chain`.
        .executableTarget(
            name: "ChainBenchmarks",
            dependencies: [
                "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "Trie", "WorldState", "SystemContracts", "Execution", "Mempool", "Replica",
                "Storage", "Signer", "RPCClient", "Wallet", "TestKit", "GasKit",
            ], path: "Benchmarks/Chain"),
        // What one stranger can do to a network of the release binary: `make bench-floods`.
        .executableTarget(
            name: "FloodBenchmarks",
            dependencies: nio + [
                "Primitives", "Cryptography", "ChainTypes", "Networking", "RPCClient", "Wallet",
                .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "NIOTLS", package: "swift-nio"),
            ], path: "Benchmarks/Floods"),
        tests("HouseTests", []),
        tests("PrimitivesTests", ["Primitives", "TestKit"]),
        tests("ExecutionTests", [
            "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "Trie", "WorldState", "SystemContracts", "EVM", "Execution", "Mempool",
            "Replica", "TestKit",
        ]),
        tests("SystemContractsTests", [
            "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "Trie", "WorldState", "SystemContracts", "Execution", "EVM", "TestKit",
            "GasKit", "ContractABI", "ContractTools",
        ]),
        tests("MempoolTests", [
            "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "WorldState", "SystemContracts", "Execution", "Mempool", "Replica", "TestKit",
        ]),
        tests("LightClientTests", ["Primitives", "Cryptography", "ChainTypes", "LightClient", "SystemContracts", "VaultTestKit"]),
        tests("ConsensusTests", ["Primitives", "Cryptography", "ChainTypes", "Consensus", "TestKit"]),
        tests("EVMTests", [
            "Primitives", "Cryptography", "ChainTypes", "Precompiles", "CJumps", "WorldState", "EVM", "EthereumFixtures", "TestKit",
        ], resources: [.copy("manifest.txt")]),
        tests("ContractToolsTests", ["Primitives", "Cryptography", "ChainTypes", "ContractABI", "ContractTools"]),
        tests("ContractABITests", ["Primitives", "Cryptography", "ContractABI", "TestKit"]),
        tests("TracersTests", ["Primitives", "Cryptography", "ChainTypes", "StoreAPI", "Precompiles", "WorldState", "EVM", "Tracers", "EthereumFixtures", "TestKit"]),
        tests("PrecompilesTests", ["Primitives", "Cryptography", "Precompiles", crypto, "TestKit"]),
        tests("TrieTests", ["Primitives", "Cryptography", "Trie", "TestKit"]),
        tests("StorageTests", ["Primitives", "StoreAPI", "Storage", "TestKit", "StorageCrashWriter"]),
        tests("VaultCryptographyTests", ["Primitives", "Cryptography", "TestKit"], resources: [.copy("Vectors")]),
        .target(
            name: "VaultTestKit",
            dependencies: [
                "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "Trie", "LightClient", "WorldState", "SystemContracts", "Execution",
            ], path: "Tests/VaultTestKit"),
        tests("KeyServiceTests", [
            "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "LightClient", "SystemContracts", "KeyService", "VaultTestKit",
        ]),
        tests("VaultTests", nio + [
            "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "LightClient", "SystemContracts", "Networking", "KeyService", "Vault",
            "VaultTestKit", "WorldState",
        ]),
        tests("NetworkingTests", nio + [
            "Primitives", "Cryptography", "Networking", "TestKit", logging,
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "NIOTLS", package: "swift-nio"),
        ]),
        tests("SimulationTests", ["Simulation"]),
        tests("EndToEndTests", nio + [
            "Primitives", "ChainTypes", "StoreAPI", "Storage", "Signer", "Networking", "RPCClient", "qustream", "TestKit", logging,
        ]),
        tests("NodeTests", nio + [
            "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "Replica", "Networking", "Signer", "Node", "TestKit",
        ]),
        tests("GenesisToolsTests", [
            "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "Storage", "Execution", "Signer", "StakingTools", "Node", "GenesisTools",
            "TestKit",
        ]),
        tests("EntropyTests", ["Entropy"]),
        tests("WalletTests", ["Primitives", "Cryptography", "ChainTypes", "Entropy", "Signer", "Wallet"]),
        tests("SignerTests", ["Primitives", "Cryptography", "ChainTypes", "Signer", "TestKit"]),
        tests("CryptographyTests", ["CMLDSA", "Primitives", "Cryptography", "TestKit"], resources: [.copy("Vectors")]),
        // Every decoder of outside data with valid inputs for it, shared by the tests and `make fuzz`.
        .target(
            name: "DecoderKit",
            dependencies: [
                "Primitives", "Cryptography", "ChainTypes", "StoreAPI", "Trie", "LightClient", "WorldState", "SystemContracts", "Consensus",
                "KeyService", "Signer", "Wallet", "Vault", "RPCServer", "TestKit", "VaultTestKit",
            ], path: "Tests/DecoderKit"),
        tests("DecoderTests", ["DecoderKit"]),
        // Clients that behave as no library lets them.
        .target(
            name: "WebTestKit",
            dependencies: nio + [
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOWebSocket", package: "swift-nio"),
            ], path: "Tests/WebTestKit"),
        tests("GatewayTests", nio + [
            "Primitives", "Cryptography", "ChainTypes", "Entropy", "Signer", "RPCServer", "Wallet", "Gateway", "TestKit", "WebTestKit",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
        ]),
        tests("RPCTests", nio + [
            "Primitives", "Cryptography", "ChainTypes", "RPCServer", "RPCClient", "Explorer", "TestKit", "WebTestKit", logging,
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOWebSocket", package: "swift-nio"),
        ]),
    ]
)
