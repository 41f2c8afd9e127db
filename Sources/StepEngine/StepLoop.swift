import DataModel
import Dataflow
import InputLog
import PipelineModel
package import Platform
import SQLLowering
import StorageAPI

/// The step thread's loop and the only caller of `Circuit.step`: replay, then one step after the other.
package struct StepLoop {
  private enum Phase {
    case fresh
    /// Journaled steps behind the restored state are taken again.
    case replaying(Circuit, StepReservation, ArraySlice<JournalRow>)
    case living(Circuit, StepReservation)
    case over
  }

  let setup: EngineSetup
  let events: EngineEvents
  let engine: StepEngine
  let journal: Journal
  let reader: LogReader
  private var phase = Phase.fresh
  private var planner: StepPlanner
  private(set) var nextStep: StepIndex
  /// Steps that were told as begun; one of them may not be taken yet.
  private var toldSteps = StepCount.zero
  private(set) var processedEnd: Offset
  private var lastNow: Int64 = .min
  /// Contents of new views, until the first step has told them.
  private var fills: [TraceState]
  /// The circuit holds slices of a step that was given up: its state is that after no step.
  var isTorn = false
  /// A range in which a step failed, being taken piece by piece.
  var poison: PoisonRange?
  /// A record in whose step the process ended with a trap, again and again.
  var deadlyRecord: Offset?
  /// Blocks of that range, kept for the next piece.
  var poisonBlocks: [DecodedBlock] = []

  init(setup: EngineSetup, events: EngineEvents, engine: StepEngine) {
    self.setup = setup
    self.events = events
    self.engine = engine
    journal = Journal(store: setup.store)
    reader = LogReader(store: setup.store)
    planner = setup.planner
    nextStep = setup.position.steps.nextIndex
    processedEnd = setup.position.end
    fills = setup.position.fills
  }

  /// Between two turns: durable ends below this one need not wake the loop before the time of its wait is up.
  var endWaitedFor: Offset? { planner.endWaitedFor }

  /// Takes at most one step; waits for nothing but the disk and `hasRoom`.
  package mutating func turn() -> LoopTurn {
    do throws(StepError) {
      let turn = try advance()
      if turn == .ended { end() }
      return turn
    } catch {
      // A step that was given up is as one that a crash cut off.
      if !engine.readInbox().givingUp { events.failed(error) }
      end()
      return .ended
    }
  }

  private mutating func end() {
    if case .over = phase { return }
    phase = .over
    setup.storage?.close()
    engine.endRequests()
  }

  private mutating func advance() throws(StepError) -> LoopTurn {
    switch phase {
    case .fresh:
      phase = try open()
      return .again
    case .replaying(let circuit, var reservation, let rows):
      guard let row = rows.first else {
        // A circuit without NOW() does not know when its last step was.
        if lastNow == .min, let newest = try journal.newestNow() { lastNow = newest.microseconds }
        try noteFailedStep()
        try beginLife(circuit, &reservation)
        phase = .living(circuit, reservation)
        return .again
      }
      // The state is older than the journal: nothing may be numbered or captured from it.
      guard !engine.readInbox().stopping else { return .ended }
      guard events.hasRoom() else { return .again }
      guard try replay(row, circuit) else { return .ended }
      phase = .replaying(circuit, reservation, rows.dropFirst())
      return .again
    case .living(let circuit, var reservation):
      let turn = try turn(circuit, &reservation)
      phase = .living(circuit, reservation)
      if turn == .ended, !isTorn { try reservation.settle(at: max(StepCount(nextStep.rawValue), toldSteps)) }
      return turn
    case .over: return .ended
    }
  }

  /// Restores the circuit.
  private mutating func open() throws(StepError) -> Phase {
    let circuit = Lowering.circuit(
      for: setup.program, observed: setup.observed, workers: CircuitWorkers(setup.workers, budget: engine.budget),
      collectsErrors: true)
    circuit.reportsEveryView = false
    if let storage = setup.storage {
      storage.attach(to: circuit)
      storage.traces.whenDone { [weak engine] in engine?.wake() }
    }
    if !setup.position.traces.isEmpty {
      do { try circuit.restore(setup.position.traces) } catch { throw StepError(.state, "\(error)") }
    }
    lastNow = circuit.time ?? lastNow
    let reservation = try StepReservation(store: setup.store)
    publish(circuit)
    return .replaying(circuit, reservation, try journal.rows(from: nextStep, startingAt: processedEnd)[...])
  }

  /// Takes a journaled step again, exactly as it was taken. False when asked to stop on the way.
  private mutating func replay(_ row: JournalRow, _ circuit: Circuit) throws(StepError) -> Bool {
    if row.transaction != 0 { return try replayTransaction(row, circuit) }
    if row.isCut {
      try take(row.at(least: lastNow), StepCollector(from: row.range.end), circuit, replayed: true)
      return true
    }
    let collected = try collect(row.range, bytesMax: nil)
    guard collected.end == row.range.end, collected.records == row.records else {
      throw StepError(
        .corrupt,
        "journaled step does not fit the log step=\(row.step) offsets=\(row.range) records=\(row.records)")
    }
    try take(row, collected, circuit, replayed: true)
    return true
  }

  /// Numbers on from what earlier lives may have told, tells that replay is over, and takes the first step of
  /// a new log.
  private mutating func beginLife(_ circuit: Circuit, _ reservation: inout StepReservation) throws(StepError)
  {
    nextStep = max(nextStep, reservation.bound.nextIndex)
    events.ready(StepCount(nextStep.rawValue), processedEnd)
    if circuit.needsInitialStep || !fills.isEmpty, !engine.readInbox().stopping {
      try reservation.cover(nextStep)
      var row = JournalRow(step: nextStep, range: .empty(at: processedEnd), now: nextNow(circuit), records: 0)
      row.tolerance = tolerance(circuit)
      tell(row.step)
      try take(row, StepCollector(from: processedEnd), circuit, replayed: false)
    }
  }

  private mutating func turn(
    _ circuit: Circuit, _ reservation: inout StepReservation
  ) throws(StepError) -> LoopTurn {
    let inbox = engine.readInbox()
    try answerRequests(circuit)
    try keepUp(circuit)
    var situation = StepPlanner.Situation(
      processedEnd: processedEnd, durableEnd: setup.durableEnd(), now: setup.clock.monotonic())
    situation.paused = inbox.paused
    situation.stopping = inbox.stopping
    situation.untilClock = circuit.usesNow ? nanosecondsUntilClock() : nil
    situation.transaction = setup.transactions?.bound
    situation.inPieces = poison != nil
    situation.outputsHaveRoom = situation.isIdle || inbox.paused || events.hasRoom()
    switch planner.decide(situation) {
    case .stop: return .ended
    case .wait(let nanoseconds): return .wait(nanoseconds: nanoseconds)
    case .waitForRoom: break
    case .transaction: return try takeTransaction(circuit, &reservation) ? .again : .ended
    case .step(let end):
      try reservation.cover(nextStep)
      tell(nextStep)
      let planned = OffsetRange.clamped(
        first: processedEnd, end: min(end, poison?.pieceEnd(from: processedEnd) ?? end))
      let collected = try collect(planned, bytesMax: Limits.stepBytesMax)
      let range = OffsetRange.clamped(first: processedEnd, end: collected.end)
      var row = JournalRow(step: nextStep, range: range, now: nextNow(circuit), records: collected.records)
      row.tolerance = tolerance(circuit)
      try attempt(row, collected, circuit)
    }
    return .again
  }

  mutating func tell(_ step: StepIndex) {
    toldSteps = max(toldSteps, step.completedCount)
    events.initiated(step)
  }

  /// Takes a new step. One that fails leaves the circuit as it was: then its range is taken in pieces, or the
  /// life ends.
  private mutating func attempt(
    _ row: JournalRow, _ collected: StepCollector, _ circuit: Circuit
  ) throws(StepError) {
    do throws(StepError) {
      if row.range.count == 1, row.range.first == deadlyRecord {
        throw StepError(.evaluation, "the process ended when a step took the record")
      }
      try take(row, collected, circuit, replayed: false)
    } catch {
      guard error.code == .evaluation, !error.isGivenUp, !row.range.isEmpty else { throw error }
      guard try failed(row, error) else { return }
      var dead = row
      dead.isDead = true
      let failed = failedRecord(dead, dead.range, collected, error.message)
      try take(dead, collected, circuit, replayed: false, failed: failed)
    }
  }

  private mutating func take(
    _ row: JournalRow, _ collected: StepCollector, _ circuit: Circuit, replayed: Bool,
    failed: FailedRecord? = nil
  ) throws(StepError) {
    var deltas: [RelationDelta]
    let lateBefore = circuit.lateRows
    setup.mark?.begin(row.range)
    defer { setup.mark?.end() }
    circuit.tolerance = row.tolerance
    do {
      deltas = try circuit.step(row.isDead ? [] : collected.inputs, now: row.now.microseconds)
      if !fills.isEmpty { deltas = try filled(deltas, circuit) }
    } catch { throw StepError(evaluation: error) }
    if !replayed {
      var batch = rows(of: failed.map { [$0] } ?? [], passing: row.range)
      batch.mutations += row.errorRow(circuit.addedErrors).mutations
      try journal.record(row, with: batch)
    }
    let result = StepResult(
      endpoints: collected.endpoints, deltas: deltas, lateRows: circuit.lateRows - lateBefore,
      failed: failed.map { [$0] } ?? [], viewErrors: circuit.addedErrors)
    try finish(row, result, circuit, replayed: replayed)
  }

  /// With the contents of new views. They are in the restored state, so a replay of the step tells the same.
  private mutating func filled(
    _ deltas: [RelationDelta], _ circuit: Circuit
  ) throws(EvaluationError) -> [RelationDelta] {
    var sum = DeltaSum()
    try sum.add(deltas)
    for fill in fills {
      let relation = SQLIdentifier(String(fill.id.dropFirst(Bootstrap.fillPrefix.count)), caseSensitive: true)
      try fill.snapshot.forEachBatch(rowsMax: 65_536) { rows throws(EvaluationError) -> Bool in
        try sum.add([RelationDelta(relation: relation, rows: rows)])
        return true
      }
    }
    fills = []
    return try sum.deltas(in: circuit.relations)
  }

  /// After the step's row: its state shows, and its facts are told.
  mutating func finish(
    _ row: JournalRow, _ result: StepResult, _ circuit: Circuit, replayed: Bool
  ) throws(StepError) {
    nextStep = StepIndex(row.step.rawValue + 1)
    if replayed { try keepUp(circuit) }
    processedEnd = row.range.end
    setup.recent?.forget(below: processedEnd)
    lastNow = row.now.microseconds
    if !replayed { passed(row.range) }
    publish(circuit)
    // Before the facts: who sees a token complete may start the next transaction.
    if row.transaction != 0, !replayed { setup.transactions?.taken() }
    var facts = StepFacts(
      row: row, endpoints: result.endpoints.sorted { $0.endpoint < $1.endpoint },
      deltas: result.deltas.map { ($0.relation, $0.rows) }, replayed: replayed)
    facts.lateRows = result.lateRows
    facts.failedRecords = result.failed
    facts.viewErrors = result.viewErrors
    events.finished(facts)
  }

  /// Background work on the state is taken over, and memory kept within its budget.
  private func keepUp(_ circuit: Circuit) throws(StepError) {
    do { if try circuit.upkeep() { publish(circuit) } } catch { throw StepError(evaluation: error) }
  }

  private func answerRequests(_ circuit: Circuit) throws(StepError) {
    for request in engine.takeRequests() {
      switch request {
      case .capture(let answer):
        do throws(EvaluationError) {
          answer(try capture(circuit))
        } catch {
          answer(nil)
          throw StepError(evaluation: error)
        }
      case .observe(let relation, let answer):
        circuit.observe(relation)
        answer(StepCount(nextStep.rawValue))
      }
    }
  }

  /// A query before the first step sees the wall clock.
  private func publish(_ circuit: Circuit) {
    engine.views.publish(
      circuit.snapshots(), now: lastNow == .min ? setup.clock.wall().microseconds : lastNow)
  }

  private func capture(_ circuit: Circuit) throws(EvaluationError) -> EngineCapture {
    EngineCapture(
      steps: StepCount(nextStep.rawValue), end: processedEnd, traces: try circuit.state() + fills,
      sections: events.sections(), storage: setup.storage)
  }

  /// With `fail` rows may still leave the error collection that came there under another setting.
  func tolerance(_ circuit: Circuit) -> RowErrorTolerance {
    if setup.onRowError == .deadLetter { return .all }
    return circuit.holdsErrors ? .deletions : .none
  }

  /// The wall clock, but later than every step before; where rows depend on it a multiple of the clock's
  /// resolution that is not before the last one.
  func nextNow(_ circuit: Circuit) -> WallTime {
    let wall = setup.clock.wall().microseconds
    if circuit.usesNow { return WallTime(microseconds: max(tick(at: wall), lastNow)) }
    return WallTime(microseconds: lastNow == .max ? wall : max(wall, lastNow == .min ? wall : lastNow + 1))
  }

  /// The last multiple of the resolution, with those before 1970 rounded up.
  private func tick(at wall: Int64) -> Int64 { wall - wall % max(1, setup.clockResolution) }

  /// Capped at a second, because the wall clock may jump.
  private func nanosecondsUntilClock() -> UInt64 {
    let wall = setup.clock.wall().microseconds
    if tick(at: wall) > lastNow { return 0 }
    let resolution = max(1, setup.clockResolution)
    let left = UInt64(clamping: resolution - wall % resolution).multipliedReportingOverflow(by: 1000)
    return left.overflow ? 1_000_000_000 : min(max(left.partialValue, 1), 1_000_000_000)
  }
}
