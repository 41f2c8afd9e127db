package import DataModel
import Platform

/// How the rows of a trace read as columns.
package struct TraceLayout: Hashable, Sendable {
  package let key: [PhysicalType]
  package let value: [PhysicalType]
  package init(key: [PhysicalType], value: [PhysicalType]) {
    self.key = key
    self.value = value
  }
}

/// The one state structure: a spine of immutable sorted runs, oldest and largest first.
///
/// Merging is by size tiers: young runs merge with their elders while these are at most twice their size, so a row is
/// copied O(log n) times in its life and there are O(log n) runs. Small merges happen at once; with a storage large
/// ones run in the background and are taken over by `settle`. What a trace answers never depends on which merges are
/// done. A copy of the struct is a snapshot: O(1).
package struct Trace: Sendable {
  package let layout: TraceLayout
  /// Oldest first; none is empty.
  package internal(set) var runs: [TraceRun] = []
  /// Where large runs go and merge; nil keeps all in memory and merges at once.
  package var storage: TraceStorage?
  /// Merges (one at most) and writes that are under way; the inputs of each are neighbours in `runs`.
  private var jobs: [RunJob] = []

  package init(layout: TraceLayout) { self.layout = layout }

  package mutating func insert(_ batch: SortedBatch) throws(EvaluationError) {
    guard !batch.isEmpty else { return }
    _ = try settle()
    runs.append(.memory(batch))
    try mergeYoung()
    startMerge()
    while runs.count > Limits.traceRunsMax, let job = jobs.first {
      storage?.wait(for: job)
      _ = try settle()
      startMerge()
    }
  }

  /// Merges small young runs at once.
  private mutating func mergeYoung() throws(EvaluationError) {
    let first = firstFree
    while runs.count - first > 1 {
      guard case .memory(let elder) = runs[runs.count - 2], case .memory(let newest) = runs[runs.count - 1],
        elder.count <= 2 * newest.count,
        elder.rows.bytes.count + newest.rows.bytes.count <= SortedBatch.byteLimit,
        elder.count + newest.count <= storage?.settings.inlineMergeRowsMax ?? .max
      else { return }
      let merged = try SortedBatch.merge(elder, newest)
      runs.removeLast(2)
      if merged.isEmpty { return }
      runs.append(.memory(merged))
    }
  }

  /// Behind the inputs of all jobs.
  private var firstFree: Int { jobs.reduce(0) { max($0, range(of: $1)?.upperBound ?? 0) } }

  /// Where the inputs of a job are; nil when they are gone.
  private func range(of job: RunJob) -> Range<Int>? {
    let inputs = job.inputs
    guard let start = runs.firstIndex(where: { $0.id == inputs[0].id }), start + inputs.count <= runs.count,
      zip(runs[start...], inputs).allSatisfy({ $0.id == $1.id })
    else { return nil }
    return start..<start + inputs.count
  }

  /// Starts the merge that is due, if none is under way; runs that are being written are left to later ones.
  mutating func startMerge() {
    let free = firstFree
    guard let storage, !jobs.contains(where: { $0.inputs.count > 1 }), runs.count - free > 1 else { return }
    var first = runs.count - 1
    var rows = runs[first].count
    while first > free, runs[first - 1].count <= 2 * rows {
      first -= 1
      rows += runs[first].count
    }
    guard first < runs.count - 1, let job = storage.begin(Array(runs[first...]), layout, toFile: nil) else {
      return
    }
    jobs.append(job)
  }

  /// Takes over what the background has done. True when the runs have changed.
  mutating func settle() throws(EvaluationError) -> Bool {
    var changed = false
    while let index = jobs.firstIndex(where: { $0.result != nil }) {
      let job = jobs.remove(at: index)
      guard let result = job.result, let range = range(of: job) else { continue }
      runs.replaceSubrange(range, with: try result.get().map { [$0] } ?? [])
      changed = true
    }
    return changed
  }

  /// Puts a run of memory into a file: at once when one has the same rows already. True when the runs have changed.
  mutating func spill(_ index: Int) -> Bool {
    guard case .memory(let batch) = runs[index], let storage,
      !jobs.contains(where: { range(of: $0)?.contains(index) ?? false })
    else { return false }
    if let stored = batch.stored {
      runs[index] = .stored(stored)
      return true
    }
    if let job = storage.begin([runs[index]], layout, toFile: true) { jobs.append(job) }
    return false
  }

  var isBusy: Bool { !jobs.isEmpty }
  /// Blocks until one of the jobs has ended, a write before a merge.
  func waitForJob() {
    if let job = jobs.first(where: { $0.inputs.count == 1 }) ?? jobs.first { storage?.wait(for: job) }
  }

  /// Takes runs that `runs` of an equal trace gave, in that order.
  package mutating func replace(_ stored: [TraceRun]) throws(CodecError) {
    for run in stored {
      switch run {
      case .memory(let batch): try RowCheck.check(batch.rows, keyLengths: batch.keyLengths, layout)
      case .stored(let run):
        guard run.layout == layout else { throw CodecError(message: "state rows have other columns") }
      }
    }
    runs = stored.filter { $0.count > 0 }
    jobs = []
  }

  /// Drops all rows that are less than these bytes: a file keeps its blocks and is only entered later.
  package mutating func truncate(below bytes: [UInt8]) throws(EvaluationError) {
    var kept: [TraceRun] = []
    for run in runs {
      let rows = try run.lowerBound(SeekKey(bytes), in: bytes)
      if let rest = run.droppingFirst(rows) { kept.append(rest) }
    }
    runs = kept
  }

  /// Reads runs that lie in files, so that asking for their rows has no way to fail; for traces of a few rows.
  mutating func load() throws(CodecError) {
    for index in runs.indices {
      guard case .stored(let run) = runs[index] else { continue }
      do { runs[index] = .memory(try run.inMemory()) } catch { throw CodecError(message: error.message) }
    }
  }

  mutating func removeAll() {
    runs = []
    jobs = []
  }

  package var isEmpty: Bool { runs.isEmpty }
  /// Memory held, in bytes.
  package var sizeBytes: Int { runs.reduce(0) { $0 + $1.memoryBytes } }
  package func snapshot() -> TraceSnapshot { TraceSnapshot(layout: layout, runs: runs) }
}
