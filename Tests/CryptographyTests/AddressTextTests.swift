import Cryptography
import Primitives
import Testing

@Suite struct AddressTextTests {
    /// EIP-55's own examples.
    @Test(arguments: [
        "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D", "0xde709f2102306220921060314715629080e2fb77",
        "0x27b1fdb04752bbc536007a920d24acb045561c26", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ])
    func aTypedAddressHasTheRightCapitalsOrNone(text: String) throws {
        let address = try #require(try Address.typed(text))
        #expect(address.checksummed == text)
        #expect(try Address.typed(text.lowercased()) == address && Address.typed("0x" + text.dropFirst(2).uppercased()) == address)
        #expect(try Address.typed(String(text.dropFirst(2))) == address)
        // Every single letter with its other case, where the rest still tells the cases apart.
        for place in text.indices.dropFirst(2) where text[place].isLetter {
            let other = text[place].isLowercase ? text[place].uppercased() : text[place].lowercased()
            let changed = text.replacingCharacters(at: place, with: other)
            let letters = changed.dropFirst(2)
            guard letters.contains(where: \.isUppercase), letters.contains(where: \.isLowercase) else { continue }
            #expect(throws: MistypedAddress.self) { try Address.typed(changed) }
            #expect(Address(typed: changed) == nil)
        }
    }

    @Test(arguments: ["", "0x", "alice", "0x12", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd", "0xg2908400098527886E0F7030069857D2E4169EE7"])
    func whatIsNoAddressIsNil(text: String) throws { #expect(try Address.typed(text) == nil) }
}

extension String {
    fileprivate func replacingCharacters(at place: Index, with text: String) -> String { self[..<place] + text + self[index(after: place)...] }
}
