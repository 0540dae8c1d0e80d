import Foundation
import Primitives
import Testing
import Vault

/// Where vaults come from and go to: nothing that is there is replaced by something else.
@Suite struct VaultFilesTests {
    /// A folder that is gone afterwards.
    final class Folder {
        let path = NSTemporaryDirectory() + "/vault-files-\(UInt64.random(in: 0...(.max)))"
        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }
        func file(_ name: String) -> String { path + "/" + name }
        var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
    }

    private static func contents(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    @Test func aFileAppearsWholeOrNotAtAll() throws {
        let folder = try Folder()
        let half = try OutputFile(folder.file("a"))
        try half.write([1, 2])
        half.close()
        #expect(try folder.names == [])
        let whole = try OutputFile(folder.file("a"))
        try whole.write([1, 2])
        try whole.finish()
        whole.close()
        #expect(try folder.names == ["a"] && Self.contents(folder.file("a")) == [1, 2])
    }

    @Test(arguments: [true, false]) func theTargetOfALinkGetsTheBytes(exists: Bool) throws {
        let folder = try Folder()
        if exists { try Data([9]).write(to: URL(filePath: folder.file("target"))) }
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "target")
        let output = try OutputFile(folder.file("link"))
        try output.write([1, 2, 3])
        try output.finish()
        output.close()
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link")) == "target")
        #expect(try Self.contents(folder.file("target")) == [1, 2, 3])
    }

    @Test func aDeviceStaysADevice() throws {
        let output = try OutputFile("/dev/null")
        try output.write([1, 2, 3])
        try output.finish()
        output.close()
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
        let full = try OutputFile("/dev/full")
        #expect(throws: VaultError.file("/dev/full: no space left on device")) { try full.write([1]) }
        full.close()
    }

    @Test func aPipeGetsAndGivesTheBytes() async throws {
        let folder = try Folder()
        try #require(mkfifo(folder.file("pipe"), 0o600) == 0)
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let path = folder.file("pipe")
        // Each side waits in the system for the other.
        let writer = Task.detached {
            let output = try OutputFile(path)
            try output.write(bytes)
            try output.finish()
            output.close()
        }
        let input = try InputFile(path)
        defer { input.close() }
        try await writer.value
        #expect(try input.size == UInt64(bytes.count) && input.read(bytes.count) == bytes)
        try input.expectEnd()
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }

    @Test(arguments: ["a\nb", "a\u{1b}[2Jb", "ü", "-", " ", "\u{202e}x"]) func anyNameIsANameAndComesBack(name: String) throws {
        let folder = try Folder()
        try Data([1]).write(to: URL(filePath: folder.file(name)))
        let input = try InputFile(folder.file(name))
        #expect(input.name == name)
        input.close()
        let named = try InputFile(folder.file(name), name: "other")
        #expect(named.name == "other")
        named.close()
    }

    @Test func whatIsNoFileIsRefusedWithTheSystemsReason() throws {
        let folder = try Folder()
        #expect(throws: VaultError.file("\(folder.path) is a folder")) { try InputFile(folder.path) }
        #expect(throws: VaultError.file("\(folder.path) is a folder")) { try OutputFile(folder.path) }
        #expect(throws: VaultError.file("\(folder.file("none")): no such file or directory")) { try InputFile(folder.file("none")) }
        #expect(throws: VaultError.file("\(folder.file("none/x")): no such file or directory")) { try OutputFile(folder.file("none/x")) }
    }

    @Test func aFileThatChangesIsNoticed() throws {
        let folder = try Folder()
        try Data([1, 2, 3]).write(to: URL(filePath: folder.file("a")))
        let input = try InputFile(folder.file("a"))
        defer { input.close() }
        #expect(try input.read(2) == [1, 2])
        #expect(throws: VaultError.fileChanged) { try input.expectEnd() }
        #expect(throws: VaultError.fileChanged) { try input.read(1) }
    }
}
