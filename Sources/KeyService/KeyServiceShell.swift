import ChainTypes
import Cryptography
import Primitives
import StoreAPI
import Synchronization

/// A key service with its store, for many threads at once.
///
/// Signatures and certificates are verified before anything waits for the lock, and the disk is waited for after it. Under it, what the
/// service remembers and what the store has change together, in one order: a node signs for what it has stored.
public final class KeyServiceShell: Sendable {
    private let service: Mutex<KeyService>
    private let store: any KeyValueStore
    /// Hears of what a full or failing disk did not take.
    private let onFailure: @Sendable (any Error) -> Void

    public init(_ service: KeyService, store: any KeyValueStore, onFailure: @escaping @Sendable (any Error) -> Void = { _ in }) {
        self.service = Mutex(service)
        self.store = store
        self.onFailure = onFailure
    }

    /// Looks at the service.
    public func use<Value>(_ body: (inout sending KeyService) throws -> sending Value) rethrows -> sending Value {
        try service.withLock(body)
    }

    /// Has the service do something, and commits what it returns before anybody else does anything.
    public func commit(_ body: (inout KeyService) throws -> WriteBatch) throws {
        try service.withLock { service in
            let batch = try body(&service)
            try store.commit(batch, durable: false)
        }
    }

    /// The answer to a request, when what it promises is stored.
    /// - Parameters:
    ///   - draw: random bytes, so many; nil where a source fails.
    ///   - sign: signs a receipt's payload with the node's key.
    public func answer(
        _ bytes: [UInt8], from peerKey: [UInt8], now: UInt64, draw: (Int) -> EntropyDraw?, sign: ([UInt8]) throws -> [UInt8]
    ) -> [UInt8] {
        do {
            let outcome = try outcome(of: bytes, from: peerKey, now: now, draw: draw)
            // An empty batch promises all that was committed before.
            if outcome.isDurable { try store.commit(WriteBatch(), durable: true) }
            switch outcome.reply {
            case .answer(let answer): return answer
            case .receipt(let receipt): return KeyService.answer(signing: receipt, try sign(receipt.signingPayload))
            }
        } catch {
            onFailure(error)
            return KeyService.storageFailure
        }
    }

    private func outcome(
        of bytes: [UInt8], from peerKey: [UInt8], now: UInt64, draw: (Int) -> EntropyDraw?
    ) throws -> KeyService.Outcome {
        guard let request = try? KeyRequest(rlp: bytes) else { return service.withLock { $0.malformed() } }
        let count = service.withLock { $0.entropyByteCount(for: request, from: peerKey, now: now) }
        let entropy = count > 0 ? draw(count) : nil
        let examined = examine(request, from: peerKey, now: now)
        return try service.withLock { service in
            let outcome = service.handle(request, from: peerKey, now: now, entropy: entropy, examined: examined)
            do { try store.commit(outcome.batch, durable: false) } catch {
                service.commitFailed(outcome)
                if outcome.needsStore { throw error }
                onFailure(error)
            }
            return outcome
        }
    }

    /// Does what of an open request takes time; nil for other requests. What is refused here is not looked at again under the lock.
    private func examine(_ request: KeyRequest, from peerKey: [UInt8], now: UInt64) -> Result<OpenExamination, KeyRefusal>? {
        guard case .open(let request) = request else { return nil }
        return Result { () throws(KeyRefusal) in
            let examiner = try service.withLock { (service) throws(KeyRefusal) in try service.examiner(of: request, now: now) }
            return try examiner.examine(request, from: peerKey)
        }
    }
}
