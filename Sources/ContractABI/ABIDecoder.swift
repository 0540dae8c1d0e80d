import Primitives

extension ContractABI {
    /// Most values, arrays and tuples included, in one message: an array of empty tuples takes no bytes at all.
    static let maximumValues = 1 << 16
    /// Texts and byte strings together take at most so many times the message's length: offsets may lead to one of them again and again.
    static let maximumRepetition = 4

    /// Reads values from arguments or results. Strict: padding must be zero, as compilers write it.
    public static func decode(_ bytes: some Collection<UInt8>, as types: [ABIType]) throws(ABIError) -> [ABIValue] {
        var decoder = Decoder(bytes: Array(bytes))
        return try decoder.sequence(types, at: 0)
    }

    private struct Decoder {
        let bytes: [UInt8]
        private var values = 0
        /// Bytes of texts and byte strings that may still be read.
        private var blobBytes: Int

        init(bytes: [UInt8]) { (self.bytes, blobBytes) = (bytes, maximumRepetition * bytes.count) }

        /// Values whose heads stand one after the other; offsets count from where they begin.
        mutating func sequence(_ types: [ABIType], at base: Int) throws(ABIError) -> [ABIValue] {
            var (items, head): ([ABIValue], Int) = ([], base)
            for type in types {
                let place = type.isDynamic ? try offset(at: head, from: base) : head
                items.append(try value(type, at: place))
                head += type.headBytes
            }
            return items
        }

        private mutating func value(_ type: ABIType, at place: Int) throws(ABIError) -> ABIValue {
            values += 1
            guard values <= maximumValues else { throw .tooLarge }
            switch type {
            case .array(let element):
                let count = try length(at: place)
                guard count <= maximumValues else { throw .tooLarge }
                return .list(try sequence(Array(repeating: element, count: count), at: place + 32))
            case .fixedArray(let element, let count):
                guard count <= maximumValues else { throw .tooLarge }
                return .list(try sequence(Array(repeating: element, count: count), at: place))
            case .tuple(let members): return .list(try sequence(members, at: place))
            case .bytes: return .bytes(try blob(type, at: place))
            case .string:
                guard let text = String(validating: try blob(type, at: place), as: UTF8.self) else { throw .invalidPadding(type) }
                return .string(text)
            default: return try word(type, at: place)
            }
        }

        private func word(_ type: ABIType, at place: Int) throws(ABIError) -> ABIValue {
            let (slice, number) = try word(at: place)
            let invalid = ABIError.invalidPadding(type)
            switch type {
            case .unsigned(let bits):
                guard bits == 256 || number >> bits == .zero else { throw invalid }
                return .number(number)
            case .signed(let bits):
                guard number.isSigned(bits: bits) else { throw invalid }
                return .number(number)
            case .address:
                guard slice.prefix(12).allSatisfy({ $0 == 0 }), let address = Address(slice.suffix(20)) else { throw invalid }
                return .address(address)
            case .bool:
                guard number <= .one else { throw invalid }
                return .bool(number == .one)
            case .fixedBytes(let count):
                guard slice.dropFirst(count).allSatisfy({ $0 == 0 }) else { throw invalid }
                return .bytes(Array(slice.prefix(count)))
            default: throw invalid
            }
        }

        private func word(at place: Int) throws(ABIError) -> (bytes: ArraySlice<UInt8>, number: UInt256) {
            guard place >= 0, place <= bytes.count - 32, let number = UInt256(bigEndian: bytes[place..<place + 32]) else { throw .truncated }
            return (bytes[place..<place + 32], number)
        }

        private func offset(at place: Int, from base: Int) throws(ABIError) -> Int {
            guard let offset = try word(at: place).number.asUInt64, offset <= UInt64(bytes.count - base) else { throw .invalidOffset }
            return base + Int(offset)
        }

        private func length(at place: Int) throws(ABIError) -> Int {
            guard let length = try word(at: place).number.asUInt64, length <= UInt64(bytes.count) else { throw .invalidOffset }
            return Int(length)
        }

        private mutating func blob(_ type: ABIType, at place: Int) throws(ABIError) -> [UInt8] {
            let (count, start) = (try length(at: place), place + 32)
            guard count <= bytes.count - start else { throw .truncated }
            blobBytes -= count
            guard blobBytes >= 0 else { throw .tooLarge }
            // Some encoders leave the last padding out.
            let end = min(bytes.count, start + (count + 31) / 32 * 32)
            guard bytes[start + count..<end].allSatisfy({ $0 == 0 }) else { throw .invalidPadding(type) }
            return Array(bytes[start..<start + count])
        }
    }
}
