import Primitives

/// The contract that keeps the hashes of past blocks in the state (EIP-2935).
public enum HistoryContract {
    public static let address = Address(hex: "0x0000F90827F1C53a10cb7A02335B175320002935") ?? .zero
    /// Blocks that it serves: block `n` is at slot `n` modulo this.
    public static let window: UInt64 = 8_191
    /// Its published bytecode.
    public static let code: [UInt8] = Hex.decode(
        "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
    ) ?? []
}
