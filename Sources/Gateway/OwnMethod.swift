import RPCServer

/// The methods that the gateway answers itself: all that need keys.
struct OwnMethod: Sendable {
    let run: @Sendable (SigningDesk, RPCParameters) async throws -> JSONValue

    /// nil for a call that is the node's.
    init?(of call: JSONValue) {
        guard call["jsonrpc"] == "2.0", let name = call["method"]?.asString else { return nil }
        switch name {
        case "eth_accounts", "eth_requestAccounts": run = { desk, _ in .array(desk.addresses.map { .data($0) }) }
        case "eth_sendTransaction": run = { desk, parameters in try await desk.send(try parameters.required(0)) }
        case "wallet_switchEthereumChain", "wallet_addEthereumChain": run = Self.checkChain
        case "wallet_getPermissions", "wallet_requestPermissions": run = { _, _ in [["parentCapability": "eth_accounts"]] }
        default:
            guard Self.isRefused(name) else { return nil }
            let failure = RPCFailure.unsupported("\(name.prefix(64)) is not supported: a one-time key signs its transaction and nothing else")
            run = { _, _ in throw failure }
        }
    }

    private static func isRefused(_ name: String) -> Bool {
        let exact = ["eth_sign", "eth_signTransaction", "eth_getEncryptionPublicKey", "eth_decrypt"]
        return exact.contains(name) || ["eth_signTypedData", "personal_", "wallet_"].contains { name.hasPrefix($0) }
    }

    /// There is one chain here; a page that asks for it has it already (EIP-3326, EIP-3085).
    private static func checkChain(_ desk: SigningDesk, _ parameters: RPCParameters) throws -> JSONValue {
        let wanted = try parameters.required(0)["chainId"] ?? .null
        guard try Field.number(wanted, "chainId") == desk.chainID else {
            throw RPCFailure(code: 4902, message: "this gateway serves chain \(desk.chainID) only", reason: "unrecognizedChain")
        }
        return .null
    }
}
