import ChainTypes
import Primitives

extension RPCClient {
    /// All validators with stake, whether or not they are in the epoch's set.
    public func validators() async throws(RPCError) -> [ValidatorReport] {
        struct Wire: Decodable {
            let address: WireAddress
            let moniker, website, contact, endpoint: String
            let status: MemberStatus
            let stake, selfStake, commission, maximumCommission, maximumDailyChange, commissionDue: WireAmount
            let power, nextPower, jailedUntil, delivered, missed, missedInARow: WireNumber
            let consensusKey, nodeKey: WireBytes
        }
        return try await call("qs_getValidators", as: [Wire].self).map {
            ValidatorReport(
                validator: Validator(
                    address: $0.address.value, power: $0.power.value, consensusKey: $0.consensusKey.value, nodeKey: $0.nodeKey.value,
                    endpoint: $0.endpoint, moniker: $0.moniker),
                website: $0.website, contact: $0.contact, status: $0.status, stake: $0.stake.value, selfStake: $0.selfStake.value,
                commission: $0.commission.value, maximumCommission: $0.maximumCommission.value,
                maximumDailyChange: $0.maximumDailyChange.value, nextPower: $0.nextPower.value, jailedUntil: $0.jailedUntil.value,
                delivered: $0.delivered.value, missed: $0.missed.value, missedInARow: $0.missedInARow.value,
                commissionDue: $0.commissionDue.value)
        }
    }

    public func encryptionNodes() async throws(RPCError) -> [EncryptionNodeReport] {
        struct Wire: Decodable {
            let address: WireAddress
            let moniker, `class`, endpoint: String
            let status: MemberStatus
            let listed: Bool
            let stake, rewards: WireAmount
            let capacityGiB, jailedUntil, leavesAt: WireNumber
            let nodeKey: WireBytes
        }
        return try await call("qs_getEncryptionNodes", as: [Wire].self).map { wire in
            EncryptionNodeReport(
                node: EncryptionNode(
                    address: wire.address.value, nodeClass: wire.class == "operator" ? .operator : .community, nodeKey: wire.nodeKey.value,
                    endpoint: wire.endpoint, capacityGiB: wire.capacityGiB.value, moniker: wire.moniker),
                status: wire.status, isListed: wire.listed, stake: wire.stake.value, rewards: wire.rewards.value, jailedUntil: wire.jailedUntil.value,
                leavesAt: wire.leavesAt.value)
        }
    }

    /// What an account has with each validator.
    public func delegations(of delegator: Address) async throws(RPCError) -> [DelegationReport] {
        struct Entry: Decodable {
            let amount: WireAmount
            let completesAt, height: WireNumber
        }
        struct Wire: Decodable {
            let validator: WireAddress
            let moniker: String
            let shares, stake, rewards: WireAmount
            let unbonding: [Entry]
            let lockedUntil: WireNumber
        }
        return try await call("qs_getDelegations", [delegator.hex], as: [Wire].self).map {
            DelegationReport(
                validator: $0.validator.value, moniker: $0.moniker, shares: $0.shares.value, stake: $0.stake.value, rewards: $0.rewards.value,
                unbonding: $0.unbonding.map { .init(wei: $0.amount.value, completesAt: $0.completesAt.value, height: $0.height.value) },
                lockedUntil: $0.lockedUntil.value)
        }
    }
}
