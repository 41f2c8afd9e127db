import Checkpoints
import Completion
import InputLog
import Outputs
import PipelineModel
import Platform
import StepEngine
import StorageAPI
import TestSupport

/// How lives begin and end.
extension Simulation {
  /// Opens what the disk holds; a power cut on the way only means another try.
  func start() throws {
    for _ in 0..<100 {
      do {
        let fresh = try Life(self)
        note("life \(fresh.incarnation) at=\(fresh.position.steps) durable=\(fresh.appender.durableEnd)")
        guard !power.isOut else { throw Violation(0, "the power went out") }
        life = fresh
        return try checkRecovered(fresh)
      } catch {
        guard power.isOut else { throw Violation(6, "the state cannot be opened: \(error)") }
        note("the power is out at the start")
        power.cut(after: nil)
        files.crash(namesSurvive: random.next(below: 2) == 0)
        disk.crash(keepingUnsynced: Int(random.next(below: UInt64(disk.unsyncedCount) + 1)))
      }
    }
    throw Violation(3, "no life begins")
  }

  /// Power cut: what was not synced may be gone, and the last of it torn. Else the process alone dies.
  func crash(isPowerCut: Bool) {
    guard let life else { return }
    let unsynced = disk.unsyncedCount
    let kept = isPowerCut ? Int(random.next(below: UInt64(unsynced) + 1)) : unsynced
    note("crash powerCut=\(isPowerCut) unsynced=\(unsynced) kept=\(kept)")
    expected.ends[life.incarnation] = .crashed
    power.cut(after: 0)
    let mark = watermarkAfterCrash(life, isPowerCut)
    disk.crash(keepingUnsynced: kept)
    life.abandon(self)
    if let mark { try? PosixFileSystem().writeFile(watermarkPath, mark, sync: false) }
    if isPowerCut { files.crash(namesSurvive: random.next(below: 2) == 0) }
    power.cut(after: nil)
    expected.parked = [:]
    self.life = nil
  }

  /// The watermark's newest slot was not synced: it may be torn.
  private func watermarkAfterCrash(_ life: Life, _ isPowerCut: Bool) -> [UInt8]? {
    guard var bytes = try? PosixFileSystem().read(watermarkPath) else { return nil }
    guard isPowerCut, life.watermark.isDirty, random.next(below: 2) == 0 else { return bytes }
    // Slots lie 64 bytes apart; the greater end is the newer one.
    let ends = [0, 64].map { start in start + 12 <= bytes.count ? KeySpace.number(bytes, at: start + 4) ?? 0 : 0 }
    let newest = ends[0] > ends[1] ? 0 : 64
    if newest + 16 <= bytes.count { bytes[newest + 9 + Int(random.next(below: 7))] ^= 0x55 }
    // A file that never had two slots is not there without its only one.
    return ends.contains(0) ? nil : bytes
  }

  /// Ends the life in the order of `RunningPipeline.shutDown`, and begins the next one.
  func stop() throws {
    guard let life, !isDiskBroken else { return }
    let isGivenUp = random.next(below: 3) == 0
    note("stop givingUpStep=\(isGivenUp)")
    life.isClosing = true
    if !isGivenUp, life.isReady, random.next(below: 2) == 0 {
      checkpoint()
      for _ in 0..<1000 where life.isCheckpointing && life.failure == nil && !power.isOut {
        for loop in Life.Loop.allCases { turn(loop) }
      }
    }
    life.engine.requestStop(givingUpStep: isGivenUp)
    try drain(.step)
    life.outputs.stop()
    try drain(.sinks)
    life.appender.close()
    try drain(.commit)
    guard !power.isOut else {
      crash(isPowerCut: true)
      return violation == nil ? try start() : ()
    }
    let ended = try IncarnationHistory.load(store: life.store).ended(
      life.incarnation, reason: .stopped, at: life.appender.durableEnd)
    let recorded: Void? = try? life.store.write(ended, .synced)
    guard recorded != nil, !power.isOut else {
      crash(isPowerCut: true)
      // The row may be on the disk or not.
      if let row = try? disk.durableRow(of: life.incarnation), row.end == .stopped {
        expected.ends[life.incarnation] = .stopped
      }
      return violation == nil ? try start() : ()
    }
    expected.ends[life.incarnation] = .stopped
    life.ledger.close()
    try drain(.jobs)
    life.isGone = true
    life.store.close()
    expected.parked = [:]
    self.life = nil
    if violation == nil { try start() }
  }

