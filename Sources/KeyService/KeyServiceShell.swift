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
        (self.store, self.onFailure) = (store, onFailure)
    }

    /// Looks at the service, or has it do something that its store has to take as well.
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
        let count = service.withLock { $0.entropyByteCount(for: bytes, from: peerKey, now: now) }
        let entropy = count > 0 ? draw(count) : nil
        let examined = examine(bytes, from: peerKey, now: now)
        do {
            let outcome = try service.withLock { service in
                let outcome = service.handle(bytes, from: peerKey, now: now, entropy: entropy, examined: examined)
                do { try store.commit(outcome.batch, durable: false) } catch {
                    onFailure(error)
                    service.commitFailed()
                    if outcome.needsStore { throw error }
                }
                return outcome
            }
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

    /// Does what of an open request takes time; nil for other requests, and for those that are refused anyway.
    private func examine(_ bytes: [UInt8], from peerKey: [UInt8], now: UInt64) -> OpenExamination? {
        guard case .open(let request)? = try? KeyRequest(rlp: bytes) else { return nil }
        guard let examiner = try? service.withLock({ try $0.examiner(of: request, now: now) }) else { return nil }
        return try? examiner.examine(request, from: peerKey)
    }
}
