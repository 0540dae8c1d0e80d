import DequeModule

/// What waits for many callers, served in turn: one of each that has something waiting, in the order in which they came.
struct TurnQueue<Element: Sendable>: Sendable {
    private var waiting: [String: Deque<Element>] = [:]
    private var turns: Deque<String> = []

    mutating func append(_ element: Element, of caller: String) {
        if waiting[caller] == nil { turns.append(caller) }
        waiting[caller, default: []].append(element)
    }

    mutating func next() -> Element? {
        guard let caller = turns.popFirst(), let element = waiting[caller]?.popFirst() else { return nil }
        if waiting[caller]?.isEmpty == true { waiting[caller] = nil } else { turns.append(caller) }
        return element
    }
}
