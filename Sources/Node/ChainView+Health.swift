import ChainTypes
import Networking
import RPCServer

extension ChainView {
    func health() -> NodeHealth {
        var own = NodeHealth()
        own.moniker = configuration.moniker
        own.isValidator = configuration.kind == .validator
        own.patience = max(Self.leastPatience, spec.parameters.heartbeatMilliseconds + 5 * spec.parameters.viewTimeoutMilliseconds)
        own.refused = refusals().prefix(Self.maximumRefusals).map(Self.shown)
        return host.health(own)
    }

    /// A few views without a block are no standstill.
    private static let leastPatience: UInt64 = 10_000
    private static let maximumRefusals = 64

    private static func shown(_ refusal: Reputation.Refusal) -> NodeHealth.Refused {
        let (who, kind) = switch refusal.subject {
        case .node(let peer): (peer.hex, String?.none)
        case .address(let address): (address, nil)
        case .kind(let number, let peer): (peer.hex, WireMessage.Kind(rawValue: number).map { "\($0)" } ?? "\(number)")
        }
        return NodeHealth.Refused(who: who, kind: kind, reason: refusal.reason.sentence, remaining: refusal.remaining)
    }
}
