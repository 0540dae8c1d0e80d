import ChainTypes
import Networking
import Replica

extension PeerAddress {
    /// Where a validator's node listens; nil where its record names no such place.
    init?(validator: Validator) { self.init(name: PeerName.of(nodeKey: validator.nodeKey), endpoint: validator.endpoint) }
}
