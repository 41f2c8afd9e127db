/// Threads on which async code runs calls that block. A class because its threads are shared.
///
/// Each work runs exactly once (but see `trySubmit`): when the queue is full or the pool is shut down, the caller's
/// thread runs it.
package final class BlockingPool: Sendable {
  private let queue = Mailbox<@Sendable () -> Void>(capacity: Limits.blockingPoolQueueMax)
  private let threads: [DedicatedThread]

  /// Starts `threads` threads (at least one), named `name` and their number.
  package init(name: String, threads count: Int) {
    let queue = queue
    threads = (0..<max(1, count)).map { index in
      DedicatedThread(name: "\(name)-\(index)") {
        while let work = queue.take(timeoutNanoseconds: nil) { work() }
      }
    }
  }

  /// A pool without threads: every work runs at once on its caller's.
  package init() {
    threads = []
    queue.close()
  }

  /// Runs `work` on a pool thread and suspends until its result. Not cancelled by task cancellation.
  package func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in
      submit { continuation.resume(returning: work()) }
    }
  }

  /// Like `run` for work that throws.
  package func run<T: Sendable, E: Error>(_ work: @escaping @Sendable () throws(E) -> T) async throws(E) -> T
  {
    let result: Result<T, E> = await run { () -> Result<T, E> in
      do throws(E) { return .success(try work()) } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// Runs `work` some time later on a pool thread, in order of submission when there is one thread.
  package func submit(_ work: @escaping @Sendable () -> Void) {
    if !queue.offer(work) { work() }
  }

  /// As `submit` for callers that must not block: false, and `work` never runs, when the queue is full or the pool is
  /// shut down.
  package func trySubmit(_ work: @escaping @Sendable () -> Void) -> Bool { queue.offer(work) }

  /// Ends the threads after the work that is queued. Idempotent; waits.
  package func shutdown() {
    queue.close()
    for thread in threads { thread.join() }
  }
}
