import ChainTypes
import LightClient
import Primitives
import Synchronization

/// Follows the chain's finality through a gateway that may lie, across changes of validators.
public final class ChainFollower: Sendable {
    private let client: Mutex<LightClient>
    private let keep: @Sendable (Checkpoint) -> Void

    /// - Parameters:
    ///   - client: where to start: at genesis, or at a checkpoint.
    ///   - keep: hears of each later checkpoint.
    public init(_ client: LightClient, keep: @escaping @Sendable (Checkpoint) -> Void = { _ in }) {
        self.client = Mutex(client)
        self.keep = keep
    }

    /// The newest final header that the gateway shows, its certificate verified by the validators of its epoch.
    /// - Throws: `VaultError.chainNotProven`.
    func head(_ chain: any ChainGateway) async throws -> (header: SealedHeader, proof: FinalityProof) {
        let proof = try await chain.finality()
        do { return (try advance(proof), proof) } catch LightClientError.unknownEpoch(let epoch) {
            try await goOn(to: epoch, chain)
        } catch { throw VaultError.chainNotProven("\(error)") }
        do { return (try advance(proof), proof) } catch { throw VaultError.chainNotProven("\(error)") }
    }

    private func advance(_ proof: FinalityProof) throws -> SealedHeader {
        let (header, checkpoint) = try client.withLock { client in
            // A gateway may answer with an older block than it once did; that is final too.
            let header = try client.verify(proof)
            if header.number > client.finalized?.number ?? 0 { try client.advance(proof) }
            return (header, client.checkpoint)
        }
        if let checkpoint, checkpoint.finalized == header { keep(checkpoint) }
        return header
    }

    private func goOn(to epoch: UInt64, _ chain: any ChainGateway) async throws {
        while true {
            let wanted = client.withLock { $0.wantedEpoch }
            guard wanted < epoch else { return }
            let changes = try await chain.epochChanges(from: wanted)
            do { for change in changes { try client.withLock { try $0.advance(change) } } } catch {
                throw VaultError.chainNotProven("\(error)")
            }
            guard client.withLock({ $0.wantedEpoch }) > wanted else {
                throw VaultError.chainNotProven("the validators of epoch \(wanted + 1) are not shown")
            }
        }
    }
}
