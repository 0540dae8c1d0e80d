/// What the node knows of the chain's health, as a method and as `/health`.
enum HealthMethods {
    static let table: [String: RPCMethod] = ["qs_getNodeHealth": .read { reader, _ in object(try reader.health()) }]

    /// `/health`: 200 only from a node that is ready.
    static func readiness(_ reader: any ChainReader) throws -> WebReply {
        let health = try reader.health()
        let trouble = health.unreadiness
        let body: JSONValue = [
            "status": .string(trouble?.status ?? "ok"), "reason": trouble.map { .string($0.reason) } ?? .null,
            "finalizedHeight": .integer(Int64(clamping: health.height)),
            "finalizedSinceStart": .integer(Int64(clamping: health.finalSinceStart)),
            "peers": .integer(Int64(try reader.status().peers)),
        ]
        return .json(body, status: trouble == nil ? 200 : 503)
    }

    /// `/health/live`: 200 while consensus takes events, whatever becomes of the chain.
    static func liveness(_ reader: any ChainReader) throws -> WebReply {
        let isLive = try reader.health().isLive
        return .json(["status": isLive ? "live" : "stuck"], status: isLive ? 200 : 503)
    }

    private static func object(_ health: NodeHealth) -> JSONValue {
        [
            "moniker": .string(health.moniker),
            "name": .data(health.name),
            "status": .string(health.unreadiness?.status ?? "ok"),
            "reason": health.unreadiness.map { .string($0.reason) } ?? .null,
            "validator": .bool(health.isValidator),
            "votes": .bool(health.votes),
            "number": .quantity(health.height),
            "sinceFinal": .quantity(health.sinceFinal),
            "finalSinceStart": .quantity(health.finalSinceStart),
            "patience": .quantity(health.patience),
            "view": .quantity(health.view),
            "sinceView": .quantity(health.sinceView),
            "viewsSinceFinal": .quantity(health.viewsSinceFinal),
            "attestedNumber": .quantity(health.attestedHeight),
            "powerHeard": .quantity(health.powerHeard),
            "totalPower": .quantity(health.totalPower),
            "time": .quantity(health.time),
            "systemOffset": .integer(health.systemOffset),
            "validators": .array(health.members.map(member)),
            "refused": .array(health.refused.map(refused)),
        ]
    }

    private static func member(_ member: NodeHealth.Member) -> JSONValue {
        [
            "name": .data(member.name),
            "address": .data(member.address),
            "moniker": .string(member.moniker),
            "power": .quantity(member.power),
            "silent": member.silent.map { .quantity($0) } ?? .null,
            "number": .quantity(member.height),
            "view": .quantity(member.view),
            "sinceVote": member.sinceVote.map { .quantity($0) } ?? .null,
            "clockOffset": member.clockOffset.map { .integer($0) } ?? .null,
        ]
    }

    private static func refused(_ refused: NodeHealth.Refused) -> JSONValue {
        [
            "who": .string(refused.who),
            "kind": refused.kind.map { .string($0) } ?? .null,
            "reason": .string(refused.reason),
            "remaining": .quantity(refused.remaining),
        ]
    }
}
