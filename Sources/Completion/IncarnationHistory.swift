package import PipelineModel
import Platform
package import StorageAPI

/// One life of a pipeline as the store remembers it.
///
/// Key `i` + incarnation (16 bytes, so lives order by start). Value: version u8 = 1, first offset u64,
/// started i64
/// (microseconds), ended u8 (0 open, 1 stopped, 2 crashed, 3 suspended, 4 rewound), recovered end u64 (0
/// while open).
package struct IncarnationRow: Hashable, Sendable {
  package let incarnation: Incarnation
  /// Durable end of the log when the life began.
  package let firstOffset: Offset
  package let startedAt: WallTime
  /// How it ended; nil while it lives.
  package var end: EndReason?
  /// Durable end of the log as found after the life: what it appended beyond is lost. Meaningless while it
  /// lives.
  package var recoveredEnd: Offset

  package init(
    incarnation: Incarnation, firstOffset: Offset, startedAt: WallTime, end: EndReason? = nil,
    recoveredEnd: Offset = .zero
  ) {
    self.incarnation = incarnation
    self.firstOffset = firstOffset
    self.startedAt = startedAt
    self.end = end
    self.recoveredEnd = recoveredEnd
  }

  var key: [UInt8] { KeySpace.incarnation.key(incarnation.value) }

  var value: [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(1))
    writer.write(firstOffset.rawValue)
    writer.write(startedAt.microseconds)
    writer.write(IncarnationRow.endCodes.first { $0.reason == end }?.code ?? UInt8(0))
    writer.write(recoveredEnd.rawValue)
    return writer.bytes
  }

  private static let endCodes: [(reason: EndReason?, code: UInt8)] = [
    (nil, 0), (.stopped, 1), (.crashed, 2), (.suspended, 3), (.rewound, 4),
  ]

  init?(key: [UInt8], value: [UInt8]) {
    guard let id = UniqueID(bytes: key.dropFirst()) else { return nil }
    do throws(ByteReaderError) {
      var reader = ByteReader(value)
      guard try reader.readUInt8() == 1 else { return nil }
      let first = try reader.readUInt64()
      let started = try reader.readInt64()
      let code = try reader.readUInt8()
      let recovered = try reader.readUInt64()
      guard let end = IncarnationRow.endCodes.first(where: { $0.code == code }) else { return nil }
      self.init(
        incarnation: Incarnation(id), firstOffset: Offset(first), startedAt: WallTime(microseconds: started),
        end: end.reason, recoveredEnd: Offset(recovered))
    } catch { return nil }
  }
}

/// All lives of a log, oldest first.
package struct IncarnationHistory: Sendable {
  package private(set) var rows: [IncarnationRow]

  package init(rows: [IncarnationRow]) { self.rows = rows }

  /// Errors: those of the store; `corruption` for a row that cannot be read.
  package static func load(store: any OrderedStore) throws(StorageError) -> IncarnationHistory {
    var rows: [IncarnationRow] = []
    var damaged = false
    try store.scan(.base, from: KeySpace.incarnation.key(), to: KeySpace.incarnation.end) { key, value in
      if let row = IncarnationRow(key: key, value: value) { rows.append(row) } else { damaged = true }
      return !damaged
    }
    if damaged { throw StorageError(.corruption, "an incarnation row is damaged") }
    return IncarnationHistory(rows: rows)
  }

  /// Opens the row of a new life. A life that did not end in order counts as crashed, and what the log still
  /// has of it
  /// is its recovered end. Write the batch synced before the life takes a record.
  package func begin(
    _ incarnation: Incarnation, at durableEnd: Offset, now: WallTime
  ) -> (batch: WriteBatch, rows: [IncarnationRow]) {
    var all = rows
    var batch = WriteBatch()
    for index in all.indices where all[index].end == nil {
      all[index].end = .crashed
      all[index].recoveredEnd = durableEnd
      batch.put(all[index].key, all[index].value)
    }
    let row = IncarnationRow(incarnation: incarnation, firstOffset: durableEnd, startedAt: now)
    all.append(row)
    batch.put(row.key, row.value)
    return (batch, all)
  }

  /// The log is cut at `end`: every life that had records behind it, or that is still open, ended so.
  package func rewound(to end: Offset) -> WriteBatch {
    var batch = WriteBatch()
    for var row in rows where row.end == nil || row.recoveredEnd > end {
      row.end = .rewound
      row.recoveredEnd = end
      batch.put(row.key, row.value)
    }
    return batch
  }

  /// The life that appended a range of records: the last one that had begun.
  package static func life(of range: OffsetRange, in rows: [IncarnationRow]) -> IncarnationRow? {
    rows.last { $0.firstOffset <= range.first }
  }

  /// Closes the row of a life that ends in order.
  package func ended(_ incarnation: Incarnation, reason: EndReason, at durableEnd: Offset) -> WriteBatch {
    var batch = WriteBatch()
    for var row in rows where row.incarnation == incarnation {
      row.end = reason
      row.recoveredEnd = durableEnd
      batch.put(row.key, row.value)
    }
    return batch
  }
}