  /// Turns until a loop has nothing more to do.
  private func drain(_ loop: Life.Loop) throws {
    for _ in 0..<10_000 where !power.isOut {
      switch turn(loop) {
      case .again?: continue
      case .ended?, nil: return
      case .wait: if loop == .jobs { return }
      }
    }
    if !power.isOut { throw Violation(3, "\(loop) does not end") }
  }

  /// Everyone gets their turns, nothing fails any more: all must come to an end.
  func settle() throws {
    isSettling = true
    defer { isSettling = false }
    power.cut(after: nil)
    note("settle")
    isPaused = false
    if isDiskBroken {
      crash(isPowerCut: false)
      try start()
    }
    if let life, life.isReady { life.engine.setPaused(false) }
    for round in 0..<5000 where violation == nil {
      guard let life else { return }
      if let failure = life.failure {
        guard failure.code == .evaluation, onRowError == .fail else { throw Violation(0, "life failed: \(failure)") }
        dismissals += 1
        try stop()
        continue
      }
      if life.isReady, life.desk.reading?.isCommitting == false { commitTransaction(life) }
      var isIdle = true
      for loop in Life.Loop.allCases {
        if turn(loop) == .again { isIdle = false }
      }
      checkTotals()
      guard isIdle else { continue }
      if life.isReady, life.shownEnd == life.appender.durableEnd,
        life.outputs.readings().allSatisfy({ $0.queuedRecords == 0 }), jobs.isEmpty
      {
        if !retryOpenRequests() { return }
      }
      if round % 4 == 3 {
        clock.advance(milliseconds: 100)
        life.ledger.expire()
      }
    }
    if violation == nil { throw Violation(3, "the pipeline does not come to rest: \(standing)") }
  }

  private var standing: String {
    guard let life else { return "no life" }
    return "ready=\(life.isReady) totals=\(life.ledger.totals) durable=\(life.appender.durableEnd) "
      + "shown=\(life.shownEnd) blockers=\(life.ledger.blockers()) jobs=\(!jobs.isEmpty)"
  }

  // MARK: Checkpoints

  /// Like `CheckpointCoordinator`: capture, write, trim.
  func checkpoint() {
    guard let life, life.isReady, !life.isCheckpointing else { return }
    note("checkpoint")
    life.isCheckpointing = true
    Task(executorPreference: jobs) { [self] in
      let capture = await life.engine.capture()
      if let capture, !life.isGone { write(capture, life) }
      life.isCheckpointing = false
    }
  }

  private func write(_ capture: EngineCapture, _ life: Life) {
    do {
      life.appender.syncWatermark()
      let manifest = try life.checkpoints.write(capture.content(fingerprint: [1]))
      life.kept = Array(([manifest] + life.kept).prefix(Limits.checkpointsKept))
      note("checkpoint written steps=\(manifest.steps) end=\(manifest.end)")
      guard life.kept.count == Limits.checkpointsKept, let oldest = life.kept.last else { return }
      try LogRetention.trim(store: life.store, below: oldest.end)
      try Journal(store: life.store).trim(below: oldest.steps.nextIndex)
    } catch { if !mayFail { fail(0, "checkpoint: \(error)") } }
  }
}

extension CrashDisk {
  func durableRow(of incarnation: Incarnation) throws(StorageError) -> IncarnationRow? {
    try IncarnationHistory.load(store: MemoryStore(durableContents)).rows.first { $0.incarnation == incarnation }
  }
}
