package import PipelineModel
package import StorageAPI

/// Reads blocks back, in offset order, checking every checksum. Calls block.
package struct LogReader: Sendable {
  private let store: any OrderedStore

  package init(store: any OrderedStore) { self.store = store }

  /// Whole blocks from exactly `from` on: at least one when `from` lies before `to`, at most up to `to`, and
  /// no more after `bytesMax` payload bytes. Offsets that were cut from the log are passed over, so there may be a
  /// gap between two blocks, or no block at all.
  ///
  /// Errors: `corrupt` when stored bytes are damaged or missing, or when `from` is not where a block begins.
  package func read(from: Offset, to: Offset, bytesMax: Int) throws(LogError) -> [StoredBlock] {
    try read(from, to, bytesMax, whole: true)
  }

  /// As `read`, but the first block may begin before `from` and the last one end behind `to`: for steps that
  /// took a part of a block.
  package func read(covering range: OffsetRange, bytesMax: Int) throws(LogError) -> [StoredBlock] {
    try read(range.first, range.end, bytesMax, whole: false)
  }

  private func read(
    _ from: Offset, _ to: Offset, _ bytesMax: Int, whole: Bool
  ) throws(LogError) -> [StoredBlock] {
    guard from < to else { return [] }
    var out: [StoredBlock] = []
    var position = from
    var bytesLeft = bytesMax
    while position < to, out.isEmpty || bytesLeft > 0 {
      guard let group = try group(containing: position), position < group.range.end else {
        throw LogError(.corrupt, "log has no record at offset=\(position)")
      }
      if group.kind == .cut {
        position = group.range.end
        continue
      }
      var cursor = try blocks(of: group)
      while let header = try cursor.next() {
        if header.range.end <= position { continue }
        guard header.range.first == position || (!whole && out.isEmpty) else {
          throw LogError(.corrupt, "no block of the log begins at offset=\(position)")
        }
        guard header.range.end <= to || !whole, out.isEmpty || header.rawLength <= bytesLeft else {
          if !out.isEmpty { return out }
          throw LogError(.corrupt, "no block of the log ends at offset=\(to)")
        }
        out.append(try cursor.block(header))
        bytesLeft -= header.rawLength
        position = header.range.end
        if position >= to || bytesLeft <= 0 { return out }
      }
    }
    return out
  }

  /// Offset behind the last record; zero for an empty log. The newest group is checked.
  package func end() throws(LogError) -> Offset {
    guard let newest = try group(containing: Offset(.max)) else { return .zero }
    if newest.kind != .cut { _ = try blocks(of: newest) }
    return newest.range.end
  }

  /// The group with the greatest first offset at or below `offset`; nil when there is none.
  func group(containing offset: Offset) throws(LogError) -> LogGroup? {
    let (next, overflow) = offset.rawValue.addingReportingOverflow(1)
    let pair: (key: [UInt8], value: [UInt8])?
    do {
      pair = try store.last(.log, from: KeySpace.bigEndian(0), to: overflow ? nil : KeySpace.bigEndian(next))
    } catch { throw LogError(storage: error, at: offset) }
    guard let pair else { return nil }
    guard pair.key.count == 8, let first = KeySpace.number(pair.key, at: 0) else {
      throw LogError(.corrupt, "log has a foreign key of \(pair.key.count) bytes")
    }
    return try LogGroup(pair.value, at: Offset(first))
  }

  /// The group's blocks, fetched from its staged part when it is a reference.
  func blocks(of group: LogGroup) throws(LogError) -> BlockCursor {
    guard group.kind == .reference else { return try BlockCursor(group, range: group.range) }
    let reference = try group.reference()
    let value: [UInt8]?
    do { value = try store.get(.base, StageRow.key(reference.stage, part: reference.part)) } catch {
      throw LogError(storage: error)
    }
    guard let value, LogGroup.checksum(in: value) == reference.checksum else {
      throw LogError(
        .corrupt, "staged part is missing or another offset=\(group.first) stage=\(reference.stage)")
    }
    let part = try LogGroup(value, at: .zero)
    guard part.kind == .part else { throw LogError(.corrupt, "staged part is damaged offset=\(group.first)") }
    return try BlockCursor(part, range: group.range)
  }
}
