import ArgumentParser
import Foundation
import Signer

extension QuStream {
    /// Parses, runs, and ends with 0, or 1 when the command was refused, or 2 when it was not understood; the reason is
    /// on stderr.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let code = exitCode(for: error)
            guard code != .success else {
                do { try say(fullMessage(for: error)) } catch {
                    note("\(error)")
                    Foundation.exit(1)
                }
                return
            }
            let cause = error as NSError
            note([NSCocoaErrorDomain, NSPOSIXErrorDomain].contains(cause.domain) ? "Error: \(SystemError.text(error))" : fullMessage(for: error))
            Foundation.exit(code == .validationFailure ? 2 : 1)
        }
    }
}
