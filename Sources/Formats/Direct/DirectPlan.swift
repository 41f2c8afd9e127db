import DataModel

/// One column as the direct decoder sees it.
struct DirectColumn: Sendable {
  enum Kind: UInt8, Sendable {
    case integer, string, timestamp, double, decimal, boolean, date, time, real, uuid
    /// Values are left to the complete decoder; NULL is not.
    case indirect
  }

  let kind: Kind
  let nullable: Bool
  /// CHAR: blanks that fill up are dropped.
  let padded: Bool
  let index: Int
  let low: Int64
  let high: Int64
  let scale: Int
  /// A decimal's magnitude is below it.
  let limit: UInt64
  let lengthMax: Int
  /// Bytes of a string that needs no closer look.
  let plainLengthMax: Int

  init(_ plan: ColumnPlan, index: Int) {
    self.index = index
    nullable = plan.nullable
    padded = plan.padded
    low = plan.low
    high = plan.high
    scale = plan.scale
    limit = TextKernels.powerOfTen(min(max(plan.precision, 0), 18))
    lengthMax = plan.lengthMax
    plainLengthMax = plan.padded ? -1 : plan.lengthMax
    kind =
      switch plan.kind {
      case .boolean: .boolean
      case .integer: .integer
      case .real: .real
      case .double: .double
      case .decimal: .decimal
      case .string: .string
      case .date: .date
      case .time: .time
      case .timestamp: .timestamp
      case .uuid: .uuid
      case .binary, .null, .other: .indirect
      }
  }

  /// What is kept of a string; nil when it may be too long.
  func fit(_ text: Span<UInt8>, _ whole: Range<Int>) -> Range<Int>? {
    var range = whole
    if padded {
      while let last = range.last, text[last] == 0x20 { range = range.lowerBound..<last }
    }
    return range.count <= lengthMax ? range : nil
  }

  /// Whether its words are pieces of text.
  var isText: Bool { kind == .string || kind == .uuid }
}

/// A schema prepared for the direct decoder.
struct DirectPlan: Sendable {
  let columns: [DirectColumn]
  /// All columns that are read, as bits.
  let all: UInt64
  /// Those that are not.
  let skipped: UInt64
  /// Columns that an insert, and a delete, may lack: they are NULL then.
  let insertOptional: UInt64
  let deleteOptional: UInt64

  /// Nil for tables of no or more than 64 columns.
  init?(_ plan: RowPlan) {
    guard (1...64).contains(plan.columns.count) else { return nil }
    columns = plan.columns.enumerated().map { DirectColumn($1, index: $0) }
    var optional: UInt64 = 0
    var key: UInt64 = 0
    var left: UInt64 = 0
    for (index, field) in plan.schema.fields.enumerated() {
      let bit: UInt64 = 1 << UInt64(index)
      if plan.columns[index].isSkipped { left |= bit }
      if field.nullable, field.defaultValue == nil { optional |= bit }
      if plan.columns[index].isKey { key |= bit }
    }
    all = (columns.count == 64 ? ~0 : (1 << UInt64(columns.count)) - 1) & ~left
    skipped = left
    insertOptional = optional
    deleteOptional = plan.hasKey ? ~key : optional
  }
}
