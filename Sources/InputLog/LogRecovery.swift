package import PipelineModel
package import Platform
package import StorageAPI

/// What a log was found to be when its store was opened.
package struct RecoveredLog: Sendable {
  /// Offset that the next record gets.
  package let durableEnd: Offset
  /// Number of the next stage.
  package let nextStage: UInt64
  package let watermark: WatermarkFile

  package init(durableEnd: Offset, nextStage: UInt64, watermark: WatermarkFile) {
    self.durableEnd = durableEnd
    self.nextStage = nextStage
    self.watermark = watermark
  }
}

/// Opens a log: finds its end, removes what was never published, and refuses to start on less than was
/// acknowledged.
package enum LogRecovery {
  /// `floor` is an offset below which the caller knows all to be taken (the newest checkpoint's end); the log
  /// never begins to number below it. Blocks. Errors: `lost` naming the missing offsets, `corrupt`,
  /// `storage`.
  package static func recover(
    store: any OrderedStore, watermarkPath: String, fileSystem: any FileSystem, floor: Offset
  ) throws(LogError) -> RecoveredLog {
    let end = max(try LogReader(store: store).end(), floor)
    if let watermark = try WatermarkFile.read(watermarkPath, fileSystem), end < watermark {
      throw LogError(
        .lost(first: end, end: watermark),
        "log ends before what was acknowledged: lost first_offset=\(end) end_offset=\(watermark)")
    }
    let nextStage = try removeOrphans(store)
    let watermark = try WatermarkFile(path: watermarkPath, fileSystem: fileSystem)
    return RecoveredLog(durableEnd: end, nextStage: nextStage, watermark: watermark)
  }

  /// Deletes the parts of every stage that was not published; answers a number above all stages.
  private static func removeOrphans(_ store: any OrderedStore) throws(LogError) -> UInt64 {
    var batch = WriteBatch()
    var next: UInt64 = 1
    for (stage, row) in try StageRow.all(in: store) {
      guard stage.rawValue < .max else { throw LogError(.corrupt, "stage numbers are exhausted") }
      next = stage.rawValue + 1
      if row.published == nil { StageRow.remove(stage, in: &batch) }
    }
    if !batch.isEmpty {
      do { try store.write(batch, .synced) } catch { throw LogError(storage: error) }
    }
    return next
  }
}
