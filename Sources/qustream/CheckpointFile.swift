import ChainTypes
import Foundation
import LightClient
import Primitives
import Vault

/// The newest header of a chain that this wallet has verified, beside the wallet: the next command goes on from there.
struct CheckpointFile {
    let url: URL
    let genesis: Hash

    init(folder: URL, genesis: Hash) {
        self.genesis = genesis
        url = folder.appending(path: "checkpoint-\(Hex.encode(Array(genesis.bytes.prefix(8))).dropFirst(2)).rlp")
    }

    /// Starts at the checkpoint, or, where there is none, at genesis.
    func follower(validators: ValidatorSet) -> ChainFollower {
        let checkpoint = (try? Data(contentsOf: url)).flatMap { try? Checkpoint(rlp: $0) }
        let client = checkpoint.map { LightClient(genesis: genesis, checkpoint: $0) } ?? LightClient(genesis: genesis, validators: validators)
        // Losing it costs time, not safety: what cannot be written is verified again.
        return ChainFollower(client) { [url] in try? Data($0.rlp).write(to: url, options: .atomic) }
    }
}
