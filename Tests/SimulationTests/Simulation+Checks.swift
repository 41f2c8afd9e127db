import Checkpoints
import Completion
import DataModel
import Ingress
import InputLog
import Outputs
import PipelineModel
import Platform
import StepEngine
import StorageAPI
import TestSupport

/// The invariants of the design, by their numbers.
extension Simulation {
  // MARK: The log

  /// What the log has gained joins the model: each request whole, in order and once.
  private func readLog(to end: Offset) {
    guard expected.model.end < end, violation == nil else { return }
    do {
      // Past a store that fails.
      let reader = LogReader(store: MemoryStore(disk.contents))
      let blocks = try reader.read(from: expected.model.end, to: end, bytesMax: .max)
      var records: [Record] = []
      for block in blocks {
        guard let table = Record.Table(rawValue: block.table) else { return fail(6, "table \(block.table)") }
        records += try ColumnCodec.decodeChanges(block.payload).records(of: table)
      }
      var rest = records[...]
      while let first = rest.first {
        guard let number = expected.byRecord[first] else { return fail(6, "the log has \(first), which nobody sent") }
        let request = expected.requests[number]
        guard Array(rest.prefix(request.records.count)) == request.records else {
          return fail(6, "request \(number) is not whole in the log")
        }
        if let logged = request.logged { return fail(6, "request \(number) is in the log twice, also at \(logged)") }
        let at = expected.model.end
        expected.model.append(request.records)
        expected.requests[number].logged = .clamped(first: at, end: expected.model.end)
        rest = rest.dropFirst(request.records.count)
      }
    } catch { if !power.isOut { fail(6, "the log cannot be read: \(error)") } }
  }

  /// Invariants 1 and 6.
  func checkAnswer(_ outcome: IngestOutcome, _ number: Int, _ life: Life) {
    let request = expected.requests[number]
    let durable = try? LogReader(store: MemoryStore(disk.durableContents)).end()
    if !outcome.range.isEmpty, (durable ?? .zero) < outcome.range.end {
      fail(1, "request \(number) is answered with \(outcome.range) while \(durable ?? .zero) is durable")
    }
    readLog(to: life.appender.durableEnd)
    if outcome.accepted != UInt64(request.records.count) || outcome.errorCount != UInt64(request.badLines) {
      fail(6, "request \(number): accepted \(outcome.accepted), refused \(outcome.errorCount)")
    }
    if !outcome.range.isEmpty, outcome.range != expected.requests[number].logged {
      fail(6, "request \(number) is answered with \(outcome.range), it lies at \(String(describing: request.logged))")
    }
    if let earlier = request.answered, earlier != outcome.range {
      fail(6, "request \(number) was answered with \(earlier), now with \(outcome.range)")
    }
  }

  /// A new life: nothing that was durable or told is gone.
  func checkRecovered(_ life: Life) throws {
    let end = life.appender.durableEnd
    guard expected.model.end <= end else {
      throw Violation(6, "the log ends at \(end), \(expected.model.end) was durable")
    }
    readLog(to: end)
    let reading = life.desk.reading
    // Some were journaled and not told any more.
    let journaled = try Journal(store: life.store).rows(
      from: life.position.steps.nextIndex, startingAt: life.position.end)
    for index in expected.transactions.indices {
      let told = expected.transactions[index]
      let isTaken = (expected.steps.map(\.row) + journaled).contains { $0.transaction == told.id }
      if let reading, reading.id == told.id {
        if reading.range.first != told.first || (told.end != nil && !reading.isCommitting) {
          throw Violation(6, "transaction \(told.id) changed: \(reading)")
        }
        // A commit whose answer was lost.
        if reading.isCommitting { expected.transactions[index].end = reading.range.end }
      } else if !isTaken {
        throw Violation(6, "transaction \(told.id) is gone")
      }
    }
    if let reading, !expected.transactions.contains(where: { $0.id == reading.id }) {
      expected.transactions.append(
        Expectations.Transaction(
          id: reading.id, first: reading.range.first, end: reading.isCommitting ? reading.range.end : nil))
    }
  }

  // MARK: Steps

  func isTold(_ step: StepIndex) -> Bool { expected.steps.contains { $0.row.step == step } }

  /// Whether a power cut now could not take the step back: its row or a checkpoint behind it is durable.
  func isDurable(_ step: StepIndex) -> Bool {
    disk.durableContents.get(.base, KeySpace.journal.key(step.rawValue)) != nil
      || life?.kept.first?.steps.includes(step) ?? false
  }

