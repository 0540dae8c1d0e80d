import Foundation

/// The official data sets: in `$QUSTREAM_VECTORS`, else in `shared/vectors` beside the repository.
///
/// Tests that need them are enabled by `isExpected`: they are skipped where there are none, unless
/// `QUSTREAM_REQUIRE_VECTORS=1` says that there must be.
public enum Vectors {
    public static let root: URL? = {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let candidates = [
            environment["QUSTREAM_VECTORS"].map { URL(filePath: $0) },
            repository.deletingLastPathComponent().appending(path: "shared/vectors"),
        ]
        return candidates.compactMap(\.self).first { FileManager.default.fileExists(atPath: $0.path) }
    }()

    public static var isExpected: Bool { root != nil || environment["QUSTREAM_REQUIRE_VECTORS"] == "1" }

    /// Every file with the extension below the folder (`evm/TrieTests`), sorted; throws when there is no such folder.
    public static func files(under folder: String, extension suffix: String = "json") throws -> [URL] {
        guard let root else { throw CocoaError(.fileNoSuchFile) }
        let base = root.appending(path: folder)
        return try FileManager.default.subpathsOfDirectory(atPath: base.path)
            .filter { $0.hasSuffix("." + suffix) }
            .sorted()
            .map { base.appending(path: $0) }
    }

    /// A JSON file whose top level is an object.
    public static func object(_ file: URL) throws -> [String: Any] {
        guard let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] else {
            throw CocoaError(.fileReadCorruptFile)
        }
        return object
    }

    private static var environment: [String: String] { ProcessInfo.processInfo.environment }
}
