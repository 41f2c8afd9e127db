import Completion
import ConnectorKit
import DataModel
import Formats
import Ingress
import InputLog
import Outputs
import PipelineModel
import Platform
import StepEngine
import StorageAPI
import TestSupport

/// A machine, the pipeline on it and its clients, on one thread, with its own clock, disk and chance: the same seed is
/// the same run. Whoever may act next is drawn; between two effects of one, others may come.
///
/// `@unchecked Sendable` holds: all runs on the thread that calls `run`.
final class Simulation: @unchecked Sendable {
  enum Event: CaseIterable {
    case commit, step, sinks, state, jobs
    case append, appendKeyed, retry, poll, park
    case checkpoint, time, transaction, pause
    case powerCut, kill, diskFailure, stop

    /// How often it is drawn, before a run makes some of them rare and others frequent.
    var weight: UInt64 {
      switch self {
      case .commit, .step: 60
      case .sinks, .jobs, .append: 40
      case .poll: 30
      case .appendKeyed, .retry, .park, .checkpoint, .time, .state: 10
      case .powerCut: 5
      case .transaction, .pause: 3
      case .kill, .diskFailure, .stop: 1
      }
    }

    var isLoop: Bool {
      switch self {
      case .commit, .step, .sinks, .state, .jobs, .append: true
      default: false
      }
    }

    /// May come between two effects of another.
    var isQuick: Bool {
      switch self {
      case .commit, .step, .sinks, .state, .jobs, .append, .appendKeyed, .retry, .poll, .park, .checkpoint: true
      default: false
      }
    }
  }

  // The machine.
  let fault: Fault?
  let random: SeededRandom
  /// For ids and retries of the pipeline.
  let chance: SeededRandom
  let clock = ManualClock()
  let power = Power()
  let files: SimulatedFiles
  let disk: CrashDisk
  let directory: TemporaryDirectory
  let jobs = JobQueue()
  let pool = BlockingPool()
  // The pipeline.
  let program: SimulatedProgram
  let planner: StepPlanner
  let onRowError: RowErrorPolicy
  let ingestBounds: IngestBounds
  /// Small memory lets state go to files.
  let isMemoryShort: Bool
  private let weights: [UInt64]
  /// The power goes out at any point, also where nothing is written.
  private let isStormy: Bool
  var outsides: [Outside] = []
  var life: Life?
  var dismissals: UInt64 = 0
  var isPaused = false
  // What must be.
  var expected: Expectations
  var isSettling = false
  /// A write or sync was planned to fail: from then on anything may.
  private(set) var isDiskBroken = false
  private var depth = 0
  private(set) var violation: Violation?
  /// Tells two runs apart.
  private(set) var digest: UInt64 = 0
  private(set) var trace: [String]?

  init(seed: UInt64, fault: Fault? = nil, traces: Bool = false) throws {
    self.fault = fault
    let random = SeededRandom(seed: seed)
    self.random = random
    weights = Simulation.habits(random)
    isStormy = random.next(below: 3) == 0
    chance = SeededRandom(seed: ~seed)
    files = SimulatedFiles(power: power)
    disk = CrashDisk(fault == .deafDisk ? .none : fault == .deafSync ? .writesOnly : .all)
    let memory = "/dev/shm"
    directory = try TemporaryDirectory("sim", in: PosixFileSystem().exists(memory) ? memory : "/tmp")
    program = try (random.next(below: 3) == 0 ? SimulatedProgram.clocked : SimulatedProgram.plain).get()
    planner =
      random.next(below: 3) == 0
      ? StepPlanner(recordsMin: 8, delayNanosecondsMax: 200_000_000)
      : StepPlanner(recordsMin: 0, delayNanosecondsMax: 0)
    onRowError = random.next(below: 2) == 0 ? .fail : .deadLetter
    expected = Expectations(failingDie: onRowError == .fail)
    // Small enough that some bodies are staged.
    ingestBounds = IngestBounds(blockBytes: 200, stagedFlushBytes: 400, partBytes: 1 << 20)
    isMemoryShort = random.next(below: 3) == 0
    trace = traces ? [] : nil
    let kinds: [(String, DeliveryGuarantee)] = [
      ("sums", .exactlyOnce), ("joined", .atLeastOnce), ("quotients", .exactlyOnce), ("sums", .atLeastOnce),
    ]
    outsides = kinds.filter { _ in random.next(below: 2) == 0 }.map { Outside($0.0, $0.1, self) }
    power.onEffect { [unowned self] in othersMayRun() }
  }

  /// Runs differ most when each does some things often and others never.
  private static func habits(_ random: SeededRandom) -> [UInt64] {
    let factors: [UInt64] = [1, 1, 3, 9]
    return Event.allCases.map { event in
      let drawn = random.next(below: 5)
      return event.weight * (drawn < 4 ? factors[Int(drawn)] : event.isLoop ? 1 : 0)
    }
  }

  var watermarkPath: String { directory.path + "/watermark" }

  func openStore() throws(StorageError) -> FaultyStore {
    isDiskBroken = false
    let store = PoweredStore(store: try disk.open(directory: ""), power: power)
    guard case .dropping(let space) = fault else { return FaultyStore(store) }
    return FaultyStore(DroppingStore(store: store, space: space))
  }

