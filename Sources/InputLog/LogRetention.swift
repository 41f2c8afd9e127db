package import PipelineModel
import Platform
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
    batch.deleteRange(from: KeySpace.logMark.key(), to: KeySpace.logMark.key(boundary.rawValue))
    for (stage, row) in try StageRow.all(in: store) {
      if let range = row.published, range.end <= boundary { StageRow.remove(stage, in: &batch) }
    }
    do { try store.write(batch, .synced) } catch { throw LogError(storage: error) }
  }

  /// As `trim`, but what the rule asks for stays. `below`: the end of the oldest kept checkpoint; `takenAt`: when it
  /// was taken, so that every record below it is older.
  package static func trim(
    store: any OrderedStore, below: Offset, takenAt: WallTime, keeping rule: LogRetentionRule, now: WallTime
  ) throws(LogError) {
    guard case .least(let seconds, let bytes) = rule else { return }
    var marks = try LogMark.all(in: store)
    if below > marks.last?.end ?? .zero {
      let size = bytes > 0 ? try sizeBytes(store, from: marks.last?.end ?? .zero, to: below) : 0
      let mark = LogMark(end: below, at: takenAt, sizeBytes: size)
      var batch = WriteBatch()
      LogMark.add(mark, to: &marks, seconds: seconds, bytes: bytes, in: &batch)
      do { try store.write(batch, .buffered) } catch { throw LogError(storage: error) }
    }
    try trim(store: store, below: beginning(marks, seconds: seconds, bytes: bytes, now: now))
  }

  /// Pure: the newest mark that is old enough and has enough behind it; zero without one.
  package static func beginning(_ marks: [LogMark], seconds: UInt64, bytes: UInt64, now: WallTime) -> Offset {
    var kept: UInt64 = 0
    for mark in marks.reversed() {
      let age = now.microseconds.subtractingReportingOverflow(mark.at.microseconds)
      if kept >= bytes, !age.overflow, age.partialValue >= LogMark.microseconds(seconds) { return mark.end }
      kept = kept.addingReportingOverflow(mark.sizeBytes).overflow ? .max : kept + mark.sizeBytes
    }
    return .zero
  }

  /// What the groups that begin in this range take on the disk; reads them once.
  private static func sizeBytes(
    _ store: any OrderedStore, from: Offset, to end: Offset
  ) throws(LogError) -> UInt64 {
    var size: UInt64 = 0
    var references: [(first: Offset, value: [UInt8])] = []
    do throws(StorageError) {
      try store.scan(
        .log, from: KeySpace.bigEndian(from.rawValue), to: KeySpace.bigEndian(end.rawValue)
      ) { key, value in
        size += UInt64(value.count)
        if value.count <= LogGroup.referenceLength, let first = KeySpace.number(key, at: 0) {
          references.append((Offset(first), value))
        }
        return true
      }
    } catch { throw LogError(storage: error) }
    for (first, value) in references {
      let group = try LogGroup(value, at: first)
      guard group.kind == .reference else { continue }
      let reference = try group.reference()
      do throws(StorageError) {
        size += UInt64(try store.get(.base, StageRow.key(reference.stage, part: reference.part))?.count ?? 0)
      } catch { throw LogError(storage: error) }
    }
    return size
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
