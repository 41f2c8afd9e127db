import DataModel
import Dataflow
import InputLog
import PipelineModel
import Platform
import StorageAPI

/// A step that fails: its range is taken piece by piece, and what fails alone becomes a dead letter.
extension StepLoop {
  /// A life that begins after a failed step has the consent when an error was dismissed since.
  mutating func noteFailedStep() throws(StepError) {
    guard let failed = try FailedStep.read(from: setup.store), setup.dismissals > failed.dismissals else { return }
    poison = PoisonRange(failed.range)
    if failed.isTrap, failed.range.count == 1 { deadlyRecord = failed.range.first }
  }

  /// What is to come of a range whose step failed: true for a dead letter, false for another attempt with a smaller
  /// piece. Throws the error that ends the life, after it is journaled.
  mutating func failed(_ row: JournalRow, _ error: StepError) throws(StepError) -> Bool {
    let isConsented = isConsented(row.range)
    guard isConsented || setup.onRowError == .deadLetter else {
      let message = "\(error.message) step=\(row.step) offsets=\(row.range)"
      try FailedStep(
        step: row.step, range: row.range, dismissals: setup.dismissals, isTrap: false, message: message
      ).write(to: setup.store)
      throw StepError(.evaluation, message)
    }
    if row.range.count == 1 { return true }
    if isConsented { poison?.failed(row.range) } else { poison = PoisonRange(row.range) }
    return false
  }

  /// Whether the error of a step in which the range failed was dismissed.
  func isConsented(_ range: OffsetRange) -> Bool {
    poison.map { $0.range.first <= range.first && range.end <= $0.range.end } ?? false
  }

  /// What goes into the store with the row of a step.
  func rows(of failed: [FailedRecord], passing range: OffsetRange) -> WriteBatch {
    var batch = WriteBatch()
    for failed in failed {
      batch.mutations += setup.letter(failed).mutations
      batch.put(KeySpace.deadRecord.key(failed.offset.rawValue), KeySpace.bigEndian(failed.step.rawValue))
    }
    if let poison, poison.range.end <= range.end { batch.delete(KeySpace.failedStep.key()) }
    return batch
  }

  mutating func passed(_ range: OffsetRange) {
    if let poison, range.first >= poison.range.first { self.poison?.succeeded() }
    guard let left = poison, left.range.end <= range.end else { return }
    poison = nil
    poisonBlocks = []
  }

  /// The one record of a step.
  func failedRecord(
    _ row: JournalRow, _ place: OffsetRange, _ collected: StepCollector, _ reason: String
  ) -> FailedRecord {
    let input = collected.inputs.first
    return FailedRecord(
      at: (place.first, row.step, row.now), table: input?.table.canonical ?? "",
      endpoint: collected.endpoints.first?.endpoint ?? EndpointID(0), reason: reason,
      change: input?.changes.first ?? ChangeBatch(columns: [], kinds: []))
  }

  /// The records of a range, up to a byte limit.
  mutating func collect(_ range: OffsetRange, bytesMax: Int?) throws(StepError) -> StepCollector {
    var collected = StepCollector(from: range.first)
    while collected.end < range.end {
      let rest = OffsetRange.clamped(first: collected.end, end: range.end)
      let blocks = try blocks(covering: rest, bytesMax ?? Limits.stepBytesMax)
      for block in blocks { collected.add(block, below: range.end) }
      if bytesMax != nil || blocks.isEmpty { break }
    }
    return collected
  }

  private mutating func blocks(covering range: OffsetRange, _ bytesMax: Int) throws(StepError) -> [DecodedBlock] {
    let kept = poisonBlocks.filter { range.first < $0.range.end && $0.range.first < range.end }
    if let first = kept.first, first.range.contains(range.first) { return kept }
    if let recent = setup.recent?.blocks(covering: range, bytesMax: bytesMax), !recent.isEmpty { return recent }
    let end = setup.recent?.next(after: range.first).map { min($0, range.end) } ?? range.end
    var blocks: [DecodedBlock] = []
    do throws(LogError) {
      let stored = try reader.read(covering: .clamped(first: range.first, end: end), bytesMax: bytesMax)
      for block in stored { blocks.append(try DecodedBlock(block)) }
    } catch { throw StepError(log: error) }
    if poison != nil { poisonBlocks = blocks }
    return blocks
  }
}
