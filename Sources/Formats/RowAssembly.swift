import DataModel

/// Rows under construction: one builder a column, and the means to take an unfinished row back.
struct RowAssembly: Sendable {
  let plan: RowPlan
  var builders: [ColumnBuilder]
  /// Finished rows. A builder may hold one value more while a row is under way.
  private(set) var rows = 0
  private var kinds: [UInt8] = []
  private var presence: [UInt64] = []
  /// Rows, and bytes of each column, of the batch taken last: the next one is likely as large.
  private var lastRows = 0
  private var lastBytes: [Int] = []
  /// Columns the row under way names; kept only for updates.
  var named: [UInt64]
  /// Set when a column refuses its value, before the record is given up.
  var rejection: Rejection?

  init(_ plan: RowPlan) {
    self.plan = plan
    builders = plan.schema.physicalTypes.map { ColumnBuilder($0) }
    named = [UInt64](repeating: 0, count: plan.presenceWords)
  }

  mutating func startUpdate() {
    for word in named.indices { named[word] = 0 }
  }

  mutating func finishRow(_ kind: ChangeKind) {
    if kind == .update, presence.isEmpty {
      presence = [UInt64](repeating: ~0, count: rows * plan.presenceWords)
    }
    if kind == .update {
      presence += named
    } else if !presence.isEmpty {
      presence += repeatElement(~0, count: plan.presenceWords)
    }
    kinds.append(kind.rawValue)
    rows += 1
  }

  /// Takes over the rows of a block, which is empty afterwards.
  mutating func append(_ block: inout RowBlock, _ text: Span<UInt8>, _ direct: DirectPlan) {
    let count = block.rows
    guard count > 0 else { return }
    if rows == 0, lastRows > count { reserveAsBefore() }
    for column in builders.indices {
      if plan.columns[column].isSkipped {
        builders[column].appendNulls(count)
        continue
      }
      let nulls = BlockNulls(any: block.anyNulls, column: column)
      block.withColumn(column) { values, rowNulls in
        if direct.columns[column].isText {
          builders[column].append(pieces: values, of: text, side: block.side.span, nulls, rowNulls)
        } else {
          builders[column].append(words: values, nulls, rowNulls)
        }
      }
    }
    let (insert, delete) = (ChangeKind.insert.rawValue, ChangeKind.delete.rawValue)
    if block.hasDeletes {
      for row in 0..<count { kinds.append(block.isDelete(row) ? delete : insert) }
    } else {
      kinds.append(contentsOf: repeatElement(insert, count: count))
    }
    if !presence.isEmpty { presence += repeatElement(~0, count: count * plan.presenceWords) }
    rows += count
    block.clear()
  }

  /// Takes back the row under way and every finished row behind the first `count`.
  mutating func undo(to count: Int) {
    for column in builders.indices {
      builders[column].abandonBytes()
      builders[column].truncate(to: count)
    }
    guard count < rows else { return }
    kinds.removeLast(rows - count)
    if !presence.isEmpty { presence.removeLast((rows - count) * plan.presenceWords) }
    rows = count
  }

  private mutating func reserveAsBefore() {
    for column in builders.indices {
      builders[column].reserve(lastRows + lastRows / 8, bytes: lastBytes[column] + lastBytes[column] / 8)
    }
    kinds.reserveCapacity(lastRows + lastRows / 8)
    lastRows = 0
  }

  /// The first `count` rows, which leave; the rest stays.
  mutating func take(_ count: Int) -> ChangeBatch {
    lastRows = count
    lastBytes = builders.map(\.byteCount)
    let words = presence.isEmpty ? 0 : count * plan.presenceWords
    let batch = ChangeBatch(
      columns: builders.indices.map { builders[$0].finish(prefix: count) }, kinds: Array(kinds.prefix(count)),
      presence: Array(presence.prefix(words)))
    kinds.removeFirst(count)
    presence.removeFirst(words)
    rows -= count
    return batch
  }

  /// Gives columns that the row under way lacks their value, or says why there is none.
  mutating func fillMissing(_ kind: ChangeKind) -> Bool {
    let keyOnly = kind == .update || (kind == .delete && plan.hasKey)
    for column in builders.indices where builders[column].count == rows {
      let field = plan.schema.fields[column]
      if plan.columns[column].isSkipped {
        builders[column].appendNull()
      } else if keyOnly, !plan.columns[column].isKey {
        builders[column].appendNull()
      } else if !keyOnly, let value = field.defaultValue {
        builders[column].append(value)
      } else if !keyOnly, field.nullable {
        builders[column].appendNull()
      } else {
        let name = field.name.spelled
        rejection = Rejection(
          field: name, message: "missing field '\(name)', which has no default and cannot be NULL")
        return false
      }
    }
    return true
  }

