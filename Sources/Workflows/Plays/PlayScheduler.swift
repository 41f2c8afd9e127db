package import PipelineModel
package import Platform
import Synchronization

/// What came of a play's time.
package enum PlayOutcome: Sendable {
  /// A batch was made, or nothing has changed.
  case done
  /// Not now: the play is tried again.
  case later(String)
  /// Not before so many seconds, because a quota is used up: it is tried again then.
  case postponed(String, seconds: Double)
  /// Not as the play is: its next time may find it otherwise.
  case refused(String)
}

/// What a play's schedule will do.
package struct PlayStanding: Sendable, Equatable {
  /// When the play runs; in the past when it is due and waits, for the end of its former batch say. Nil without a
  /// schedule, or while it is not known yet.
  package var nextAt: WallTime?
  /// Why it did not run at its time, and does so at `nextAt`.
  package var postponed: String?

  package init() {}
}

/// Lets plays run at the times of their schedules, each one at a time. What has begun is told by the work itself, so a
/// play whose time passed while there was no server runs once when there is one again.
package final class PlayScheduler: Sendable {
  package struct Means: Sendable {
    /// Makes the batch of a play.
    let run: @Sendable (Workflow) async -> PlayOutcome
    /// Returns when no batch that it has made goes on; false when the task was cancelled before.
    let untilFree: @Sendable (Workflow) async -> Bool
    /// Tells the operator why a play did not run.
    let report: @Sendable (_ message: String) -> Void

    package init(
      run: @escaping @Sendable (Workflow) async -> PlayOutcome,
      untilFree: @escaping @Sendable (Workflow) async -> Bool, report: @escaping @Sendable (String) -> Void
    ) {
      self.run = run
      self.untilFree = untilFree
      self.report = report
    }
  }

  private let driver: PlayDriver
  private let wake = WakeSignal()
  private let task = Mutex<Task<Void, Never>?>(nil)

  package init(book: WorkflowBook, seen: SeenBook, clock: any PipelineClock, means: Means) {
    driver = PlayDriver(book: book, seen: seen, clock: clock, means: means)
  }

  /// Once.
  package func start() {
    task.withLock { task in
      guard task == nil else { return }
      task = Task { [driver, wake] in
        while !Task.isCancelled {
          // What cannot be read now is looked at again soon.
          let isRead = await driver.refresh()
          await wake.wait(isRead ? nil : .seconds(1))
        }
        await driver.close()
      }
    }
  }

  /// A play was made or is another now.
  package func changed() { wake.wake() }

  package func standing(of play: Workflow) async -> PlayStanding { await driver.standing(of: play) }

  /// Idempotent.
  package func close() {
    task.withLock { $0?.cancel() }
    wake.close()
  }
}

/// Which plays wait for their time.
private actor PlayDriver {
  private struct Held {
    let settings: PlaySettings
    let scheduledAt: WallTime
    let last: LastTime
    let task: Task<Void, Never>
  }

  private let book: WorkflowBook
  private let seen: SeenBook
  private let clock: any PipelineClock
  private let means: PlayScheduler.Means
  private var held: [String: Held] = [:]
  private var isClosed = false

  init(book: WorkflowBook, seen: SeenBook, clock: any PipelineClock, means: PlayScheduler.Means) {
    self.book = book
    self.seen = seen
    self.clock = clock
    self.means = means
  }

  func close() {
    isClosed = true
    for play in held.values { play.task.cancel() }
    held = [:]
  }

  /// Nothing is known of a play that was changed and not looked at since.
  func standing(of play: Workflow) -> PlayStanding {
    guard let known = held[play.uuid], known.settings == play.play, known.scheduledAt == play.scheduledAt,
      let schedule = play.play.activeSchedule
    else { return PlayStanding() }
    return known.last.standing(schedule)
  }

  /// False when the plays cannot be read.
  func refresh() async -> Bool {
    guard let plays = try? await book.scheduledPlays() else { return false }
    guard !isClosed else { return true }
    let uuids = Set(plays.map(\.uuid))
    for (uuid, play) in held where !uuids.contains(uuid) {
      play.task.cancel()
      held[uuid] = nil
    }
    for play in plays {
      var last = LastTime()
      if let known = held[play.uuid] {
        if known.settings == play.play, known.scheduledAt == play.scheduledAt { continue }
        known.task.cancel()
        if known.scheduledAt == play.scheduledAt { last = known.last }
      }
      let task = Task { @concurrent [seen, clock, means, last] in
        await PlayTimes(seen: seen, clock: clock, means: means, last: last).drive(play)
      }
      held[play.uuid] = Held(settings: play.play, scheduledAt: play.scheduledAt, last: last, task: task)
    }
    return true
  }
}