  var sinkSpecs: [SinkSpec] {
    outsides.map { outside in
      SinkSpec(
        name: outside.name, relation: SQLIdentifier(outside.relation), schema: Schema(fields: []),
        make: { () throws(ConnectorError) -> any Sink in SimulatedSink(outside) })
    }
  }

  /// Sinks work well at the end.
  func sinkFails(_ count: UInt64, of total: UInt64) -> Bool { !isSettling && random.next(below: total) < count }

  func fail(_ invariant: Int, _ message: String) {
    if violation == nil { violation = Violation(invariant, message) }
    note("VIOLATION \(invariant) \(message)")
  }

  func note(_ text: @autoclosure () -> String) {
    if trace != nil { trace?.append(String(repeating: "  ", count: depth) + text()) }
  }

  private func mix(_ value: UInt64) { digest = (digest ^ value) &* 0x100_0000_01B3 }

  // MARK: The schedule

  /// Events until the plan is through, then a fair end, a last life, and its end.
  func run() throws {
    do {
      try start()
      let events = 60 + random.next(below: 300)
      for _ in 0..<events where violation == nil {
        try play(draw())
        try afterEvent()
      }
      for _ in 0..<2 where violation == nil {
        try settle()
        if violation == nil { checkEnd() }
        crash(isPowerCut: random.next(below: 2) == 0)
        if violation == nil { try start() }
      }
    } catch let found as Violation { if violation == nil { violation = found } }
    if let life, violation != nil { life.isGone = true }
    power.onEffect(nil)
    endLife()
    if let violation { throw violation }
  }

  /// Nothing may be left that waits for the life.
  private func endLife() {
    guard let life else { return }
    power.cut(after: 0)
    disk.crash()
    life.abandon(self)
    self.life = nil
  }

  private func draw() -> Event {
    var left = random.next(below: weights.reduce(0, +))
    for (event, weight) in zip(Event.allCases, weights) {
      if left < weight { return event }
      left -= weight
    }
    return .commit
  }

  /// Between two effects of whoever runs.
  func othersMayRun() {
    guard depth < 3, violation == nil, !power.isOut, life != nil else { return }
    if isStormy, !isSettling, random.next(below: 100) == 0 { return power.cut(after: 0) }
    guard random.next(below: 5) == 0 else { return }
    let event = draw()
    guard event.isQuick else { return }
    depth += 1
    defer { depth -= 1 }
    do { try play(event) } catch { fail(0, "\(event): \(error)") }
  }

  private func play(_ event: Event) throws {
    guard let life else { return }
    mix(UInt64(Event.allCases.firstIndex(of: event) ?? 0) << 32 &+ life.ledger.totals.completedSteps.rawValue)
    switch event {
    case .commit: turn(.commit)
    case .step: turn(.step)
    case .sinks: turn(.sinks)
    case .state: turn(.state)
    case .jobs: turn(.jobs)
    case .append: append(keyed: false)
    case .appendKeyed: append(keyed: true)
    case .retry: retry()
    case .poll: poll()
    case .park: park()
    case .checkpoint: checkpoint()
    case .time:
      let milliseconds = Int64(random.next(below: 1500))
      note("time +\(milliseconds) ms")
      clock.advance(milliseconds: milliseconds)
      if random.next(below: 8) == 0 {
        let back = Int64(random.next(below: 3_000_000))
        note("the wall clock goes back \(back) us")
        clock.setWall(microseconds: clock.wall().microseconds - back)
      }
      life.ledger.expire()
    case .transaction: transaction()
    case .pause:
      isPaused.toggle()
      note(isPaused ? "pause" : "resume")
      if life.isReady { life.engine.setPaused(isPaused) }
    case .powerCut: power.cut(after: Int(random.next(below: 30)) + 1)
    case .kill: try restart(crash(isPowerCut: false))
    case .diskFailure:
      note("the disk will fail")
      isDiskBroken = true
      let count = Int(random.next(below: 6))
      if random.next(below: 3) == 0 { life.faulty.failSync(after: count) } else { life.faulty.failWrite(after: count) }
    case .stop: try stop()
    }
  }

  /// Whether an error is no surprise.
  var mayFail: Bool { power.isOut || isDiskBroken }

  /// What a turn of a loop asked for; nil when it is in one already.
  @discardableResult
  func turn(_ loop: Life.Loop) -> LoopTurn? {
    guard let life else { return nil }
    let turn = life.turn(loop, self)
    if let turn { note("\(loop) → \(turn) durable=\(life.appender.durableEnd) steps=\(life.ledger.totals)") }
    return turn
  }

  private func afterEvent() throws {
    if power.isOut {
      note("the power is out")
      try restart(crash(isPowerCut: true))
    }
    guard let life, violation == nil else { return }
    if life.failure?.code == .storage, isDiskBroken { return try restart(crash(isPowerCut: false)) }
    if let failure = life.failure {
      guard failure.code == .evaluation, onRowError == .fail else {
        throw Violation(0, "the life failed: \(failure)")
      }
      note("dismissed: \(failure)")
      dismissals += 1
      try stop()
    }
    checkTotals()
  }

  private func restart(_: Void) throws { if violation == nil { try start() } }
}
