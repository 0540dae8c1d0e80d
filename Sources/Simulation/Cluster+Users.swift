import ChainTypes
import Cryptography
import Primitives
import Replica

/// What accounts send, and a validator's second machine.
extension Cluster {
    /// Lets a validator's key vote for two blocks in a view to come, as a second machine with the key would; the others hear it.
    /// - Parameter stranger: whether the second machine has a name of its own.
    public mutating func voteTwice(_ index: Int, asStranger stranger: Bool = false) throws {
        guard let replica = validators[index].replica, let view = replica.view, let position = replica.validatorIndex else { return }
        judge.disown(validators[index].name, validators[index].key.publicKey)
        for mark in 1...2 as ClosedRange<UInt64> {
            let ballot = Ballot(epoch: replica.epoch.number, view: view + 2, kind: .notarize, block: Hash(UInt256(mark)))
            let message = WireMessage.vote(try signed(ballot, by: index, as: position))
            for receiver in validators.indices where receiver != index {
                let name = stranger && mark == 2 ? Keccak256.hash(validators[index].name.bytes) : validators[index].name
                let event = ReplicaEvent.message(message, from: name)
                // The first has its signature checked before the second comes.
                queue.add(at: now + 5 * mark, .event(event, to: receiver, life: validators[receiver].life))
            }
        }
    }

    mutating func submit() throws {
        let alive = honest.filter { validators[$0].replica != nil }
        guard let target = alive.randomElement(using: &random) else { return }
        guard let transaction = try script == nil ? transfer() : stakingCall(target) else { return }
        try deliver(.submit(transaction.1, ticket: UInt64(transaction.0)), to: target)
    }

    /// With the account that sends it.
    private mutating func transfer() throws -> (Int, SignedTransaction)? {
        let sender = Int.random(in: accounts.indices, using: &random)
        let recipient = Int.random(in: accounts.indices, using: &random)
        guard accounts[sender].nonce < 40 else { return nil }
        return (sender, try accounts[sender].transaction(
            to: accounts[recipient].address, wei: QST.gwei, chainID: spec.chainID, genesis: genesis))
    }

    private mutating func stakingCall(_ target: Int) throws -> (Int, SignedTransaction)? {
        guard let script, let state = validators[target].replica?.headState else { return nil }
        let wanted: WantedCall
        if random.happens(perMille: 200), let call = try script.operatorCall(at: now - Self.start, members: log.present, state) {
            wanted = call
        } else {
            wanted = try script.delegatorCall(state, &random)
        }
        return (wanted.sender, try accounts[wanted.sender].transaction(
            to: wanted.contract, wei: wanted.wei, gas: wanted.gas, data: wanted.data, chainID: spec.chainID, genesis: genesis))
    }
}
