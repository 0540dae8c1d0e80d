import ChainTypes
import Cryptography
import Foundation
import Networking
import Node
import Primitives
import Wallet

/// Which nodes a local network has, where they listen, and how their homes are made.
struct DevnetPlan: Sendable {
    /// The published phrase of the devnet's funded accounts. Never use it for anything of value.
    static let phrase = Array(repeating: "abandon", count: 23).joined(separator: " ") + " art"
    static let accountNames = ["alice", "bob", "carol"]
    /// QST of each of them, and of the operators of nodes beside their stakes.
    static let (balance, operatorBalance): (UInt64, UInt64) = (1_000_000, 1000)
    static let chainID: UInt64 = 20817

    private static let rpcNode = "rpc-1"

    struct Member: Sendable {
        let name: String
        let kind: NodeConfiguration.Kind
        let p2pPort: Int
        let rpcPort: Int?
        var nodeClass: NodeClass?
    }

    let home: URL
    let shape: DevnetShape
    let checksInvariants: Bool

    var members: [Member] {
        let (base, step) = (shape.portBase, DevnetShape.portsOfAKind)
        let voting = (0..<shape.validators).map {
            Member(name: "validator-\($0 + 1)", kind: .validator, p2pPort: base + $0, rpcPort: base + step + $0)
        }
        let encrypting = (0..<shape.operatorNodes + shape.communityNodes).map { index in
            let isOperator = index < shape.operatorNodes
            let name = isOperator ? "operator-\(index + 1)" : "community-\(index - shape.operatorNodes + 1)"
            return Member(
                name: name, kind: .encryption, p2pPort: base + 2 * step + index, rpcPort: base + 3 * step + index,
                nodeClass: isOperator ? .operator : .community)
        }
        return voting + encrypting + [Member(name: Self.rpcNode, kind: .full, p2pPort: base + step - 1, rpcPort: shape.rpcPort)]
    }

    /// Nodes with a stake; their operators' accounts are in the wallet under the nodes' names.
    private var staked: [Member] { members.filter { $0.kind != .full } }

    func directory(_ member: Member) -> URL { home.appending(path: member.name) }
    var wallet: URL { home.appending(path: "wallet") }

    /// Makes keys, genesis and homes.
    func create() throws {
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try shape.save(in: home)
        let operators = try operatorAddresses()
        var seeds: [String: (node: [UInt8], consensus: [UInt8])] = [:]
        var voting: [Validator] = []
        var encrypting: [EncryptionNode] = []
        for member in members {
            let made = (node: try GlobalOptions.random(32), consensus: try GlobalOptions.random(32))
            seeds[member.name] = made
            let nodeKey = try NodeIdentity(seed: made.node).publicKey
            let consensus = try MLDSAPrivateKey(suite: .mldsa65, seed: made.consensus)
            let address = operators[member.name] ?? .zero
            let endpoint = "127.0.0.1:\(member.p2pPort)"
            if member.kind == .validator {
                voting.append(
                    Validator(
                        address: address, power: 200_000, consensusKey: consensus.publicKey, nodeKey: nodeKey, endpoint: endpoint,
                        moniker: member.name))
            } else if let nodeClass = member.nodeClass {
                encrypting.append(
                    EncryptionNode(
                        address: address, nodeClass: nodeClass, nodeKey: nodeKey, endpoint: endpoint, capacityGiB: 10, moniker: member.name))
            }
        }
        guard let set = ValidatorSet(voting) else { throw Refusal("a devnet needs 1 to 100 validators") }
        let genesis = ChainSpec(
            name: "devnet", chainID: Self.chainID, genesisTimeMilliseconds: UInt64(Date().timeIntervalSince1970 * 1000),
            parameters: parameters, validators: set, encryptionNodes: encrypting, allocations: try allocations(operators),
            economy: EconomySpec(parameters: .devnet(epochMilliseconds: parameters.epochMilliseconds)))
        for member in members {
            guard let made = seeds[member.name] else { continue }
            try NodeHome.create(directory(member), configuration: configuration(member), keySeeds: made, genesis: genesis)
        }
        try createWallet(genesis)
    }

    /// Gives a devnet that exists the ports of this plan's RPC node.
    func move() throws {
        for member in members where member.kind == .full {
            var configuration = try NodeHome(directory(member)).configuration
            let wanted = self.configuration(member)
            (configuration.rpcListen, configuration.explorerListen) = (wanted.rpcListen, wanted.explorerListen)
            try configuration.toml.write(to: directory(member).appending(path: "node.toml"), atomically: true, encoding: .utf8)
        }
        try shape.save(in: home)
    }

    /// The wallet of the funded accounts, with an empty password, and the genesis that vault commands trust.
    private func createWallet(_ genesis: ChainSpec) throws {
        let entropy = try GlobalOptions.entropy()
        var made = try Wallet.create(directory: wallet.path, password: .empty, entropy: entropy, allowsEmptyPassword: true)
        let phrase = try RecoveryPhrase(Self.phrase)
        for (index, name) in (Self.accountNames + staked.map(\.name)).enumerated() {
            _ = try made.importAccount(named: name, phrase: phrase, index: UInt64(index), entropy: entropy)
        }
        try Data(genesis.rlp).write(to: wallet.appending(path: "genesis.rlp"), options: .atomic)
    }

    private var parameters: ChainParameters {
        var parameters = ChainParameters()
        parameters.epochMilliseconds = 1000 * shape.epochSeconds
        parameters.operatorCommittee = UInt64(shape.operatorNodes)
        parameters.communityCommittee = UInt64(shape.communityNodes)
        parameters.operatorThreshold = UInt64(shape.operatorNodes / 2 + 1)
        parameters.communityThreshold = UInt64(shape.communityNodes / 2 + 1)
        parameters.fragmentThreshold = UInt64(max(1, (shape.operatorNodes + shape.communityNodes) * 5 / 8))
        return parameters
    }

    private func configuration(_ member: Member) -> NodeConfiguration {
        var configuration = NodeConfiguration(kind: member.kind, moniker: member.name)
        configuration.p2pListen = "127.0.0.1:\(member.p2pPort)"
        let port = member.rpcPort.map { "127.0.0.1:\($0)" } ?? ""
        if member.kind == .encryption { configuration.metricsListen = port } else { configuration.rpcListen = port }
        configuration.checkInvariants = checksInvariants && member.kind == .full
        if member.kind == .full { configuration.explorerListen = "127.0.0.1:\(shape.explorerPort)" }
        return configuration
    }

    private func chain(_ index: Int) throws -> KeyChain {
        KeyChain(seed: AccountSeed(phraseSeed: try RecoveryPhrase(Self.phrase).seed(), account: UInt64(index)))
    }

    private func operatorAddresses() throws -> [String: Address] {
        var addresses: [String: Address] = [:]
        for (index, member) in staked.enumerated() { addresses[member.name] = try chain(Self.accountNames.count + index).address }
        return addresses
    }

    private func allocations(_ operators: [String: Address]) throws -> [Allocation] {
        try Self.accountNames.indices.map { Allocation(address: try chain($0).address, balance: QST.one * UInt256(Self.balance)) }
            + staked.compactMap { operators[$0.name].map { Allocation(address: $0, balance: QST.one * UInt256(Self.operatorBalance)) } }
    }
}
