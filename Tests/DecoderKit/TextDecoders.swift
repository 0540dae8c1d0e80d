import Cryptography
import Primitives
import RPCServer
import SystemContracts

extension Decoder {
    /// What people and tools write.
    static func text(_ corpus: Corpus) throws -> [Decoder] {
        let phrases = try [16, 32].map { try RecoveryPhrase(entropy: [UInt8](repeating: 77, count: $0)).text }
        let sheet = ClientRoot([UInt8](repeating: 99, count: ClientRoot.byteCount))?.sheet.joined(separator: " ") ?? ""
        let json = [
            #"{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x00","data":"0x"},"latest"]}"#,
            #"[1,-2.5e10,true,false,null,"\u00e9\ud83d\ude00\n",{}, [[[]]] ]"#,
        ]
        return [
            words("hexadecimal", ["0x00ff", "ABcd", ""]) { Hex.decode($0).map { Hex.encode($0) } },
            words("quantity", ["0x0", "0x1f", "0x" + String(repeating: "f", count: 64)]) { Hex.decodeQuantity($0)?.quantity },
            words("address", [corpus.address.hex]) { Address(hex: $0)?.hex }, words("hash", [corpus.hash.hex]) { Hash(hex: $0)?.hex },
            words("decimal number", ["0", "\(UInt256.max)"]) { UInt256(decimal: $0).map { "\($0)" } },
            words("amount", ["1", "0.000000000000000001", "123.5"]) { QST.parse($0).map { QST.format($0) } },
            words("recovery phrase", phrases) { try RecoveryPhrase($0).text },
            words("sheet", [sheet]) { try ClientRoot(sheet: $0).sheet.joined(separator: " ") },
            settling("JSON", json.map { Array($0.utf8) }) { try JSONValue(parsing: $0).bytes },
        ]
    }

    private static func words(_ name: String, _ corpus: [String], recode: @escaping @Sendable (String) throws -> String?) -> Decoder {
        settling(name, corpus.map { Array($0.utf8) }) { input in
            guard let text = String(validating: input, as: UTF8.self) else { return nil }
            return try recode(text).map { Array($0.utf8) }
        }
    }
}
