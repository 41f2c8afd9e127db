/// A bounded queue from many threads to one or more; full is an answer, never a wait.
///
/// Order is that of the offers. After `close` what was accepted can still be taken.
/// `@unchecked Sendable` holds: every stored variable is touched only under the monitor, and elements are
/// `Sendable`.
package final class Mailbox<Element: Sendable>: @unchecked Sendable {
  private let monitor = Monitor()
  private let capacity: Int
  /// Oldest elements, reversed so that the next one is popped from the end.
  private var front: [Element] = []
  /// Newer elements in order.
  private var back: [Element] = []
  private var waiting = 0
  private var closed = false

  /// `capacity` is the greatest number of elements that wait; at least 1.
  package init(capacity: Int) {
    precondition(capacity > 0)
    self.capacity = capacity
  }

  /// False when the mailbox is full or closed; the element is then not taken.
  package func offer(_ element: Element) -> Bool {
    monitor.locked {
      guard !closed, front.count + back.count < capacity else { return false }
      back.append(element)
      if waiting > 0 { monitor.wakeOne() }
      return true
    }
  }

  /// The oldest element; nil after the timeout (nil: no timeout), or when closed and empty.
  package func take(timeoutNanoseconds: UInt64?) -> Element? {
    monitor.locked {
      guard awaitElement(timeoutNanoseconds) else { return nil }
      if front.isEmpty {
        front = back.reversed()
        back.removeAll(keepingCapacity: true)
      }
      return front.popLast()
    }
  }

  /// All elements in order; empty after the timeout (nil: no timeout), or when closed and empty.
  package func takeAll(timeoutNanoseconds: UInt64?) -> [Element] {
    monitor.locked {
      guard awaitElement(timeoutNanoseconds) else { return [] }
      var out: [Element] = front.reversed()
      front = []
      if out.isEmpty {
        swap(&out, &back)
      } else {
        out += back
        back = []
      }
      return out
    }
  }

  /// Refuses later offers and wakes every waiter. Idempotent.
  package func close() {
    monitor.locked {
      closed = true
      monitor.wakeAll()
    }
  }

  package var isClosed: Bool { monitor.locked { closed } }

  /// Elements that wait now.
  package var count: Int { monitor.locked { front.count + back.count } }

  /// Under the monitor: whether there is an element to take.
  private func awaitElement(_ timeoutNanoseconds: UInt64?) -> Bool {
    waiting += 1
    defer { waiting -= 1 }
    _ = monitor.wait(timeoutNanoseconds: timeoutNanoseconds) { closed || !front.isEmpty || !back.isEmpty }
    return !front.isEmpty || !back.isEmpty
  }
}
