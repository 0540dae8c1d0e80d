/// The keystream loop. Raw pointers, because it runs over every byte of vault data; tests compare it with a twin
/// written from the standard.
extension TKP {
    /// Blocks in one go: those of a full segment and its tag.
    private static let batchBlocks = 228

    static func applyKeystream(key: TKPKey, input: TKPInput, to bytes: UnsafeMutableBufferPointer<UInt8>) {
        let blocks = (bytes.count + blockByteCount - 1) / blockByteCount
        precondition(UInt64(input.block) + UInt64(blocks) <= 1 << 32, "keystream longer than its block counter")
        let prefix = input.prefix
        let room = blockByteCount * min(blocks, batchBlocks)
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 8) { stream in
            guard let output = stream.baseAddress else { return }
            for done in stride(from: 0, to: blocks, by: batchBlocks) {
                KeccakPermutation.keystream(
                    key: key.lanes, input: prefix, firstBlock: input.lastLane + UInt64(done),
                    blocks: min(blocks - done, batchBlocks), into: output)
                let start = blockByteCount * done
                let part = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[start...])
                exclusiveOr(UnsafeRawBufferPointer(stream), into: part)
            }
            stream.initializeMemory(as: UInt8.self, repeating: 0)
        }
    }

    /// As many bytes as both have.
    private static func exclusiveOr(_ stream: UnsafeRawBufferPointer, into bytes: UnsafeMutableRawBufferPointer) {
        let count = min(stream.count, bytes.count)
        let words = count / 8 * 8
        for offset in stride(from: 0, to: words, by: 8) {
            let sum = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                ^ stream.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            bytes.storeBytes(of: sum, toByteOffset: offset, as: UInt64.self)
        }
        for offset in words..<count { bytes[offset] ^= stream[offset] }
    }
}
