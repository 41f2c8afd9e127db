import DataModel

/// What the decoders need to know of one column, without references, so that reading it costs nothing.
struct ColumnPlan: Sendable {
  enum Kind: UInt8, Sendable {
    case boolean, integer, real, double, decimal, string, binary, date, time, timestamp, uuid, null
    /// Read by the text or JSON form of its type: the rare ones.
    case other
  }

  let kind: Kind
  let nullable: Bool
  let isKey: Bool
  /// Whether records are read as if they did not name it.
  let isSkipped: Bool
  /// CHAR: blanks that fill up are dropped.
  let padded: Bool
  let caseSensitive: Bool
  let low: Int64
  let high: Int64
  let precision: Int
  let scale: Int
  /// Characters of a string, bytes of a binary string.
  let lengthMax: Int
  /// Where the name as spelled lies in the plan's names.
  let nameStart: Int
  let nameLength: Int

  init(_ field: Field, isKey: Bool, isSkipped: Bool, nameStart: Int) {
    let type = field.type
    kind = ColumnPlan.kind(type)
    nullable = field.nullable
    self.isKey = isKey
    self.isSkipped = isSkipped
    caseSensitive = field.name.caseSensitive
    low = type.integerBounds?.lowerBound ?? .min
    high = type.integerBounds?.upperBound ?? .max
    var decimal = (precision: 0, scale: 0)
    var length = Int.max
    var padded = false
    switch type {
    case .decimal(let precision, let scale): decimal = (precision, scale)
    case .char(let limit):
      length = limit
      padded = true
    case .varchar(let limit): length = limit ?? .max
    case .varbinary(let limit): length = limit ?? .max
    default: break
    }
    precision = decimal.precision
    scale = decimal.scale
    lengthMax = length
    self.padded = padded
    self.nameStart = nameStart
    nameLength = field.name.spelled.utf8.count
  }

  private static func kind(_ type: ColumnType) -> Kind {
    switch type {
    case .boolean: .boolean
    case .tinyint, .smallint, .integer, .bigint, .unsignedTinyint, .unsignedSmallint, .unsignedInteger:
      .integer
    case .real: .real
    case .double: .double
    case .decimal: .decimal
    case .char, .varchar: .string
    case .varbinary: .binary
    case .date: .date
    case .time: .time
    case .timestamp: .timestamp
    case .uuid: .uuid
    case .null: .null
    case .unsignedBigint, .binary, .interval, .array, .map, .row, .variant: .other
    }
  }
}

/// A schema prepared for decoding: column plans and their names for comparison with bytes.
struct RowPlan: Sendable {
  let schema: Schema
  let columns: [ColumnPlan]
  /// Spelled names one after another, then eight zero bytes, so that words may be loaded anywhere in it.
  let names: [UInt8]
  let hasKey: Bool
  var presenceWords: Int { (columns.count + 63) / 64 }

  /// Of columns of `skipping` only nullable ones that are no part of a key are skipped.
  init(_ schema: Schema, skipping: Set<Int> = []) {
    self.schema = schema
    let key = Set(schema.primaryKey ?? [])
    var names: [UInt8] = []
    columns = schema.fields.enumerated().map { index, field in
      let isKey = key.contains(index)
      let isSkipped = skipping.contains(index) && field.nullable && !isKey
      let plan = ColumnPlan(field, isKey: isKey, isSkipped: isSkipped, nameStart: names.count)
      names += field.name.spelled.utf8
      return plan
    }
    self.names = names + [UInt8](repeating: 0, count: 8)
    hasKey = schema.primaryKey != nil
  }

  /// Whether the bytes are the column's name exactly as spelled.
  @inline(__always)
  func matches(_ column: Int, _ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
    let plan = columns[column]
    guard plan.nameLength == range.count else { return false }
    let spelled = names.span
    var index = 0
    while index < plan.nameLength {
      let left = plan.nameLength &- index
      guard range.lowerBound &+ index &+ 8 <= text.count else {
        while index < plan.nameLength {
          guard text[range.lowerBound &+ index] == spelled[plan.nameStart &+ index] else { return false }
          index &+= 1
        }
        return true
      }
      let found = ByteKernels.word(text, at: range.lowerBound &+ index)
      let difference = found ^ ByteKernels.word(spelled, at: plan.nameStart &+ index)
      let mask: UInt64 = left >= 8 ? ~0 : (1 << UInt64(8 &* left)) &- 1
      guard difference & mask == 0 else { return false }
      index &+= 8
    }
    return true
  }

  /// The column of a name: exactly as spelled first, then unquoted names in any case; -1 when there is none.
  func find(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
    for column in columns.indices where matches(column, text, range) { return column }
    var ascii = true
    for position in range where text[position] >= 0x80 { ascii = false }
    if ascii {
      for column in columns.indices where !columns[column].caseSensitive && folds(column, text, range) {
        return column
      }
      return -1
    }
    let name = TextScan.string(text, range).lowercased()
    return schema.fields.firstIndex { !$0.name.caseSensitive && $0.name.canonical == name } ?? -1
  }

  private func folds(_ column: Int, _ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
    let plan = columns[column]
    guard plan.nameLength == range.count else { return false }
    for index in 0..<plan.nameLength {
      let spelled = names[plan.nameStart + index]
      if TextScan.lower(text[range.lowerBound + index]) != TextScan.lower(spelled) { return false }
    }
    return true
  }
}
