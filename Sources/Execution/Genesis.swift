import ChainTypes
import Cryptography
import EVM
import Primitives
import StoreAPI
import SystemContracts
import Trie
import WorldState

/// Builds the first block of a chain from its spec.
public enum Genesis {
    /// The genesis block with the state it needs, to be written together.
    public static func build(_ spec: ChainSpec) throws(StateError) -> (block: SealedHeader, overlay: StateOverlay) {
        let empty = TrieState(root: MerklePatriciaTrie.emptyRoot, nodes: StateNodes(overlays: [], store: MemoryStore()))
        var state = WorldState(reader: empty)
        for allocation in spec.allocations { try state.credit(allocation.address, allocation.balance) }
        try installSystemContracts(spec, in: &state)
        let (root, overlay) = try empty.applying(state.changes())
        let header = Header(
            parentHash: .zero, beneficiary: .zero, stateRoot: root, number: 0, gasLimit: spec.economy.parameters.blockGasLimit,
            timestamp: spec.genesisTimeMilliseconds / 1000, extraData: spec.hash.bytes, prevRandao: spec.hash,
            baseFeePerGas: spec.parameters.initialBaseFee)
        let envelope = Envelope(
            epoch: 0, view: 0, parent: .zero, timeMilliseconds: spec.genesisTimeMilliseconds, headerHash: header.hash,
            bodyHash: Block.bodyHash(of: []), nextSetHash: spec.validators.hash)
        guard let block = SealedHeader(envelope: envelope, header: header) else {
            preconditionFailure("an envelope made from a header names it")
        }
        return (block, overlay)
    }

    private static func installSystemContracts(_ spec: ChainSpec, in state: inout WorldState) throws(StateError) {
        for address in SystemContracts.addresses + Annex.all {
            try state.setCode(address, SystemContracts.code)
            try state.setNonce(address, 1)
        }
        try state.setCode(HistoryContract.address, HistoryContract.code)
        try state.setNonce(HistoryContract.address, 1)
        try Epochs.install(EpochState(genesis: spec), in: &state)
        try state.setStorage(KeyRegistry.address, KeyRegistry.feeSlot, spec.parameters.keyRequestFee)
        try state.setStorage(KeyRegistry.address, KeyRegistry.feePerMiBSlot, spec.parameters.keyRequestFeePerMiB)
        try Economy.installGenesis(spec, in: &state)
    }
}
