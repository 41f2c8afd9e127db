import Synchronization

/// Threads that work through a list beside the thread that asks.
///
/// `forEach` is called by one thread at a time. The threads sleep between calls and end with the object.
package final class ForkJoin: Sendable {
  private let room: Room

  /// `threads` counts the caller's own: 1 starts none.
  package init(threads: Int, name: String) {
    let room = Room()
    self.room = room
    for index in 1..<max(threads, 1) {
      _ = DedicatedThread(name: "\(name)-\(index)") { room.serve() }
    }
  }

  deinit { room.close() }

  /// Runs `body` once for each item, each on one of the threads or on the caller's; returns when all have run.
  /// No two items may share memory that one of their bodies changes.
  package func forEach<Item>(_ items: [Item], _ body: @escaping @Sendable (Item) -> Void) {
    guard items.count > 1 else {
      if let only = items.first { body(only) }
      return
    }
    let handed = Handed(items)
    let job = Job(count: items.count) { body(handed.items[$0]) }
    room.publish(job)
    job.work()
    room.wait(for: job)
  }

  /// `@unchecked Sendable` holds: an item is used by the one thread that drew its number, while the caller, who owns
  /// all of them, waits; the monitor and the counters order what came before and what comes after.
  private struct Handed<Item>: @unchecked Sendable {
    let items: [Item]
    init(_ items: [Item]) { self.items = items }
  }

  private final class Job: Sendable {
    private let body: @Sendable (Int) -> Void
    private let count: Int
    private let next = Atomic(0)
    private let done = Atomic(0)

    init(count: Int, _ body: @escaping @Sendable (Int) -> Void) {
      self.count = count
      self.body = body
    }

    var isDone: Bool { done.load(ordering: .acquiring) == count }

    /// Draws numbers until none is left. True when this call ran the last one to end.
    @discardableResult
    func work() -> Bool {
      var wasLast = false
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return wasLast }
        body(index)
        wasLast = done.add(1, ordering: .acquiringAndReleasing).newValue == count
      }
    }
  }

  /// `@unchecked Sendable` holds: `job` and `isClosed` are touched only under the monitor.
  private final class Room: @unchecked Sendable {
    private let monitor = Monitor()
    private var job: Job?
    private var isClosed = false

    func publish(_ job: Job) {
      monitor.locked {
        self.job = job
        monitor.wakeAll()
      }
    }

    func wait(for own: Job) {
      monitor.locked {
        while !own.isDone { monitor.wait() }
        job = nil
      }
    }

    func close() {
      monitor.locked {
        isClosed = true
        monitor.wakeAll()
      }
    }

    func serve() {
      while let job = take() {
        let wasLast = job.work()
        monitor.locked {
          if self.job === job { self.job = nil }
          if wasLast { monitor.wakeAll() }
        }
      }
    }

    private func take() -> Job? {
      monitor.locked {
        while job == nil, !isClosed { monitor.wait() }
        return job
      }
    }
  }
}
