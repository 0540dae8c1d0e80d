/// First in, first out.
struct Line<Element: Sendable>: Sendable {
    private var arriving: [Element] = []
    /// Turned round, so that the first is the last.
    private var leaving: [Element] = []

    var count: Int { arriving.count + leaving.count }
    var isEmpty: Bool { arriving.isEmpty && leaving.isEmpty }

    mutating func append(_ element: Element) { arriving.append(element) }

    mutating func popFirst() -> Element? {
        if leaving.isEmpty {
            leaving = arriving.reversed()
            arriving = []
        }
        return leaving.popLast()
    }
}
