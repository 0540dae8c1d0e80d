import Cryptography
import Primitives
import StoreAPI

extension KeyService {
    /// Hands out this node's share.
    func readShare(_ session: KeySession) throws(KeyRefusal) -> Outcome {
        guard let stored = try storedShare(session.keyID) else { throw .notStored }
        return Outcome(.share(stored.dealt))
    }

    func readFragment(stripe: UInt64, _ session: KeySession) throws(KeyRefusal) -> Outcome {
        guard stripe < session.layout.stripeCount else { throw .wrongSize }
        guard let bytes = try read(.fragment, Self.fragmentKey(session.keyID, stripe)) else { throw .notStored }
        return Outcome(.fragment(bytes))
    }

    func readManifest(_ session: KeySession) throws(KeyRefusal) -> Outcome {
        guard let bytes = try read(.manifest, session.keyID.bytes) else { throw .notStored }
        return Outcome(.manifest(bytes))
    }

    func holdings(_ session: KeySession) throws(KeyRefusal) -> Outcome {
        guard let stored = try storedShare(session.keyID) else { throw .notStored }
        let manifest = try read(.manifest, session.keyID.bytes)
        return Outcome(.holdings(Holdings(epoch: stored.dealt.epoch, hasManifest: manifest != nil, isSealed: stored.isSealed)))
    }

    /// A list of nodes that some key's committee came from. Anyone may ask: it was public, and its hash tells whether it is true.
    func nodeList(_ hash: Hash) throws(KeyRefusal) -> Outcome {
        guard let bytes = try read(.local, Self.nodeListKey(hash)), let list = try? NodeList(rlp: bytes) else { throw .notStored }
        return Outcome(.nodes(list))
    }

    static func nodeListKey(_ hash: Hash) -> [UInt8] { Array("keyservice/nodes/".utf8) + hash.bytes }

    /// What is on disk may be damaged: such a share is not held.
    func storedShare(_ key: KeyID) throws(KeyRefusal) -> StoredShare? {
        guard let bytes = try read(.share, key.bytes) else { return nil }
        return try? StoredShare(rlp: bytes)
    }

    /// Adds up what the store holds, a page at a time.
    mutating func countShares() throws(StoreError) {
        let page = 1024
        var from: [UInt8] = []
        while true {
            let entries = try store.scan(.share, from: from, prefix: [], limit: page, reverse: false)
            for entry in entries {
                guard let key = KeyID(entry.key), let stored = try? StoredShare(rlp: entry.value) else { continue }
                if !stored.isSealed { deals.adopt(key) }
                measures.shares += 1
                measures.reservedBytes = measures.reservedBytes.addingReportingOverflow(stored.fragmentBytes).partialValue
            }
            guard entries.count == page, let last = entries.last else { return }
            from = last.key + [0]
        }
    }
}
