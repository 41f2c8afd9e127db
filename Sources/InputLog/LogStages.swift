package import PipelineModel
package import StorageAPI

/// Pure bookkeeping of open stages: which parts each has.
package struct LogStages: Sendable {
  private var next: UInt64
  private var open: [StageID: [StagedPart]] = [:]
  private var isClosed = false

  package init(next: UInt64) { self.next = next }

  package mutating func newStage() -> StageID {
    let stage = StageID(next)
    next &+= 1
    open[stage] = []
    return stage
  }

  /// Number of the stage's next part, from 1. Errors: `closed`, `unknownStage`, `tooLarge`.
  package func nextPart(of stage: StageID) throws(LogError) -> UInt32 {
    guard !isClosed else { throw LogError(.closed, "log is closed") }
    guard let parts = open[stage] else { throw LogError(.unknownStage, "no such stage stage=\(stage)") }
    guard let part = UInt32(exactly: parts.count + 1) else {
      throw LogError(.tooLarge, "stage has too many parts")
    }
    return part
  }

  /// The part is written; false when the stage was abandoned meanwhile.
  package mutating func wrote(_ part: StagedPart, in stage: StageID) -> Bool {
    guard open[stage] != nil else { return false }
    open[stage]?.append(part)
    return true
  }

  /// The parts of a stage that ends; nil when it is not open.
  package mutating func take(_ stage: StageID) -> [StagedPart]? { open.removeValue(forKey: stage) }

  package mutating func close() { isClosed = true }

  /// Rows that make the parts one contiguous range of the log.
  package static func putReferences(
    _ stage: StageID, _ parts: [StagedPart], _ range: OffsetRange, in batch: inout WriteBatch
  ) {
    guard !parts.isEmpty else { return }
    var first = range.first
    for part in parts {
      let reference = LogGroup.Reference(stage: stage, part: part.part, checksum: part.checksum)
      let value = LogGroup.encode(reference, first: first, records: part.records)
      batch.put(.log, KeySpace.bigEndian(first.rawValue), value)
      first = Offset(first.rawValue + UInt64(part.records))
    }
    batch.put(StageRow.key(stage, part: 0), StageRow(published: range).value)
  }
}
