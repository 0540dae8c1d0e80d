import Cryptography
import KeyService
import Networking
import NIOCore
import Primitives
import SystemContracts

/// Limits of a client's patience.
public struct VaultOptions: Sendable {
    /// Whether the client root is left out, so that the nodes alone can give the key back.
    public var isRecoverable = false
    public var connectTimeoutMilliseconds: Int64 = 5_000
    public var requestTimeoutMilliseconds: Int64 = 15_000

    public init() {}
}

/// How far a transfer is: called now and then, in order, on any thread.
public typealias VaultProgress = @Sendable (_ doneBytes: UInt64, _ totalBytes: UInt64) -> Void

/// Stores files in the encryption network and reads them back past failed and lying nodes.
///
/// It believes only what it verified from the chain's validators: certificate, state proofs, then each fragment's
/// digest and each share's one-time tag. Files stream through a few stripes of memory, whatever their size.
public struct VaultClient: Sendable {
    /// Stripes being worked on at once; each holds some 15 MB in its various forms.
    static let stripesInFlight = 3
    /// Epoch of a first dealing.
    static let firstEpoch: UInt64 = 0

    let chain: any ChainGateway
    let network: VaultNetwork
    let keys: VaultKeys
    let entropy: VaultEntropy
    let group: any EventLoopGroup
    let options: VaultOptions

    public init(
        chain: any ChainGateway, network: VaultNetwork, keys: VaultKeys, entropy: VaultEntropy, group: any EventLoopGroup,
        options: VaultOptions = VaultOptions()
    ) {
        (self.chain, self.network, self.keys) = (chain, network, keys)
        (self.entropy, self.group, self.options) = (entropy, group, options)
    }

    var registry: RegistryReader {
        RegistryReader(
            chain: chain, network: network, owner: keys.owner, device: keys.device.commitment,
            finder: NodeListFinder { try dialer() })
    }

    /// A TLS key made for the occasion.
    private func dialer() throws -> Dialer {
        var limits = SessionLimits.service
        limits.handshakeTimeoutSeconds = max(1, options.connectTimeoutMilliseconds / 1000)
        do {
            let identity = try NodeIdentity(seed: try entropy.draw(32))
            return Dialer(client: try SecureClient(identity: identity, group: group, limits: limits), options: options)
        } catch { throw VaultError.entropy("\(error)") }
    }

    /// Links this wallet's device to its account, unless the final state shows that it is.
    func linkDevice() async throws {
        let slot = KeyRegistry.deviceSlot(owner: keys.owner, device: keys.device.commitment)
        guard try await registry.values([slot]) == [.zero] else { return }
        _ = try await chain.transact(
            to: KeyRegistry.address, value: .zero, data: KeyRegistry.linkDeviceCall(device: keys.device.commitment))
    }

    /// Sessions with a vault's committee.
    func openCommittee(_ key: ProvenKey) async throws -> CommitteeSession {
        let opener = SessionOpener(keys: keys, registry: registry, entropy: entropy, dialer: try dialer())
        return try await CommitteeSession.open(key, with: opener)
    }
}
