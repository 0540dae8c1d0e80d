import Foundation

/// A 200 MB file into the encryption network and back, next to `tar | gpg` of the same file in the same run.
func benchmarkVault() async throws {
    let megabytes = 200.0
    try await withDevnet { devnet in
        let (file, copy) = (devnet.home.appending(path: "file"), devnet.home.appending(path: "copy"))
        let block = bytes(1_000_000)
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        // Each megabyte differs, so that nothing compresses or deduplicates.
        for index in 0..<UInt8(megabytes) { try handle.write(contentsOf: Data(block.map { $0 &+ index &* 31 })) }
        try handle.close()
        let options = ["--rpc", DevnetProcess.rpcURL, "--wallet", devnet.wallet.path]
        var best: [String: Double] = [:]
        func keepBest(_ name: String, _ seconds: Double) { best[name] = min(best[name] ?? .infinity, seconds) }
        for _ in 0..<3 {
            let sealed = devnet.home.appending(path: "sealed").path
            keepBest("seal", try shell("tar -C \(devnet.home.path) -c file | gpg \(gpg) -c > \(sealed)"))
            keepBest("open", try shell("gpg \(gpg) -d \(sealed) 2>/dev/null | tar -C \(devnet.home.path) -x --to-stdout > \(copy.path)"))
            let put = try runProgram(DevnetProcess.binary.path, ["vault", "put", file.path] + options)
            keepBest("put", put.seconds)
            let id = put.output.trimmingCharacters(in: .whitespacesAndNewlines)
            try? FileManager.default.removeItem(at: copy)
            keepBest("get", try runProgram(DevnetProcess.binary.path, ["vault", "get", id, "-o", copy.path] + options).seconds)
            try shell("cmp \(file.path) \(copy.path)")
        }
        func line(_ name: String, _ key: String, against other: String) {
            guard let seconds = best[key], let reference = best[other] else { return }
            print("\(name): \(rounded(megabytes / seconds)) MB/s; gpg \(rounded(megabytes / reference)) MB/s; ratio \(rounded(reference / seconds))")
        }
        line("vault put, 200 MB", "put", against: "seal")
        line("vault get, 200 MB", "get", against: "open")
    }
}

private let gpg = "--batch --yes --quiet --pinentry-mode loopback --passphrase bench --cipher-algo AES256 --compress-algo none"

@discardableResult
private func shell(_ command: String) throws -> Double { try runProgram("/bin/bash", ["-o", "pipefail", "-c", command]).seconds }