  /// Invariants 4 and 10, at each step.
  func finished(_ facts: StepFacts, _ life: Life) {
    guard !life.isGone, violation == nil else { return }
    let row = facts.row
    note("step \(row.step) \(row.range) now=\(row.now.microseconds) tx=\(row.transaction) dead=\(row.isDead) "
      + (facts.replayed ? "replayed" : ""))
    if row.range.first != life.shownEnd { fail(4, "step \(row.step) begins at \(row.range.first), not \(life.shownEnd)") }
    if facts.endpoints.reduce(0, { $0 + $1.records }) != row.records { fail(9, "shares of step \(row.step)") }
    readLog(to: life.appender.durableEnd)
    life.shownEnd = row.range.end
    life.steps.insert(row.step)
    let step = Expectations.Step(row: row, deltas: facts.deltas.map { delta in
      "\(delta.relation) " + delta.rows.weighted.map { $0.row + [$0.weight] }.sorted(by: precedes).description
    }.sorted())
    if let known = expected.steps.first(where: { $0.row.step == row.step }) {
      if !facts.replayed { fail(4, "step \(row.step) is taken twice") }
      if known.row != row { fail(4, "step \(row.step) was \(known.row), now \(row)") }
      if known.deltas != step.deltas { fail(4, "step \(row.step) gave \(known.deltas), now \(step.deltas)") }
    } else {
      if expected.lostSteps.contains(row.step) { fail(5, "step \(row.step) was told in a life that is gone") }
      if let last = expected.steps.last(where: { facts.replayed ? $0.row.step < row.step : true }) {
        if last.row.step >= row.step { fail(5, "step \(row.step) comes after step \(last.row.step)") }
        if last.row.now > row.now { fail(4, "NOW() goes back in step \(row.step)") }
      }
      expected.steps.insert(step, at: expected.steps.firstIndex { row.step < $0.row.step } ?? expected.steps.count)
    }
    checkTransactions(row)
    if violation == nil { checkViews(life, row.now) }
  }

  private func checkTransactions(_ row: JournalRow) {
    for transaction in expected.transactions {
      let end = transaction.end ?? Offset(.max)
      if row.transaction == transaction.id {
        if row.range.first != transaction.first || (transaction.end.map { $0 != row.range.end } ?? false) {
          fail(4, "step \(row.step) of transaction \(transaction.id) has \(row.range)")
        }
      } else if row.range.first < end, transaction.first < row.range.end {
        fail(2, "step \(row.step) \(row.range) takes records of transaction \(transaction.id)")
      }
    }
  }

  private func checkViews(_ life: Life, _ now: WallTime) {
    for view in SimulatedProgram.views {
      let rows: [Row]
      do {
        rows = try (life.engine.views.contents(of: SQLIdentifier(view)) ?? []).flatMap { batch in
          batch.weighted.flatMap { Array(repeating: $0.row, count: Int($0.weight)) }
        }.sorted(by: precedes)
      } catch {
        if !mayFail { fail(10, "view \(view): \(error)") }
        continue
      }
      let right = expected.model.view(view, at: life.shownEnd)
      if rows != right { fail(10, "view \(view) at \(life.shownEnd) is \(rows), not \(right)") }
    }
    guard program.usesClock else { return }
    let shown = (try? life.engine.views.contents(of: SQLIdentifier("clock")))??.flatMap(\.weighted).map(\.row)
    if shown != [[now.microseconds]] { fail(10, "view clock is \(shown ?? []), not \(now.microseconds)") }
  }

  /// Replay is over: what it did not take again was never journaled for good, and nobody outside may know it.
  func replayed(_ steps: StepCount, _ end: Offset, _ life: Life) {
    guard !life.isGone else { return }
    note("ready steps=\(steps) end=\(end)")
    let gone = expected.steps.filter { !life.position.steps.includes($0.row.step) && !life.steps.contains($0.row.step) }
    for step in gone { expected.lostSteps.insert(step.row.step) }
    let lost = expected.lostSteps
    expected.steps.removeAll { lost.contains($0.row.step) }
    for outside in outsides {
      if let lost = outside.log.first(where: { expected.lostSteps.contains($0.step) }) {
        fail(4, "sink \(outside.name) has step \(lost.step), which is not in the journal")
      }
    }
    if steps < expected.initiatedSteps { fail(5, "\(expected.initiatedSteps) steps were told, now \(steps)") }
    if end != (expected.steps.last { !$0.row.range.isEmpty }?.row.range.end ?? .zero) {
      fail(6, "replay ends at \(end)")
    }
  }

  // MARK: Completion

  /// A sink says that it has all of the first steps.
  func delivered(_ name: String, _ steps: StepCount, _ life: Life) {
    guard !life.isGone, !power.isOut, violation == nil, let outside = outsides.first(where: { $0.name == name }) else { return }
    // The same question over the same steps has the same answer.
    let asked = Expectations.Delivery(sink: name, steps: steps, end: expected.end(of: steps), count: outside.log.count)
    guard expected.delivered.insert(asked).inserted else { return }
    let rows = outside.rows(through: steps)
    let right = expected.model.view(outside.relation, at: asked.end)
    if rows != right { fail(2, "sink \(name) at \(steps) has \(rows), not \(right)") }
  }

