import Precompiles
import Primitives
import Testing

@Suite struct ForkTests {
    @Test func eachForkAddsItsPrecompiles() {
        let own: [UInt32] = [0x901, 0x902, 0x903, 0x904, 0x905]
        for fork in Fork.allCases {
            var expected: [UInt32] = Array(1...4)
            if fork >= .byzantium { expected += 5...8 }
            if fork >= .istanbul { expected.append(9) }
            if fork >= .cancun { expected.append(0x0a) }
            if fork >= .prague { expected += 0x0b...0x11 }
            if fork >= .osaka { expected.append(0x100) }
            let found = (0..<0x1200 as Range<UInt32>).filter { Precompiles.exists(Address(low: $0), fork, set: .ethereum) }
            #expect(found == expected)
            #expect(Precompiles.addresses(fork, set: .ethereum) == expected.map { Address(low: $0) })
            #expect(Precompiles.addresses(fork) == (expected + own).map { Address(low: $0) })
        }
    }

    @Test func onlyTheWholeAddressCounts() throws {
        for position in 0..<18 {
            var bytes = Address(low: 1).bytes
            bytes[position] = 1
            let address = try #require(Address(bytes))
            #expect(!Precompiles.exists(address, .osaka))
            #expect(Precompiles.run(address, input: [], gas: .max, fork: .osaka) == .failure)
        }
    }

    @Test func namesOfEthereumsTests() {
        let names = [
            "Frontier", "Homestead", "EIP150", "EIP158", "Byzantium", "Constantinople", "ConstantinopleFix", "Istanbul", "Berlin", "London",
            "Paris", "Shanghai", "Cancun", "Prague", "Osaka",
        ]
        #expect(names.map { Fork(name: $0) } == Fork.allCases)
        #expect(Fork(name: "Merge") == .paris)
        #expect(Fork(name: "cancun") == nil)
        #expect(Fork.istanbul < .berlin)
    }

    @Test func pricesFollowTheFork() {
        let prices: [(UInt32, [UInt8], Fork, UInt64)] = [
            (0x06, [], .byzantium, 500), (0x06, [], .istanbul, 150),
            (0x07, [], .petersburg, 40_000), (0x07, [], .istanbul, 6000),
            (0x08, [], .byzantium, 100_000), (0x08, [], .istanbul, 45_000),
            (0x08, [UInt8](repeating: 0, count: 384), .byzantium, 260_000), (0x08, [UInt8](repeating: 0, count: 384), .istanbul, 113_000),
            (0x05, [], .byzantium, 0), (0x05, [], .berlin, 200), (0x05, [], .osaka, 500),
        ]
        for (number, input, fork, gas) in prices {
            guard case .success(let used, _) = run(number, input, fork: fork) else {
                Issue.record("\(number) at \(fork) fails")
                continue
            }
            #expect(used == gas)
            #expect(gas == 0 || run(number, input, gas: gas - 1, fork: fork) == .failure)
        }
    }
}
