import RPCServer
import Testing

@Suite struct JSONTests {
    static func parse(_ text: String) throws(JSONError) -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }
    static func written(_ value: JSONValue) -> String { String(decoding: value.bytes, as: UTF8.self) }

    @Test func everyKindOfValueComesBackAsItWas() throws {
        let text = #"{"a":[1,-2,0.5,true,false,null,"x\"\\\u0001é"],"b":{},"c":[],"d":9223372036854775807}"#
        #expect(Self.written(try Self.parse(text)) == text)
        #expect(Self.written(try Self.parse(" [ 1 ,\n{ \"k\" : \"v\" } ]\t")) == #"[1,{"k":"v"}]"#)
    }

    @Test func escapesAreRead() throws {
        #expect(try Self.parse(#""\u00e9\ud83d\ude00\n\/""#) == .string("é😀\n/"))
    }

    @Test(arguments: [
        "", " ", "{", "[", "\"", "[1", "[1,", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "tru", "nul", "[1]x", "[1,]", "{,}", "{\"a\":1,}",
        "{1:2}", "01", "-", "+1", "1.", ".5", "1e", "1e999", "--1", "0x1", "NaN", "\"\u{1}\"", #""\x""#, #""\u12""#, #""\ud800""#, #""\udc00""#,
        #""\ud800\u0041""#, #""\u+123""#, "'a'", "[1 2]", "{\"a\" 1}", String(repeating: "9", count: 100),
    ])
    func malformedTextIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try Self.parse(text) }
    }

    @Test func invalidUTF8IsRefused() {
        #expect(throws: JSONError.invalidText) { try JSONValue(parsing: [0x22, 0xff, 0xfe, 0x22]) }
    }

    @Test func nestingIsBounded() throws {
        _ = try Self.parse(String(repeating: "[", count: 32) + String(repeating: "]", count: 32))
        for opening in ["[", "{\"a\":"] {
            #expect(throws: JSONError.tooDeep) { try Self.parse(String(repeating: opening, count: 100_000)) }
        }
    }

    @Test func randomBytesNeverTrap() {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        let alphabet = Array(#"{}[]":,\u0dtfne-+.1 "#.utf8) + [0xff, 0xc3, 0x00]
        for _ in 0..<20_000 {
            let bytes = (0..<24).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return alphabet[Int(state >> 33) % alphabet.count]
            }
            if let value = try? JSONValue(parsing: bytes) { #expect((try? JSONValue(parsing: value.bytes)) == value) }
        }
    }
}
