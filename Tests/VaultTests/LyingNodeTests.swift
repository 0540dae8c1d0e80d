import Testing
import Vault

/// Nodes whose key service is honest and whose host is not.
@Suite(.serialized) struct LyingNodeTests {
    enum Lie: CaseIterable {
        case lastByte, middleByte, firstByte, cutShort, empty, longer, another

        func apply(_ answer: [UInt8]) -> [UInt8] {
            var changed = answer
            switch self {
            case .lastByte: if let last = changed.indices.last { changed[last] ^= 1 }
            case .middleByte: if !changed.isEmpty { changed[changed.count / 2] ^= 1 }
            case .firstByte: if !changed.isEmpty { changed[0] ^= 1 }
            case .cutShort: changed = Array(answer.prefix(answer.count / 2))
            case .empty: changed = []
            case .longer: changed += [0]
            case .another: changed = [0xc1, 0x80]
            }
            return changed
        }
    }

    @Test(arguments: Lie.allCases) func changedAnswersAreReadPastAndTheirNodesNamed(lie: Lie) async throws {
        try await ServedCommittee.serving { network in
            let (path, bytes) = try network.file(3_000_000)
            let stored = try await network.client().put(path)
            for liar in [1, 4] { network.served[liar].tamper.withLock { $0 = { lie.apply($0) } } }
            let got = try await network.client().get(stored.id, to: network.path("out"))
            let isIdentical = try network.read("out") == bytes
            #expect(isIdentical)
            #expect(Set(got.faults.map(\.node.moniker)) == ["operator-2", "community-2"])
        }
    }

    @Test(arguments: Lie.allCases) func aNodeThatLiesWhileAFileIsStoredIsNamed(lie: Lie) async throws {
        try await ServedCommittee.serving { network in
            network.served[5].tamper.withLock { $0 = { lie.apply($0) } }
            let (path, bytes) = try network.file(200_000)
            let stored = try await network.client().put(path)
            #expect(stored.receipts.count == 7 && Set(stored.faults.map(\.node.moniker)) == ["community-3"])
            _ = try await network.client().get(stored.id, to: network.path("out"))
            let isIdentical = try network.read("out") == bytes
            #expect(isIdentical)
        }
    }
}
