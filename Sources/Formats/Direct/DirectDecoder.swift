import DataModel

/// Reads plain JSON records straight into blocks of rows, guided by the schema and by the order of the keys in
/// the record before.
///
/// It only ever accepts: a record that is not plain (updates, rejected or malformed values, rare types, cut
/// off) is left untouched to `JSONRecordDecoder`, which knows all of JSON and every error. What it does
/// accept, both read alike.
struct DirectDecoder: Sendable {
  let plan: DirectPlan
  let envelope: Bool

  /// Rows of a block: their words stay in the first-level cache.
  private static let blockRows = 120
  /// Fewer bytes than any record has, on the average.
  private static let recordBytesGuess = 32

  init?(_ plan: RowPlan, _ format: InputFormat.UpdateFormat) {
    guard let direct = DirectPlan(plan) else { return nil }
    self.plan = direct
    envelope = format == .insertDelete
  }

  /// Decodes records from `position` on, which ends behind the last one accepted, and returns how many they were.
  func records(
    _ text: Span<UInt8>, _ position: inout Int, _ keys: inout KeyTable, _ rows: inout RowAssembly
  ) -> Int {
    let left = text.count - position
    guard text.count < TextPiece.limit, left > 1 else { return 0 }
    var block = RowBlock(
      columns: plan.columns.count,
      capacity: min(DirectDecoder.blockRows, left / DirectDecoder.recordBytesGuess + 1))
    var accepted = 0
    var at = position
    while true {
      JSONTokenizer.skipBlanks(text, &at)
      guard at < text.count, record(text, &at, &keys, &block) else { break }
      position = at
      accepted &+= 1
      if block.isFull { rows.append(&block, text, plan) }
    }
    rows.append(&block, text, plan)
    return accepted
  }

  /// One whole record.
  @inline(__always)
  private func record(
    _ text: Span<UInt8>, _ at: inout Int, _ keys: inout KeyTable, _ block: inout RowBlock
  ) -> Bool {
    var seen: UInt64 = 0
    guard envelope else {
      guard let nulls = row(text, &at, &seen, &keys, &block) else { return false }
      return close(.insert, seen, nulls, &block)
    }
    let kind: ChangeKind
    switch TextKernels.word(text, at: at) {
    case 0x7472_6573_6E69_227B: kind = .insert
    case 0x6574_656C_6564_227B: kind = .delete
    default: return false
    }
    guard TextKernels.word(text, at: at &+ 8) & 0xFFFF == 0x3A22 else { return false }
    at &+= 10
    DirectValue.skipBlanks(text, &at)
    guard let nulls = row(text, &at, &seen, &keys, &block) else { return false }
    DirectValue.skipBlanks(text, &at)
    guard TextKernels.byte(text, at: at) == 0x7D else { return false }
    at &+= 1
    return close(kind, seen, nulls, &block)
  }

  /// One object of column values: the columns that are NULL, and in `seen` those it has.
  @inline(__always)
  private func row(
    _ text: Span<UInt8>, _ at: inout Int, _ seen: inout UInt64, _ keys: inout KeyTable,
    _ block: inout RowBlock
  ) -> UInt64? {
    guard TextKernels.byte(text, at: at) == 0x7B else { return nil }
    at &+= 1
    var nulls: UInt64 = 0
    var entry = -1
    while true {
      DirectValue.skipBlanks(text, &at)
      entry = keys.next(text, at, after: entry)
      guard entry >= 0 else { return nil }
      at &+= keys.entries[entry].length
      DirectValue.skipBlanks(text, &at)
      let index = keys.entries[entry].column
      if index >= 0 {
        let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: index)
        guard seen & bit == 0 else { return nil }
        seen |= bit
        let start = at
        if !DirectValue.read(text, &at, plan.columns[index], &block) {
          at = start
          guard DirectValue.null(text, &at, plan.columns[index], &block) else { return nil }
          nulls |= bit
        }
      } else {
        guard DirectValue.pass(text, &at) else { return nil }
      }
      DirectValue.skipBlanks(text, &at)
      let byte = TextKernels.byte(text, at: at)
      at &+= 1
      if byte == 0x2C { continue }
      return byte == 0x7D ? nulls : nil
    }
  }

  /// Completes the row unless it lacks columns that it may not lack.
  @inline(__always)
  private func close(
    _ kind: ChangeKind, _ seen: UInt64, _ nulls: UInt64, _ block: inout RowBlock
  ) -> Bool {
    guard seen == plan.all else { return closePartial(kind, seen, nulls, &block) }
    block.close(kind, nulls: nulls)
    return true
  }

  @inline(never)
  private func closePartial(
    _ kind: ChangeKind, _ seen: UInt64, _ nulls: UInt64, _ block: inout RowBlock
  ) -> Bool {
    let missing = plan.all & ~seen
    let optional = kind == .insert ? plan.insertOptional : plan.deleteOptional
    guard missing & ~optional == 0 else { return false }
    var rest = missing
    while rest != 0 {
      block.set(rest.trailingZeroBitCount, 0)
      rest &= rest &- 1
    }
    block.close(kind, nulls: nulls | missing)
    return true
  }
}
