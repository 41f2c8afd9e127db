/// At most so many at once, in all and of one line; who waits is let in in the order of arrival in its line, and lines
/// in turn: of sends to servers, one that hangs holds up only its own. An actor because its callers wait.
package actor TurnSlots {
  private let perLine: Int
  private var free: Int
  private var counts: [String: Int] = [:]
  private var waiting: [String: Line] = [:]
  /// Lines in which somebody waits, each once.
  private var turns: [String] = []

  /// `perLine`: unless given, one line may have all.
  package init(_ count: Int, perLine: Int? = nil) {
    free = count
    self.perLine = perLine ?? count
  }

  package func enter(_ line: String = "") async {
    if free > 0, counts[line, default: 0] < perLine { return take(line) }
    await withCheckedContinuation { continuation in
      if waiting[line] == nil { turns.append(line) }
      waiting[line, default: Line()].append(continuation)
    }
  }

  package func leave(_ line: String = "") {
    free += 1
    let count = counts[line, default: 0] - 1
    counts[line] = count > 0 ? count : nil
    guard let turn = turns.firstIndex(where: { counts[$0, default: 0] < perLine }) else { return }
    letIn(turns.remove(at: turn))
  }

  private func letIn(_ line: String) {
    guard let first = waiting[line]?.popFirst() else { return }
    if waiting[line]?.isEmpty ?? true { waiting[line] = nil } else { turns.append(line) }
    take(line)
    first.resume()
  }

  /// First in, first out; tens of thousands may wait.
  private struct Line {
    private var waiters: [CheckedContinuation<Void, Never>?] = []
    private var first = 0

    var isEmpty: Bool { first == waiters.count }

    mutating func append(_ waiter: CheckedContinuation<Void, Never>) { waiters.append(waiter) }

    mutating func popFirst() -> CheckedContinuation<Void, Never>? {
      guard first < waiters.count else { return nil }
      let waiter = waiters[first]
      waiters[first] = nil
      first += 1
      if first > 1024, first * 2 > waiters.count {
        waiters.removeFirst(first)
        first = 0
      }
      return waiter
    }
  }

  private func take(_ line: String) {
    free -= 1
    counts[line, default: 0] += 1
  }
}
