// Goal: a play runs at its times, one run at a time; times that passed without a server are one run; what is not
// possible now is tried again, and who changes the schedule is heard.
// Method: the scheduler over records in memory, with intervals of a second and runs that the test holds and fails.
import PipelineModel
import Platform
import Synchronization
import TestSupport
import Testing
import WireTypes
import Workflows

private final class Runs: Sendable {
  struct State {
    var begun = 0
    var underway = 0
    var most = 0
    var outcomes: [PlayOutcome] = []
    var reports: [String] = []
    var isHeld = false
    /// The next run is followed by a batch that somebody else begins.
    var isHeldThen = false
  }

  let state = Mutex(State())

  func means() -> PlayScheduler.Means {
    PlayScheduler.Means(
      run: { [self] _ in
        state.withLock { state in
          state.begun += 1
          state.underway += 1
          state.most = max(state.most, state.underway)
        }
        await Task.yield()
        return state.withLock { state in
          state.underway -= 1
          if state.isHeldThen { (state.isHeld, state.isHeldThen) = (true, false) }
          return state.outcomes.isEmpty ? .done : state.outcomes.removeFirst()
        }
      },
      untilFree: { [self] _ in
        while state.withLock({ $0.isHeld }) {
          do { try await Task.sleep(for: .milliseconds(5)) } catch { return false }
        }
        return true
      },
      report: { [self] text in state.withLock { $0.reports.append(text) } })
  }

  func reach(_ count: Int) async throws {
    // Long, for a machine that does other things: it is for hangs.
    for _ in 0..<24_000 {
      if state.withLock({ $0.begun }) >= count { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("only \(state.withLock { $0.begun }) runs of \(count)")
  }
}

struct PlaySchedulerTests {
  private let store = MemoryWorkStore()

  private func open(_ runs: Runs, _ clock: any PipelineClock = SystemClock()) -> (PlayScheduler, WorkflowBook, WorkService) {
    let service = WorkService(store: store, clock: clock)
    let book = WorkflowBook(service: service, random: SystemRandom())
    let scheduler = PlayScheduler(
      book: book, seen: SeenBook(service: service), clock: clock, means: runs.means())
    return (scheduler, book, service)
  }

  private static func play(seconds: Int = 1) -> WorkflowBook.Wish {
    var wish = WorkflowBook.Wish(name: "p", kind: .play)
    wish.settings.play.segment = "00000000-0000-4000-8000-00000000000c"
    wish.settings.play.schedule = PlaySchedule(["type": "interval", "seconds": .integer(seconds)])
    return wish
  }

  @Test func itRunsAtItsTimesAndTriesAgain() async throws {
    let runs = Runs()
    runs.state.withLock { $0.outcomes = [.later("not yet"), .refused("no release"), .done] }
    let (scheduler, book, _) = open(runs)
    scheduler.start()
    _ = try await book.make(Self.play())
    scheduler.changed()
    try await runs.reach(4)
    scheduler.close()
    #expect(runs.state.withLock { $0.most } == 1)
    #expect(runs.state.withLock { $0.reports.count } == 1, "what is tried again soon is not reported")
  }

  @Test func passedTimesAreOneRun() async throws {
    let past = ManualClock(wallMicroseconds: SystemClock().wall().microseconds - 90_000_000)
    let (runs, later) = (Runs(), Runs())
    let (_, book, _) = open(runs, past)
    _ = try await book.make(Self.play(seconds: 30))
    let (scheduler, _, _) = open(later)
    scheduler.start()
    try await later.reach(1)
    try await Task.sleep(for: .milliseconds(300))
    #expect(later.state.withLock { $0.begun } == 1)
    scheduler.close()
  }

  @Test func nothingRunsWhileABatchGoesOnOrTheScheduleRests() async throws {
    let runs = Runs()
    runs.state.withLock { $0.isHeld = true }
    let (scheduler, book, _) = open(runs)
    let made = try await book.make(Self.play())
    scheduler.start()
    try await Task.sleep(for: .milliseconds(1600))
    #expect(runs.state.withLock { $0.begun } == 0)
    runs.state.withLock { $0.isHeld = false }
    try await runs.reach(1)
    _ = try await book.change(made.uuid) { workflow in
      var settings = workflow.settings
      settings.play.isEnabled = false
      return settings
    }
    scheduler.changed()
    try await Task.sleep(for: .milliseconds(100))
    let begun = runs.state.withLock { $0.begun }
    try await Task.sleep(for: .milliseconds(1500))
    #expect(runs.state.withLock { $0.begun } == begun)
    scheduler.close()
  }

  @Test func aPostponedPlaySaysSoAndRunsThen() async throws {
    let runs = Runs()
    runs.state.withLock { $0.outcomes = [.postponed("the quota", seconds: 1), .postponed("the quota", seconds: 0.2)] }
    let (scheduler, book, _) = open(runs)
    scheduler.start()
    let made = try await book.make(Self.play())
    scheduler.changed()
    try await runs.reach(1)
    var standing = await scheduler.standing(of: made)
    while standing.postponed == nil {
      try await Task.sleep(for: .milliseconds(5))
      standing = await scheduler.standing(of: made)
    }
    #expect(standing.postponed == "the quota")
    #expect(try #require(standing.nextAt) > made.createdAt)
    try await runs.reach(3)
    while standing.postponed != nil {
      try await Task.sleep(for: .milliseconds(5))
      standing = await scheduler.standing(of: made)
    }
    #expect(runs.state.withLock { $0.reports } == ["the play 'p' (\(made.uuid)) is postponed by 1 s: the quota"])
    scheduler.close()
  }

  @Test func aPostponedPlayWaitsForABatchThatBeganMeanwhile() async throws {
    let runs = Runs()
    runs.state.withLock { state in
      state.outcomes = [.postponed("the quota", seconds: 0.1)]
      state.isHeldThen = true
    }
    let (scheduler, book, _) = open(runs)
    scheduler.start()
    _ = try await book.make(Self.play())
    scheduler.changed()
    try await runs.reach(1)
    try await Task.sleep(for: .milliseconds(500))
    #expect(runs.state.withLock { $0.begun } == 1)
    runs.state.withLock { $0.isHeld = false }
    try await runs.reach(2)
    scheduler.close()
  }

  @Test func theNextTimeIsThatOfTheScheduleThatIs() async throws {
    let (scheduler, book, _) = open(Runs())
    let made = try await book.make(Self.play(seconds: 3600))
    #expect(await scheduler.standing(of: made) == PlayStanding(), "it was not looked at yet")
    scheduler.start()
    func next(_ play: Workflow) async throws -> WallTime {
      while true {
        if let next = await scheduler.standing(of: play).nextAt { return next }
        try await Task.sleep(for: .milliseconds(5))
      }
    }
    #expect(try await next(made) == made.createdAt.after(seconds: 3600))
    let changed = try await book.change(made.uuid) { workflow in
      var settings = workflow.settings
      settings.play.schedule = PlaySchedule(["type": "cron", "cron": "0 0 29 2 *"])
      return settings
    }
    scheduler.changed()
    #expect(try await next(changed) == CronExpression("0 0 29 2 *")?.next(after: changed.scheduledAt))
    scheduler.close()
  }
}
