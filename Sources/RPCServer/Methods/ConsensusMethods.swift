import ChainTypes
import Primitives

/// `qs_*` about blocks and the votes behind them. Numbers are quantities, as in all of Ethereum's RPC.
enum ConsensusMethods {
    static let maximumCensusBlocks: UInt64 = 10_000

    static let table: [String: RPCMethod] = [
        "qs_getFinality": .read { reader, parameters in
            guard let number = try parameters.selector(0).resolve(reader) else { return .null }
            return try reader.finality(number).map(finality) ?? .null
        },
        "qs_getCertificate": .read { reader, parameters in
            guard let number = try parameters.selector(0).resolve(reader) else { return .null }
            return try reader.certificate(number).map { certificate($0, number) } ?? .null
        },
        "qs_getFinalityProof": .read { reader, parameters in
            guard let number = try parameters.selector(0).resolve(reader) else { return .null }
            return try reader.finalityProof(number).map { .data($0.rlp) } ?? .null
        },
        "qs_getEpochChanges": .read { reader, parameters in
            .array(try reader.epochChanges(from: parameters.number(0)).map { .data($0.rlp) })
        },
        "qs_getSignatureCensus": .read(.long) { reader, parameters in
            let (first, last) = (try parameters.block(0, reader), try parameters.block(1, reader))
            guard first <= last else { throw RPCFailure.invalidParameters("invalid block range params") }
            guard last - first < maximumCensusBlocks else {
                throw RPCFailure(
                    code: -32005, message: "block range too large (at most \(maximumCensusBlocks) blocks)", reason: "rangeTooLarge")
            }
            let entries = try census(first...last, reader, parameters)
            return ["fromBlock": .quantity(first), "toBlock": .quantity(last), "signatures": .array(entries.map(census))]
        },
    ]

    /// Counts some blocks at a time, so that the call can end in between.
    private static func census(
        _ range: ClosedRange<UInt64>, _ reader: any ChainReader, _ parameters: RPCParameters
    ) throws -> [SignatureCensusEntry] {
        var total: [SignatureCensusEntry] = []
        for start in stride(from: range.lowerBound, through: range.upperBound, by: 32) {
            try parameters.time.check()
            for entry in try reader.signatureCensus(start...min(range.upperBound, start + 31)) {
                guard let index = total.firstIndex(where: { $0.algorithm == entry.algorithm && $0.use == entry.use }) else {
                    total.append(entry)
                    continue
                }
                total[index].count += entry.count
                total[index].bytes += entry.bytes
            }
        }
        return total
    }

    private static func finality(_ finality: Finality) -> JSONValue {
        [
            "number": .quantity(finality.number),
            "blockHash": .data(finality.blockHash),
            "envelopeHash": .data(finality.id),
            "epoch": .quantity(finality.epoch),
            "view": .quantity(finality.view),
            "timeMilliseconds": .quantity(finality.timeMilliseconds),
            "finalitySeconds": finality.finalitySeconds.map { .number($0) } ?? .null,
            "certifiedNumber": .quantity(finality.certifiedNumber),
            "signers": .quantity(finality.signers),
            "validators": .quantity(finality.validatorCount),
        ]
    }

    private static func certificate(_ certificate: Certificate, _ number: UInt64) -> JSONValue {
        let ballot = certificate.ballot
        return [
            "number": .quantity(number),
            "envelopeHash": .data(ballot.block),
            "epoch": .quantity(ballot.epoch),
            "view": .quantity(ballot.view),
            "kind": .string(String(describing: ballot.kind)),
            "algorithm": "ML-DSA-65",
            "signers": .array(certificate.shares.map { .quantity($0.validator) }),
            "rlp": .data(certificate.rlp),
        ]
    }

    private static func census(_ entry: SignatureCensusEntry) -> JSONValue {
        [
            "algorithm": .string(entry.algorithm), "use": .string(entry.use), "count": .quantity(entry.count),
            "bytes": .quantity(entry.bytes),
        ]
    }
}
