import Dispatch
import Foundation
import Precompiles
import Synchronization

extension StateTests {
    /// Runs every state-test file under the paths, on all cores; results in the order of the files.
    /// - Throws: `FixtureError` when there is no such path or no test file in it.
    public static func runAll(paths: [String], fork: Fork? = nil) throws -> [Result] {
        let files = try paths.flatMap(files)
        let results = Mutex([Int: [Result]]())
        DispatchQueue.concurrentPerform(iterations: files.count) { index in
            let outcome: [Result]
            do { outcome = try run(file: files[index], fork: fork) } catch {
                outcome = [Result(name: files[index].lastPathComponent, failure: "\(error)")]
            }
            results.withLock { $0[index] = outcome }
        }
        return results.withLock { results in files.indices.flatMap { results[$0] ?? [] } }
    }

    private static func files(under path: String) throws -> [URL] {
        let url = URL(filePath: path)
        guard let isFolder = try? url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory else { throw FixtureError("\(path) is not there") }
        guard isFolder else { return [url] }
        let all = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil)?.allObjects ?? []
        let files = all.compactMap { $0 as? URL }.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
        guard !files.isEmpty else { throw FixtureError("\(path) holds no test file") }
        return files
    }
}