  /// NULL for one column; false when the column refuses it.
  mutating func appendNull(_ column: Int, _ kind: ChangeKind) -> Bool {
    let plan = self.plan.columns[column]
    if plan.nullable || (kind == .delete && self.plan.hasKey && !plan.isKey) {
      builders[column].appendNull()
      return true
    }
    let name = self.plan.schema.fields[column].name.spelled
    let type = self.plan.schema.fields[column].type.description
    rejection = Rejection(
      field: name, invalidText: "null",
      message: "error parsing field '\(name)': NULL is not allowed, expected \(type)")
    return false
  }

  /// Refuses a value: `text` is its beginning.
  mutating func reject(_ column: Int, _ text: Span<UInt8>, _ range: Range<Int>, _ failure: TextFailure) {
    let field = plan.schema.fields[column]
    let shown = TextScan.string(text, range.lowerBound..<min(range.upperBound, range.lowerBound + 200))
    let reason =
      failure == .overflow
      ? "value '\(shown)' is out of range of \(field.type.description)"
      : "invalid value '\(shown)', expected \(field.type.description)"
    rejection = Rejection(
      field: field.name.spelled, invalidText: shown,
      message: "error parsing field '\(field.name.spelled)': \(reason)")
  }

  /// Appends the text form of a value; false, with the rejection set, when it is none of the column's type.
  mutating func appendText(_ column: Int, _ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
    do throws(TextFailure) {
      try parseText(column, text, range)
      return true
    } catch {
      reject(column, text, range, error)
      return false
    }
  }

  private mutating func parseText(
    _ column: Int, _ text: Span<UInt8>, _ whole: Range<Int>
  ) throws(TextFailure) {
    let plan = self.plan.columns[column]
    if plan.kind == .string { return try appendString(column, text, whole) }
    let range = TextScan.trimmed(text, whole)
    switch plan.kind {
    case .boolean:
      guard let flag = ValueText.boolean(text, range) else { throw .malformed }
      builders[column].append(int64: flag ? 1 : 0)
    case .integer:
      let value = try NumberText.integer(text, range)
      guard value >= plan.low, value <= plan.high else { throw .overflow }
      builders[column].append(int64: value)
    case .real: builders[column].append(float64: try NumberText.real(text, range))
    case .double: builders[column].append(float64: try NumberText.double(text, range))
    case .decimal:
      builders[column].append(
        int128: try DecimalArithmetic.parse(text, range, precision: plan.precision, scale: plan.scale))
    case .date: try append(column, EventTime.parseDate(text, range))
    case .time: try append(column, EventTime.parseTime(text, range))
    case .timestamp: try append(column, EventTime.parseTimestamp(text, range))
    case .binary:
      guard let bytes = ValueText.hexadecimal(text, range) else { throw .malformed }
      guard bytes.count <= plan.lengthMax else { throw .overflow }
      builders[column].append(bytes: bytes)
    case .uuid:
      guard let bytes = ValueText.uuid(text, range) else { throw .malformed }
      builders[column].append(bytes: bytes)
    case .other: try parseOther(column, text, whole)
    case .string, .null: builders[column].appendNull()
    }
  }

  private mutating func parseOther(
    _ column: Int, _ text: Span<UInt8>, _ whole: Range<Int>
  ) throws(TextFailure) {
    let type = self.plan.schema.fields[column].type
    if case .binary(let length) = type {
      guard let bytes = ValueText.hexadecimal(text, TextScan.trimmed(text, whole)) else { throw .malformed }
      guard bytes.count <= length else { throw .overflow }
      return builders[column].append(bytes: ValueText.fixed(bytes, length))
    }
    builders[column].append(try ValueText.parse(text, whole, as: type))
  }

  private mutating func append(_ column: Int, _ number: Int64?) throws(TextFailure) {
    guard let number else { throw .malformed }
    builders[column].append(int64: number)
  }

  /// A string within its length; the text is valid UTF-8.
  @inline(__always)
  private mutating func appendString(
    _ column: Int, _ text: Span<UInt8>, _ whole: Range<Int>
  ) throws(TextFailure) {
    let plan = self.plan.columns[column]
    var range = whole
    if plan.padded {
      while let last = range.last, text[last] == 0x20 { range = range.lowerBound..<last }
    }
    if range.count > plan.lengthMax, ValueText.scalarCount(text, range) > plan.lengthMax { throw .overflow }
    builders[column].extend(text, range)
    builders[column].closeBytes()
  }
}
