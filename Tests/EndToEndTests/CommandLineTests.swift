import Foundation
import Testing

/// What a person types, pipes or aims at the wrong place: refused with a reason and an exit code, never a trap, and nothing is lost.
@Suite struct CommandLineTests {
    struct Case: CustomStringConvertible, Sendable {
        let words: [String]
        let code: Int32
        /// What standard error must say, whatever else it says.
        let says: String

        init(_ line: String, _ code: Int32, _ says: String) {
            (words, self.code, self.says) = (line.split(separator: " ").map { $0 == "''" ? "" : String($0) }, code, says)
        }

        var description: String { words.joined(separator: " ") }
    }

    static let cases = [
        // Numbers of ports.
        Case("status --rpc http://127.0.0.1:70000", 2, "a port is 1 to 65535"),
        Case("status --rpc http://127.0.0.1:65536", 2, "a port is 1 to 65535"),
        Case("status --rpc http://127.0.0.1:99999999999", 2, "a port is 1 to 65535"),
        Case("status --rpc http://127.0.0.1:99999999999999999999", 2, "a port is 1 to 65535"),
        Case("status --rpc http://127.0.0.1:/", 2, "a port is 1 to 65535"),
        Case("status --rpc 127.0.0.1:0", 2, "a port is 1 to 65535"),
        Case("status --rpc http://127.0.0.1:-1", 2, "is not the URL of a node"),
        Case("status --rpc ftp://127.0.0.1", 2, "is not the URL of a node"),
        Case("status --rpc http://", 2, "is not the URL of a node"),
        Case("status --rpc ''", 2, "is not the URL of a node"),
        Case("status --rpc http://[::1", 2, "is not the URL of a node"),
        Case("vault ls --rpc http://127.0.0.1:70000", 2, "a port is 1 to 65535"),
        Case("send --from a --to b --amount 1 --rpc http://127.0.0.1:70000", 2, "a port is 1 to 65535"),
        Case("gov list --rpc http://127.0.0.1:70000", 2, "a port is 1 to 65535"),
        Case("doctor --rpc http://127.0.0.1:70000", 2, "a port is 1 to 65535"),
        // Shapes of a devnet.
        Case("devnet --home HOME/net --port-base 65500", 2, "the first port is 1 to 64735, not 65500"),
        Case("devnet --home HOME/net --port-base 0", 2, "the first port is 1 to 64735, not 0"),
        Case("devnet --home HOME/net --port-base=-5", 2, "the first port is 1 to 64735, not -5"),
        Case("devnet --home HOME/net --port-base 99999999999999999999", 2, "is invalid for '--port-base"),
        Case("devnet --home HOME/net --rpc-port 70000", 2, "a port is 1 to 65535, not 70000"),
        Case("devnet --home HOME/net --explorer-port 0", 2, "a port is 1 to 65535, not 0"),
        Case("devnet --home HOME/net --validators 0", 2, "1 to 100 validators, not 0"),
        Case("devnet --home HOME/net --validators=-1", 2, "1 to 100 validators, not -1"),
        Case("devnet --home HOME/net --validators 101", 2, "1 to 100 validators, not 101"),
        Case("devnet --home HOME/net --operator-nodes 0", 2, "nodes of both classes, or there is none"),
        Case("devnet --home HOME/net --community-nodes=-3", 2, "nodes of both classes, or there is none"),
        Case("devnet --home HOME/net --operator-nodes 9223372036854775807 --community-nodes 1", 2, "at most 128 encryption nodes"),
        Case("devnet --home HOME/net --epoch-seconds 0", 2, "4 to 3600 seconds, not 0"),
        Case("devnet --home HOME/file", 1, "HOME/file is a file"),
        Case("devnet --home HOME/full", 1, "HOME/full holds other things than a devnet"),
        Case("devnet --home HOME/full --fresh", 1, "HOME/full holds other things than a devnet"),
        // Addresses: one letter's case is wrong.
        Case("account show 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD --wallet HOME/none", 1, "is mistyped"),
        Case("account show 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD --wallet HOME/wallet", 1, "is mistyped"),
        Case("send --from a --to 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD --amount 1 --wallet HOME/wallet", 1, "is mistyped"),
        Case("stake show 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD --wallet HOME/wallet", 1, "is mistyped"),
        Case("contract call --to 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD f() --wallet HOME/wallet", 1, "is mistyped"),
        Case("genesis new --template devnet --allocate 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD=1", 1, "is mistyped"),
        // Files that are something else.
        Case("init --home /proc/x --kind validator --moniker m", 1, "no such file or directory"),
        Case("init --home HOME/file/x --kind validator --moniker m", 1, "not a directory"),
        Case("node validator --home HOME/none", 1, "HOME/none/node.toml"),
        Case("vault put HOME/file --wallet HOME/wallet", 1, "HOME/wallet/genesis.rlp is missing"),
        Case("vault put HOME/file --wallet HOME/wallet --genesis HOME/file", 1, "HOME/file is not a genesis file"),
        Case("vault get 0x0000000000000000000000000000000000000000000000000000000000000001", 2, "Missing expected argument '-o"),
        Case("vault get 0x12 -o x", 2, "is not a vault's id"),
        Case("vault get 0x0000000000000000000000000000000000000000000000000000000000000001 -o - --json", 2, "not for both"),
        // Simulations and others.
        Case("simulate --changing --validators 4", 2, "take at least 5"),
        Case("simulate --validators 0", 2, "validators, not 0"),
        Case("simulate --validators=-1", 2, "validators, not -1"),
        Case("simulate --runs 18446744073709551615 --seed 2", 2, "there are not so many seeds"),
        Case("send --from a --to a --amount 1e9 --wallet HOME/wallet", 2, "is not an amount of QST"),
        Case("send --from a --to a --amount=-1 --wallet HOME/wallet", 2, "is not an amount of QST"),
        Case("wallet serve --port 70000 --wallet HOME/wallet", 2, "70000 is no port"),
        Case("wallet serve --unlock-seconds 9223372036854775807 --wallet HOME/wallet", 2, "--unlock-seconds is 1 to"),
        Case("wallet serve --cap x --wallet HOME/wallet", 2, "is not an amount of QST"),
        Case("evm run --code 0x60 --gas 18446744073709551615", 2, "--gas is above 2^62"),
        Case("evm run --code 0x6", 2, "--code is not hexadecimal"),
        Case("gov show 18446744073709551616", 2, "is invalid for '<proposal>'"),
        Case("account new 0123456789012345678901234567890123 --wallet HOME/wallet", 1, "is no account name"),
    ]

