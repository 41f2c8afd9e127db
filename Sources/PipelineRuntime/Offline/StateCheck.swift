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

/// Checks the state of one pipeline: log, journal, checkpoints and the rows of the ledger. Blocks.
struct StateCheck {
  let name: String
  let directory: String
  let logID: String?
  let store: any OrderedStore
  let fileSystem: any FileSystem

  func run(_ report: inout CheckReport) {
    checkIdentity(&report)
    let log = checkLog(&report)
    let good = checkCheckpoints(&report)
    checkJournal(after: good.first, log, &report)
    checkRows(&report)
    if let oldest = good.last, let log, oldest.end < log.first {
      problem("the log begins behind the oldest checkpoint first_offset=\(log.first)", &report)
    }
  }

  private func note(_ text: String, _ report: inout CheckReport) { report.note("pipeline \(name): \(text)") }
  private func problem(_ text: String, _ report: inout CheckReport) {
    report.problem("pipeline \(name): \(text)")
  }

  private func checkIdentity(_ report: inout CheckReport) {
    do {
      guard let meta = try StateMeta.read(from: store) else {
        return problem("the store holds no log", &report)
      }
      let id = meta.log.value
      if let logID, id.description != logID { problem("the store holds another log id=\(id)", &report) }
      if meta.format < StateMeta.currentFormat {
        note("format \(meta.format), which the next start of this version upgrades", &report)
      }
    } catch { problem("the store cannot be read: \(error)", &report) }
  }

  // MARK: Log

  /// The offsets that are there; nil without records.
  private func checkLog(_ report: inout CheckReport) -> OffsetRange? {
    var first: Offset?
    var records: UInt64 = 0
    var end = Offset.zero
    do {
      try store.scan(.log, from: [], to: nil) { key, _ in
        first = KeySpace.number(key, at: 0).map { Offset($0) }
        return false
      }
      end = try LogReader(store: store).end()
      let watermark = try WatermarkFile.read("\(directory)/watermark", fileSystem) ?? .zero
      if end < watermark {
        problem("the log ends before what was acknowledged first_offset=\(end) end_offset=\(watermark)", &report)
      }
      guard let first else {
        note("log is empty", &report)
        return nil
      }
      var position = first
      while position < end {
        let blocks = try LogReader(store: store).read(from: position, to: end, bytesMax: Limits.stepBytesMax)
        // The rest was cut.
        if blocks.isEmpty { break }
        for block in blocks {
          let changes = try ColumnCodec.decodeChanges(block.payload)
          if UInt64(changes.count) != block.range.count {
            problem("a block of the log holds \(changes.count) records offsets=\(block.range)", &report)
          }
          records += block.range.count
          position = block.range.end
        }
      }
      note("log holds \(records) records offsets=[\(first),\(end))", &report)
    } catch { problem("log is damaged after \(records) good records: \(error)", &report) }
    return first.map { .clamped(first: $0, end: end) }
  }

  // MARK: Checkpoints

  /// Good ones, newest first.
  private func checkCheckpoints(_ report: inout CheckReport) -> [CheckpointManifest] {
    var rows: [[UInt8]] = []
    do {
      try store.scan(.base, from: KeySpace.checkpoint.key(), to: KeySpace.checkpoint.end) { _, value in
        rows.append(value)
        return true
      }
    } catch { problem("checkpoint rows cannot be read: \(error)", &report) }
    let manifests = rows.compactMap { CheckpointManifest(encoded: $0) }
    if manifests.count < rows.count {
      problem("\(rows.count - manifests.count) checkpoint rows are damaged", &report)
    }
    var good: [CheckpointManifest] = []
    for manifest in manifests.sorted(by: { $0.sequence > $1.sequence }) {
      let title = "checkpoint \(manifest.id) steps=\(manifest.steps) end_offset=\(manifest.end)"
      if manifest.isBad {
        note("\(title) was found bad before", &report)
        continue
      }
      do {
        let rows = try rowsOf(manifest)
        note("\(title) holds \(rows) rows", &report)
        good.append(manifest)
      } catch { problem("\(title) is bad: \(error)", &report) }
    }
    return good
  }

  private func rowsOf(_ manifest: CheckpointManifest) throws -> UInt64 {
    let (clock, random) = (SystemClock(), SystemRandom())
    let files = StateStorage.directory(of: directory)
    let checkpoints = CheckpointStore(
      directory: files, store: store, fileSystem: fileSystem, clock: clock, random: random)
    let storage = EngineStorage(directory: files, fileSystem: fileSystem, settings: EngineStorage.Settings()) {
      "\(UniqueID.version7(clock: clock, random: random))\(CheckpointStore.fileSuffix)"
    }
    defer { storage.close() }
    return try EnginePosition(restoring: try checkpoints.load(manifest), of: manifest, from: storage).check()
  }

  // MARK: Rows

  /// A restart takes the journaled steps behind the newest good checkpoint again.
  private func checkJournal(
    after checkpoint: CheckpointManifest?, _ log: OffsetRange?, _ report: inout CheckReport
  ) {
    do {
      let rows = try Journal(store: store).rows(
        from: checkpoint?.steps.nextIndex ?? StepIndex(0), startingAt: checkpoint?.end ?? .zero)
      note("journal holds \(rows.count) steps behind the newest checkpoint", &report)
      let end = log?.end ?? checkpoint?.end ?? .zero
      if let last = rows.last, last.range.end > end {
        problem("the journal names records that the log does not have end_offset=\(last.range.end)", &report)
      }
    } catch { problem("journal: \(error)", &report) }
  }

  private func letterCount(_ endpoints: EndpointRegistry) throws(IngressError) -> Int {
    var count = 0
    var last: DeadLetterID?
    while true {
      let page = try endpoints.deadLetters(DeadLetterFilter(), after: last, limit: 1000)
      count += page.count
      guard let id = page.last?.id else { return count }
      last = id
    }
  }

  private func checkRows(_ report: inout CheckReport) {
    do {
      let lives = try IncarnationHistory.load(store: store).rows.count
      let endpoints = try EndpointRegistry(store: store)
      let dead = try DeadOffsets(store: store).count(in: .clamped(first: .zero, end: Offset(.max)))
      let letters = try letterCount(endpoints)
      let counts = "\(endpoints.all().count) endpoints, \(letters) dead letters, \(dead) failed records"
      note("\(lives) lives, \(counts)", &report)
      if let failed = try FailedStep.read(from: store) {
        note("step \(failed.step) failed and waits for consent: \(failed.message)", &report)
      }
    } catch { problem("rows of the ledger: \(error)", &report) }
    var damaged: [String] = []
    do {
      try store.scan(.base, from: KeySpace.sinkCursor.key(), to: KeySpace.sinkCursor.end) { key, value in
        if (try? DeliveryCursor.decode(value)) == nil {
          damaged.append(String(decoding: key.dropFirst(), as: UTF8.self))
        }
        return true
      }
    } catch { problem("sink cursors cannot be read: \(error)", &report) }
    for sink in damaged { problem("the cursor of sink '\(sink)' is damaged", &report) }
  }
}