  /// Invariant 2; true for complete.
  func checkStatus(_ status: LedgerStatus, _ range: OffsetRange, _ life: Life) -> Bool {
    guard case .complete(let told) = status else { return false }
    guard !range.isEmpty, violation == nil else { return true }
    if life.shownEnd < range.end { fail(2, "\(range) is complete, views show \(life.shownEnd)") }
    guard let step = expected.step(holding: range.end) else {
      fail(2, "\(range) is complete, but no step holds it")
      return true
    }
    if told != step.row.step.completedCount { fail(2, "\(range) is complete with \(told), not \(step.row.step)") }
    for outside in outsides { delivered(outside.name, step.row.step.completedCount, life) }
    guard violation == nil else { return true }
    let dead = expected.model.dead(in: range)
    if life.dead.count(in: range) != dead { fail(2, "\(range) has \(life.dead.count(in: range)) dead, not \(dead)") }
    return true
  }

  /// Nothing is ever lost here, so a past token always has its successor.
  func checkPast(_ past: PastToken, _ token: CompletionToken) {
    if past.outcome != .recovered || !past.lost.isEmpty || past.successorRange != token.range {
      fail(2, "token of \(token.range) is \(past.outcome), lost \(past.lost)")
    }
    if past.reason != expected.ends[token.incarnation] {
      fail(2, "its life ended \(String(describing: expected.ends[token.incarnation])), told is \(past.reason)")
    }
  }

  /// Invariant 5.
  func checkTotals() {
    guard let life, life.isReady, violation == nil else { return }
    let totals = life.ledger.totals
    if totals.completedSteps < expected.completedSteps {
      fail(5, "total_completed_steps was \(expected.completedSteps), now \(totals.completedSteps)")
    }
    if totals.initiatedSteps < expected.initiatedSteps {
      fail(5, "total_initiated_steps was \(expected.initiatedSteps), now \(totals.initiatedSteps)")
    }
    if totals.completedSteps > totals.initiatedSteps { fail(5, "more steps complete than initiated: \(totals)") }
    if totals.completedEnd > totals.processedEnd { fail(2, "more is complete than processed: \(totals)") }
    expected.completedSteps = totals.completedSteps
    expected.initiatedSteps = totals.initiatedSteps
  }

  // MARK: The end

  /// Invariants 3, 6 and 9, when all has come to rest.
  func checkEnd() {
    guard let life else { return }
    let end = life.appender.durableEnd
    if expected.model.end != end || life.shownEnd != end { fail(6, "log \(end), views \(life.shownEnd)") }
    for index in expected.tokens.indices where violation == nil {
      let token = expected.tokens[index].token
      if poll(index, life) != true { fail(3, "token of \(token.range) hangs: \(life.ledger.totals)") }
    }
    for request in expected.requests where request.answered == nil && request.key != nil {
      fail(3, "request \(request.id) has no answer")
    }
    if !expected.parked.isEmpty, life.ledger.parkedWaits != expected.parked.count { fail(3, "waits are forgotten") }
    for (_, condition) in expected.parked where life.ledger.isMet(condition) { fail(3, "a wait hangs: \(condition)") }
    guard violation == nil else { return }
    for outside in outsides {
      let rows = outside.rows(through: StepCount(.max))
      let right = expected.model.view(outside.relation, at: end)
      if rows != right { fail(6, "sink \(outside.name) has \(rows) in the end, not \(right)") }
    }
    let inputs = life.endpoints.all()
    if inputs.reduce(0, { $0 + $1.totalRecords }) != end.rawValue || inputs.contains(where: { $0.bufferedRecords > 0 }) {
      fail(9, "endpoints count \(inputs.map { ($0.totalRecords, $0.bufferedRecords) }) of \(end)")
    }
    checkDead(life)
  }

  private func checkDead(_ life: Life) {
    var dead: [UInt64] = []
    do {
      try life.store.scan(.base, from: KeySpace.deadRecord.key(), to: KeySpace.deadRecord.end) { key, _ in
        if let offset = KeySpace.number(key, at: 1) { dead.append(offset) }
        return true
      }
      let letters = try life.endpoints.deadLetters(DeadLetterFilter(), limit: 10_000).filter(\.id.isFailed)
      if dead != expected.model.deadOffsets { fail(6, "dead are \(dead), not \(expected.model.deadOffsets)") }
      if letters.map(\.id.offset.rawValue) != dead { fail(6, "letters \(letters.map(\.id)), dead \(dead)") }
    } catch { fail(6, "dead letters: \(error)") }
  }
}
