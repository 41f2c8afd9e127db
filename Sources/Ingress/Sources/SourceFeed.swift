package import ConnectorKit
import DataModel
package import InputLog
package import PipelineModel
package import Platform
package import StorageAPI
import Synchronization

/// Pulls one source into the log on a thread of its own, exactly once: each chunk is durable together with
/// the source's position before the next one is asked for. Methods are thread-safe.
package final class SourceFeed: Sendable {
  package struct Setup: Sendable {
    package let name: String
    package let table: IngressTable
    package let endpoint: Endpoint
    /// Whether it waits for `resume` first.
    package let paused: Bool
    package let processedEnd: @Sendable () -> Offset
    package let makeSource: @Sendable () throws(ConnectorError) -> any Source
    /// Nothing is read while more records than this are durable and not processed.
    package var queuedRecordsMax: UInt64 = 1_000_000
    /// Why the storage has no room for more; nil when it has. May block.
    package var shortage: @Sendable () -> String? = { nil }
    /// Records asked of the source at once.
    package var chunkRecordsMax = 32_768

    package init(
      name: String, table: IngressTable, endpoint: Endpoint, paused: Bool,
      processedEnd: @escaping @Sendable () -> Offset,
      makeSource: @escaping @Sendable () throws(ConnectorError) -> any Source
    ) {
      self.name = name
      self.table = table
      self.endpoint = endpoint
      self.paused = paused
      self.processedEnd = processedEnd
      self.makeSource = makeSource
    }
  }

  let setup: Setup
  let appender: LogAppender
  let store: any OrderedStore
  let clock: any PipelineClock
  private let random: any RandomSource
  private let control: Mutex<FeedControl>
  private let wakeup = Signal()
  private let thread = Mutex<DedicatedThread?>(nil)

  package init(
    _ setup: Setup, appender: LogAppender, store: any OrderedStore, clock: any PipelineClock,
    random: any RandomSource = SystemRandom()
  ) {
    self.setup = setup
    self.appender = appender
    self.store = store
    self.clock = clock
    self.random = random
    control = Mutex(FeedControl(isPaused: setup.paused))
  }

  package var name: String { setup.name }
  /// Paused by itself; the pipeline's pause is another matter.
  package var isPaused: Bool { control.withLock { $0.isPaused } }

  /// Starts the thread. Nothing happens when it was started or stopped before.
  package func start(pipelinePaused: Bool) {
    thread.withLock { thread in
      guard control.withLock({ $0.start(pipelinePaused: pipelinePaused) }) else { return }
      thread = DedicatedThread(name: "source-feed") { self.run() }
    }
  }

  package func pause() { change { $0.isPaused = true } }
  package func resume() { change { $0.isPaused = false } }
  package func setPipelinePaused(_ paused: Bool) { change { $0.isPipelinePaused = paused } }

  /// Ends the thread and waits for it: at most as long as one call of the source and one append take.
  /// Idempotent.
  package func stop() {
    change { $0.stop() }
    let started = thread.withLock { $0 }
    started?.join()
  }

  private func change(_ body: (inout FeedControl) -> Void) {
    control.withLock { body(&$0) }
    wakeup.raise()
  }

  // MARK: The thread

  var isStopped: Bool { control.withLock { $0.isStopped } }

  private static let throttleNanoseconds: UInt64 = 5_000_000

  private func run() {
    var policy = RetryPolicy()
    while !isStopped {
      do throws(ConnectorError) { return try serve(&policy) } catch {
        let failure = RecentError(at: clock.wall(), message: error.message)
        let isFatal = error.disposition == .fatal
        setup.endpoint.update { counters in
          counters.failTransport(failure)
          if isFatal { counters.fatalError = failure.message }
        }
        if isFatal { return }
        nap(policy.failed(random: random.next()))
      }
    }
  }

  /// One life of the source, from its durable position until it ends, fails or is stopped.
  private func serve(_ policy: inout RetryPolicy) throws(ConnectorError) {
    let row = try SourceResumeRow.load(name, store)
    if row?.endOfInput == true { return setup.endpoint.update { $0.endOfInput = true } }
    guard waitToRead() else { return }
    let source = try setup.makeSource()
    defer { source.stop() }
    try source.start(from: row?.resume)
    var resume = row?.resume
    while waitToRead() {
      switch try source.next(recordsMax: setup.chunkRecordsMax, now: clock.monotonic().nanoseconds) {
      case .chunk(let chunk):
        policy.succeeded()
        guard try append(chunk) else { return }
        resume = chunk.resume
        if chunk.endOfInput { return }
      case .idle(let nanoseconds): nap(nanoseconds)
      case .ended:
        let row = SourceResumeRow(resume: resume, endOfInput: true)
        _ = try append([], row)
        return
      }
    }
  }

  /// Sleeps while paused or while too much waits for steps; false when stopped.
  private func waitToRead() -> Bool {
    while true {
      let control = control.withLock { $0 }
      if control.isStopped { return false }
      if !control.mayRead {
        nap(nil)
      } else if isBehind || setup.shortage() != nil {
        nap(SourceFeed.throttleNanoseconds)
      } else {
        return true
      }
    }
  }

  private var isBehind: Bool {
    let waiting = OffsetRange.clamped(first: setup.processedEnd(), end: appender.durableEnd)
    return waiting.count > setup.queuedRecordsMax
  }

  /// Ends early when something is told to the feed.
  func nap(_ nanoseconds: UInt64?) { _ = wakeup.wait(timeoutNanoseconds: nanoseconds) }
}
