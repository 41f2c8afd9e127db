package import PipelineModel
package import StorageAPI

/// Gives back the disk space of records that nobody will read again.
package enum LogRetention {
  /// Drops the groups that lie wholly below `below`, and the staged parts that no group names any more.
  ///
  /// The newest group always stays, so that the end of the log can be found. Synced,
  /// so that whole files go at once. Blocks. Errors: `storage`, `corrupt`.
  package static func trim(store: any OrderedStore, below: Offset) throws(LogError) {
    let boundary = try self.boundary(store, below: below)
    guard boundary > .zero else { return }
    var batch = WriteBatch()
    batch.deleteRange(.log, from: KeySpace.bigEndian(0), to: KeySpace.bigEndian(boundary.rawValue))
    for (stage, row) in try StageRow.all(in: store) {
      if let range = row.published, range.end <= boundary { StageRow.remove(stage, in: &batch) }
    }
    do { try store.write(batch, .synced) } catch { throw LogError(storage: error) }
  }

  /// First offset that stays.
  private static func boundary(_ store: any OrderedStore, below: Offset) throws(LogError) -> Offset {
    let reader = LogReader(store: store)
    guard below > .zero, let newest = try reader.group(containing: Offset(.max)),
      let last = try reader.group(containing: Offset(below.rawValue - 1))
    else { return .zero }
    return last.range.end <= below && last.first < newest.first ? last.range.end : last.first
  }
}
