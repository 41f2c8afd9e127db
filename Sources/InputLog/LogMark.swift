package import PipelineModel
import Platform
package import StorageAPI

/// How old and how large the log is up to where a checkpoint ended that is dropped since: what retention goes by.
///
/// Row `l` + end offset u64: wall time i64 (microseconds), bytes since the mark before it u64.
package struct LogMark: Hashable, Sendable {
  package let end: Offset
  /// Every record below `end` was there by then.
  package let at: WallTime
  package let sizeBytes: UInt64

  package init(end: Offset, at: WallTime, sizeBytes: UInt64) {
    self.end = end
    self.at = at
    self.sizeBytes = sizeBytes
  }

  /// In ascending order. Errors: `corrupt`, `storage`.
  package static func all(in store: any OrderedStore) throws(LogError) -> [LogMark] {
    var marks: [LogMark] = []
    var damaged = false
    do {
      try store.scan(.base, from: KeySpace.logMark.key(), to: KeySpace.logMark.end) { key, value in
        guard key.count == 9, let end = KeySpace.number(key, at: 1), value.count == 16,
          let at = KeySpace.number(value, at: 0), let size = KeySpace.number(value, at: 8)
        else {
          damaged = true
          return false
        }
        marks.append(
          LogMark(
            end: Offset(end), at: WallTime(microseconds: Int64(bitPattern: at)), sizeBytes: size))
        return true
      }
    } catch { throw LogError(storage: error) }
    if damaged { throw LogError(.corrupt, "mark of the log is damaged after offset=\(marks.last?.end ?? .zero)") }
    return marks
  }

  /// Adds one behind all others. It takes the place of the last one while both together are a small part of the time or
  /// of the bytes that the rule keeps: so there are few, whatever the interval of checkpoints.
  static func add(
    _ mark: LogMark, to marks: inout [LogMark], seconds: UInt64, bytes: UInt64, in batch: inout WriteBatch
  ) {
    var mark = mark
    if let last = marks.last, let before = marks.dropLast().last, mark.at >= last.at {
      let size = last.sizeBytes.addingReportingOverflow(mark.sizeBytes)
      let age = mark.at.microseconds.subtractingReportingOverflow(before.at.microseconds)
      let isShort = !age.overflow && age.partialValue >= 0
        && age.partialValue < microseconds(seconds) / Limits.logMarksPart
      let isSmall = !size.overflow && size.partialValue < bytes / UInt64(Limits.logMarksPart)
      if isShort || isSmall {
        mark = LogMark(end: mark.end, at: mark.at, sizeBytes: size.partialValue)
        batch.delete(KeySpace.logMark.key(last.end.rawValue))
        marks.removeLast()
      }
    }
    put(mark, behind: &marks, in: &batch)
  }

  /// Adds one behind all others, joined with none.
  static func put(_ mark: LogMark, behind marks: inout [LogMark], in batch: inout WriteBatch) {
    marks.append(mark)
    batch.put(
      KeySpace.logMark.key(mark.end.rawValue),
      KeySpace.bigEndian(UInt64(bitPattern: mark.at.microseconds)) + KeySpace.bigEndian(mark.sizeBytes))
  }

  static func microseconds(_ seconds: UInt64) -> Int64 {
    let (product, overflow) = Int64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000)
    return overflow ? .max : product
  }

  /// The log ends at `end` again: what marks behind it tell is gone.
  static func cut(from end: Offset, in batch: inout WriteBatch) {
    guard end.rawValue < .max else { return }
    batch.deleteRange(from: KeySpace.logMark.key(end.rawValue + 1), to: KeySpace.logMark.end)
  }
}