/// Behind which time a play waits for its next, and what was told of it last. A class because it outlives a change of
/// the play's other settings.
private final class LastTime: Sendable {
  private struct State {
    var time: WallTime?
    var told: String?
    var postponed: (until: WallTime, reason: String)?
  }

  private let state = Mutex(State())

  var time: WallTime? {
    get { state.withLock { $0.time } }
    set { state.withLock { $0.time = newValue } }
  }

  func postpone(_ time: (until: WallTime, reason: String)?) { state.withLock { $0.postponed = time } }

  func standing(_ schedule: PlaySchedule) -> PlayStanding {
    state.withLock { state in
      var standing = PlayStanding()
      standing.nextAt = state.postponed?.until ?? state.time.flatMap { schedule.next(after: $0) }
      standing.postponed = state.postponed?.reason
      return standing
    }
  }

  /// False when the same was told before.
  func isNews(_ message: String?) -> Bool {
    state.withLock { state in
      defer { state.told = message }
      return message != nil && state.told != message
    }
  }
}

/// The times of one play.
private struct PlayTimes {
  private static let sleepSecondsMax = 30.0
  private static let pauseSecondsMax = 30.0
  /// A clock that is behind by more was set back.
  private static let setBackSeconds = 60.0

  let seen: SeenBook
  let clock: any PipelineClock
  let means: PlayScheduler.Means
  let last: LastTime

  func drive(_ play: Workflow) async {
    guard let schedule = play.play.activeSchedule else { return }
    if last.time == nil { last.time = await begin(of: play) }
    while let from = last.time, let next = schedule.next(after: from) {
      guard let isTime = await sleep(from: from, until: next) else { return }
      guard isTime else {
        last.time = clock.wall()
        continue
      }
      guard await run(play) else { return }
      last.time = max(next, clock.wall())
    }
  }

  /// When it ran last, or was scheduled; nil when the server stops.
  private func begin(of play: Workflow) async -> WallTime? {
    while !Task.isCancelled {
      if let state = try? await seen.state(of: play.uuid) {
        return min(clock.wall(), max(play.scheduledAt, state.at ?? play.scheduledAt))
      }
      guard await pause(1) else { return nil }
    }
    return nil
  }

  /// In pieces, since the wall clock may be set. False when it was set back behind the beginning; nil when it is broken
  /// off.
  private func sleep(from begin: WallTime, until time: WallTime) async -> Bool? {
    while true {
      let now = clock.wall()
      let seconds = time.seconds(since: now)
      if seconds <= 0 { return Task.isCancelled ? nil : true }
      if begin.seconds(since: now) > PlayTimes.setBackSeconds { return false }
      guard await pause(min(seconds, PlayTimes.sleepSecondsMax)) else { return nil }
    }
  }

  /// Until it is through, or refused. False when it is broken off.
  private func run(_ play: Workflow) async -> Bool {
    var seconds = 0.5
    while !Task.isCancelled {
      // Each time: somebody may have begun a batch while it waited.
      guard await means.untilFree(play) else { return false }
      let outcome = await means.run(play)
      switch outcome {
      case .done: return isOver(nil, play)
      case .refused(let message): return isOver(message, play)
      case .postponed(let message, let time):
        guard await wait(time, because: message, play) else { return false }
        continue
      case .later(let message):
        last.postpone(nil)
        if seconds >= PlayTimes.pauseSecondsMax {
          means.report("the play '\(play.name)' (\(play.uuid)) does not run yet: \(message)")
        }
      }
      guard await pause(seconds) else { return false }
      seconds = min(seconds * 2, PlayTimes.pauseSecondsMax)
    }
    return false
  }

  private func isOver(_ refusal: String?, _ play: Workflow) -> Bool {
    last.postpone(nil)
    if last.isNews(refusal), let refusal {
      means.report("the play '\(play.name)' (\(play.uuid)) did not run: \(refusal)")
    }
    return true
  }

  /// It is told as postponed until it has run.
  private func wait(_ seconds: Double, because reason: String, _ play: Workflow) async -> Bool {
    last.postpone((clock.wall().after(seconds: seconds), reason))
    if last.isNews(reason) {
      means.report("the play '\(play.name)' (\(play.uuid)) is postponed by \(Int(seconds)) s: \(reason)")
    }
    return await pause(max(0.1, seconds))
  }

  private func pause(_ seconds: Double) async -> Bool {
    do { try await Task.sleep(for: .seconds(seconds)) } catch { return false }
    return true
  }
}