    @Test(arguments: cases) func whatIsTypedWrongIsRefusedWithItsReason(typed: Case) throws {
        let home = try Home()
        let words = typed.words.map { $0.replacing("HOME", with: home.path) }
        let ended = try home.run(words)
        #expect(ended.code == typed.code, "\(ended.errors)")
        #expect(ended.errors.contains(typed.says.replacing("HOME", with: home.path)), "\(ended.errors)")
        #expect(ended.output.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path + "/full") == ["precious"])
    }

    @Test func aResultThatCannotBeWrittenIsAnError() throws {
        let home = try Home()
        for words in [["account", "list"], ["account", "list", "--json"], ["--help"], ["vault", "ls"]] {
            let ended = try home.run(words + (words == ["--help"] ? [] : ["--wallet", home.path + "/wallet"]), output: "/dev/full")
            // An empty list is no output.
            #expect(ended.code == (words == ["vault", "ls"] ? 0 : 1), "\(words)")
        }
    }

    @Test func theHomeOfTheShellIsTheHome() throws {
        let home = try Home()
        try FileManager.default.createDirectory(atPath: home.path + "/.qustream", withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: home.path + "/wallet", toPath: home.path + "/.qustream/wallet")
        let listed = try home.run(["account", "list"], environment: ["HOME": home.path])
        #expect(listed.code == 0 && listed.output.hasSuffix("  a\n") && listed.output.hasPrefix("0x"))
    }

    @Test func twoNodesDoNotShareAHome() throws {
        let home = try Home()
        let folder = home.path + "/node"
        #expect(try home.run(["init", "--home", folder, "--kind", "full", "--moniker", "m"]).code == 0)
        try Data("4711\n".utf8).write(to: URL(filePath: folder + "/node.pid"))
        let holder = try #require(fopen(folder + "/node.lock", "w"))
        defer { fclose(holder) }
        try #require(flock(fileno(holder), LOCK_EX) == 0)
        let second = try home.run(["node", "full", "--home", folder])
        #expect(second.code == 1 && second.errors.contains("a node runs on \(folder) already (process 4711)"), "\(second.errors)")
        // What belongs to the first is as it was.
        #expect(try String(contentsOfFile: folder + "/node.pid", encoding: .utf8) == "4711\n")
        #expect(!FileManager.default.fileExists(atPath: folder + "/node.log"))
    }

    /// A folder with a wallet, a file, and a folder with something precious.
    final class Home {
        let path: String

        init() throws {
            path = NSTemporaryDirectory() + "/qustream-typed-\(UInt64.random(in: 0...(.max)))"
            try FileManager.default.createDirectory(atPath: path + "/full", withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(filePath: path + "/full/precious"))
            try Data("x".utf8).write(to: URL(filePath: path + "/file"))
            try #require(try run(["account", "new", "a", "--wallet", path + "/wallet"]).code == 0)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func run(
            _ words: [String], output: String? = nil, environment: [String: String] = [:]
        ) throws -> (code: Int32, output: String, errors: String) {
            let (process, written, trouble) = (Process(), Pipe(), Pipe())
            process.executableURL = LocalNetwork.binary
            process.arguments = words
            process.currentDirectoryURL = URL(filePath: path)
            process.environment = ProcessInfo.processInfo.environment.merging(["QUSTREAM_PASSWORD": ""]) { $1 }.merging(environment) { $1 }
            process.standardOutput = try output.map { try FileHandle(forWritingTo: URL(filePath: $0)) } ?? written
            process.standardError = trouble
            process.standardInput = FileHandle.nullDevice
            try process.run()
            let text = output == nil ? try written.fileHandleForReading.readToEnd() ?? Data() : Data()
            let errors = try trouble.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            // A signal would be a trap.
            try #require(process.terminationReason == .exit, "\(words): \(String(decoding: errors, as: UTF8.self))")
            return (process.terminationStatus, String(decoding: text, as: UTF8.self), String(decoding: errors, as: UTF8.self))
        }
    }
}
