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
    let last = marks.last?.end ?? .zero
    if below > last {
      var batch = WriteBatch()
      let pieces = try self.marks(store, from: last, to: below, at: takenAt)
      for mark in pieces {
        // Those of much log are few already, and a later rule may need each.
        if pieces.count > 1 { LogMark.put(mark, behind: &marks, in: &batch) } else {
          LogMark.add(mark, to: &marks, seconds: seconds, bytes: bytes, in: &batch)
        }
      }
      do { try store.write(batch, .buffered) } catch { throw LogError(storage: error) }
    }
    try trim(store: store, below: beginning(marks, seconds: seconds, bytes: bytes, now: now))
  }

  /// Pure: the newest mark that is old enough and has enough behind it; zero without one. A mark is no older than those
  /// before it, unless the clock has been wrong: what one of a clock that ran behind says of its age does not count.
  package static func beginning(_ marks: [LogMark], seconds: UInt64, bytes: UInt64, now: WallTime) -> Offset {
    var kept: UInt64 = 0
    var newest = Int64.min
    let times = marks.map { mark in
      if mark.at <= now { newest = max(newest, mark.at.microseconds) }
      return max(newest, mark.at.microseconds)
    }
    for (mark, time) in zip(marks, times).reversed() {
      let age = now.microseconds.subtractingReportingOverflow(time)
      if kept >= bytes, !age.overflow, age.partialValue >= LogMark.microseconds(seconds) { return mark.end }
      kept = kept.addingReportingOverflow(mark.sizeBytes).overflow ? .max : kept + mark.sizeBytes
    }
    return .zero
  }

  /// Marks of what lies between `from` and `end`: its size, so that a part of it can go when it is much. Few groups are
  /// read, however much it is: of many some tell what the records around them take.
  private static func marks(
    _ store: any OrderedStore, from: Offset, to end: Offset, at time: WallTime
  ) throws(LogError) -> [LogMark] {
    var (size, reached, count): (UInt64, Offset, Int) = (0, end, 0)
    while reached > from, count < groupsMeasured, let group = try measure(store, before: reached) {
      size += group.size
      reached = group.first
      count += 1
    }
    let first = max(from, try self.first(store) ?? .zero)
    guard reached > first else { return [LogMark(end: end, at: time, sizeBytes: size)] }
    let length = (end.rawValue - first.rawValue) / UInt64(groupsMeasured)
    var marks: [LogMark] = []
    var start = first.rawValue
    for piece in 1...groupsMeasured {
      let next = piece == groupsMeasured ? end.rawValue : start + length
      guard let group = try measure(store, before: Offset(next)), next > start else { continue }
      let size = Double(group.size) / Double(max(1, group.records)) * Double(next - start)
      marks.append(LogMark(end: Offset(next), at: time, sizeBytes: UInt64(min(size, 1e18))))
      start = next
    }
    return marks
  }

  /// Groups that are read at once to learn how large the log is.
  private static let groupsMeasured = 64

  /// What the last group that begins below `end` takes on the disk.
  private static func measure(
    _ store: any OrderedStore, before end: Offset
  ) throws(LogError) -> (first: Offset, records: UInt64, size: UInt64)? {
    do {
      guard
        let found = try store.last(.log, from: KeySpace.bigEndian(0), to: KeySpace.bigEndian(end.rawValue)),
        let first = KeySpace.number(found.key, at: 0)
      else { return nil }
      let group = try LogGroup(found.value, at: Offset(first))
      var size = UInt64(found.value.count)
      if group.kind == .reference {
        let reference = try group.reference()
        size += UInt64(try store.get(.base, StageRow.key(reference.stage, part: reference.part))?.count ?? 0)
      }
      return (Offset(first), group.records, size)
    } catch let error as LogError { throw error } catch let error as StorageError {
      throw LogError(storage: error)
    } catch { throw LogError(.corrupt, "\(error)") }
  }

  private static func first(_ store: any OrderedStore) throws(LogError) -> Offset? {
    var first: UInt64?
    do {
      try store.scan(.log, from: KeySpace.bigEndian(0), to: nil) { key, _ in
        first = KeySpace.number(key, at: 0)
        return false
      }
    } catch { throw LogError(storage: error) }
    return first.map { Offset($0) }
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
