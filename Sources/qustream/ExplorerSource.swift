import ChainTypes
import Explorer
import Foundation
import Primitives
import RPCServer

/// What the explorer's page shows, read from the node that serves it.
struct ExplorerSource: OverviewSource {
    static let shownBlocks: UInt64 = 20

    let chainName: String
    let reader: any ChainReader

    func overview() async throws -> Overview {
        let (nodes, head) = (try reader.encryptionNodes(), try reader.headNumber())
        let serving = await EndpointProbe.listening(nodes.map(\.node.endpoint))
        let status = try reader.status()
        let (validators, blocks) = (try reader.validators(), try blocks(upTo: head))
        let total = max(1, validators.reduce(0) { $0 + Double($1.validator.power) })
        guard let newest = try reader.header(head) else { throw RPCFailure.headerNotFound }
        return Overview(
            chainName: chainName, chainID: reader.chainID,
            head: .init(
                number: head, timeMilliseconds: newest.envelope.timeMilliseconds, epoch: status.epoch, view: newest.envelope.view,
                baseFee: newest.header.baseFeePerGas.description),
            finalitySeconds: Self.median(blocks.compactMap(\.finalitySeconds)), mempool: status.mempoolSize, peers: status.peers,
            isSyncing: status.syncing != nil, blocks: blocks,
            validators: validators.map {
                .init(
                    moniker: $0.validator.moniker, address: $0.validator.address.hex, status: $0.status.rawValue, stake: $0.stake.description,
                    share: Double($0.validator.power) / total)
            },
            encryptionNodes: zip(nodes, serving).map { record, serves in
                .init(
                    moniker: record.node.moniker, address: record.node.address.hex, nodeClass: "\(record.node.nodeClass)",
                    status: record.status.rawValue, isServing: serves, shares: nil, capacityGiB: record.node.capacityGiB)
            })
    }

    private func blocks(upTo head: UInt64) throws -> [Overview.BlockLine] {
        let first = head >= Self.shownBlocks ? head - Self.shownBlocks + 1 : 0
        let names = try Dictionary(reader.validators().map { ($0.validator.address, $0.validator.moniker) }, uniquingKeysWith: { a, _ in a })
        return try (first...head).reversed().compactMap { number in
            guard let block = try reader.block(number) else { return nil }
            let header = block.sealed.header
            return .init(
                number: number, hash: block.sealed.blockHash.hex, timeMilliseconds: block.sealed.envelope.timeMilliseconds,
                transactions: block.transactions.count, gasUsed: header.gasUsed, gasLimit: header.gasLimit,
                proposer: names[header.beneficiary] ?? header.beneficiary.hex, finalitySeconds: try reader.finality(number)?.finalitySeconds)
        }
    }

    private static func median(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.sorted()[values.count / 2] }
}
