import DataModel

/// Decodes one JSON record at a time into the rows of an assembly.
///
/// Throws `.incomplete` when the text ends inside the record, `.rejected` (with the assembly's rejection set)
/// when it is
/// JSON but no row of the table, and any other fault when it is not JSON. The caller undoes the row.
struct JSONRecordDecoder: Sendable {
  private let updateFormat: InputFormat.UpdateFormat
  /// Column of the key at each place in the previous records; -1 for an unknown key.
  private var expected: [Int]
  private var scratch: [UInt8] = []
  /// What the searches for names found, for the direct decoder.
  var keys: KeyTable

  init(_ updateFormat: InputFormat.UpdateFormat, _ plan: RowPlan) {
    self.updateFormat = updateFormat
    expected = Array(plan.columns.indices)
    keys = KeyTable(plan)
  }

  mutating func record(
    _ text: Span<UInt8>, _ position: inout Int, _ rows: inout RowAssembly
  ) throws(JSONFault) {
    switch updateFormat {
    case .raw:
      try row(text, &position, &rows, .insert)
      rows.finishRow(.insert)
    case .insertDelete: try envelope(text, &position, &rows)
    }
  }

  private mutating func envelope(
    _ text: Span<UInt8>, _ position: inout Int, _ rows: inout RowAssembly
  ) throws(JSONFault) {
    guard text[position] == 0x7B else {
      throw try refuse(text, &position, &rows, "expected an object with 'insert', 'delete' or 'update'")
    }
    var kind: ChangeKind?
    position += 1
    if try JSONTokenizer.peek(text, &position) != 0x7D {
      repeat {
        _ = try JSONTokenizer.peek(text, &position)
        let name = try JSONTokenizer.string(text, &position)
        try JSONTokenizer.expect(0x3A, text, &position)
        let first = try JSONTokenizer.peek(text, &position)
        guard let operation = Self.operation(text, name.range), first != 0x6E else {
          try JSONTokenizer.skipValue(text, &position, depth: 1)
          continue
        }
        guard kind == nil else {
          throw try refuse(text, &position, &rows, "more than one of 'insert', 'delete' and 'update'")
        }
        kind = operation
        try row(text, &position, &rows, operation)
      } while try Self.hasNext(text, &position, close: 0x7D)
    } else {
      position += 1
    }
    guard let kind else {
      rows.rejection = Rejection(message: "expected one of 'insert', 'delete' and 'update'")
      throw JSONFault(.rejected, at: position)
    }
    rows.finishRow(kind)
  }

  private static func operation(_ text: Span<UInt8>, _ range: Range<Int>) -> ChangeKind? {
    guard range.count == 6 else { return nil }
    var word: UInt64 = 0
    for position in range { word = word << 8 | UInt64(text[position]) }
    switch word {
    case 0x696E_7365_7274: return .insert
    case 0x6465_6C65_7465: return .delete
    case 0x7570_6461_7465: return .update
    default: return nil
    }
  }

  /// Behind a member or element: true when a comma promises another, false when `close` ends it.
  @inline(__always)
  private static func hasNext(
    _ text: Span<UInt8>, _ position: inout Int, close: UInt8
  ) throws(JSONFault) -> Bool {
    let byte = try JSONTokenizer.peek(text, &position)
    guard byte == 0x2C || byte == close else { throw JSONFault(.unexpectedByte, at: position) }
    position &+= 1
    return byte == 0x2C
  }

  /// Passes the value at the position and refuses it.
  private func refuse(
    _ text: Span<UInt8>, _ position: inout Int, _ rows: inout RowAssembly, _ message: String
  ) throws(JSONFault) -> JSONFault {
    let start = position
    try JSONTokenizer.skipValue(text, &position, depth: 1)
    let shown = TextScan.string(text, start..<min(position, start + 200))
    rows.rejection = Rejection(invalidText: shown, message: message)
    return JSONFault(.rejected, at: start)
  }

  private mutating func row(
    _ text: Span<UInt8>, _ position: inout Int, _ rows: inout RowAssembly, _ kind: ChangeKind
  ) throws(JSONFault) {
    if kind == .update {
      guard rows.plan.hasKey else {
        throw try refuse(text, &position, &rows, "'update' needs a table with a primary key")
      }
      rows.startUpdate()
    }
    switch try JSONTokenizer.peek(text, &position) {
    case 0x7B: try object(text, &position, &rows, kind)
    case 0x5B: try positional(text, &position, &rows, kind)
    default: throw try refuse(text, &position, &rows, "expected an object or an array of column values")
    }
  }

  private mutating func object(
    _ text: Span<UInt8>, _ position: inout Int, _ rows: inout RowAssembly, _ kind: ChangeKind
  ) throws(JSONFault) {
    position &+= 1
    var filled = 0
    if try JSONTokenizer.peek(text, &position) == 0x7D {
      position &+= 1
    } else {
      var place = 0
      repeat {
        _ = try JSONTokenizer.peek(text, &position)
        let name = try JSONTokenizer.string(text, &position)
        try JSONTokenizer.expect(0x3A, text, &position)
        let column = try self.column(text, name, place, rows.plan)
        place &+= 1
        guard column >= 0, !rows.plan.columns[column].isSkipped else {
          try JSONTokenizer.skipValue(text, &position, depth: 2)
          continue
        }
        if rows.builders[column].count > rows.rows {
          rows.builders[column].truncate(to: rows.rows)
          filled &-= 1
        }
        try value(text, &position, &rows, column, kind)
        filled &+= 1
        if kind == .update { rows.named[column >> 6] |= 1 << UInt64(column & 63) }
      } while try Self.hasNext(text, &position, close: 0x7D)
    }
    guard filled == rows.builders.count || rows.fillMissing(kind) else {
      throw JSONFault(.rejected, at: position)
    }
  }

  /// Column of a key: the one met at this place in the previous record, else by search.
  @inline(__always)
  private mutating func column(
    _ text: Span<UInt8>, _ name: JSONString, _ place: Int, _ plan: RowPlan
  ) throws(JSONFault) -> Int {
    if place < expected.count, !name.hasEscapes {
      let column = expected[place]
      if column >= 0, plan.matches(column, text, name.range) { return column }
    }
    return try search(text, name, place, plan)
  }

  private mutating func search(
    _ text: Span<UInt8>, _ name: JSONString, _ place: Int, _ plan: RowPlan
  ) throws(JSONFault) -> Int {
    let column: Int
    if name.hasEscapes {
      scratch.removeAll(keepingCapacity: true)
      try JSONEscape.append(text, name.range, to: &scratch)
      column = plan.find(scratch.span, 0..<scratch.count)
    } else {
      column = plan.find(text, name.range)
      keys.learn(text, name.range, column >= 0 && plan.columns[column].isSkipped ? -1 : column)
    }
    if place < expected.count { expected[place] = column }
    return column
  }

  private mutating func positional(
    _ text: Span<UInt8>, _ position: inout Int, _ rows: inout RowAssembly, _ kind: ChangeKind
  ) throws(JSONFault) {
    let start = position
    position &+= 1
    var column = 0
    if try JSONTokenizer.peek(text, &position) == 0x5D {
      position &+= 1
    } else {
      repeat {
        guard column < rows.builders.count else {
          position = start
          throw try refuse(
            text, &position, &rows, "more values than the \(rows.builders.count) columns of the table")
        }
        if rows.plan.columns[column].isSkipped {
          try JSONTokenizer.skipValue(text, &position, depth: 2)
          rows.builders[column].appendNull()
        } else {
          try value(text, &position, &rows, column, kind)
          if kind == .update { rows.named[column >> 6] |= 1 << UInt64(column & 63) }
        }
        column &+= 1
      } while try Self.hasNext(text, &position, close: 0x5D)
    }
    guard column == rows.builders.count else {
      position = start
      throw try refuse(
        text, &position, &rows, "\(column) values, but the table has \(rows.builders.count) columns")
    }
  }

  // MARK: Values

  @inline(__always)
  private mutating func value(
    _ text: Span<UInt8>, _ position: inout Int, _ rows: inout RowAssembly, _ column: Int, _ kind: ChangeKind
  ) throws(JSONFault) {
    let byte = try JSONTokenizer.peek(text, &position)
    let plan = rows.plan.columns[column]
    if byte == 0x22 {
      let token = try JSONTokenizer.string(text, &position)
      if plan.kind == .string, !token.hasEscapes, plan.lengthMax == .max {
        rows.builders[column].extend(text, token.range)
        rows.builders[column].closeBytes()
        return
      }
      return try stringValue(text, token, &rows, column)
    }
    if plan.kind == .integer, byte == 0x2D || TextScan.isDigit(byte) {
      let start = position
      switch try JSONTokenizer.integer(text, &position) {
      case .value(let number) where number >= plan.low && number <= plan.high:
        rows.builders[column].append(int64: number)
      case .fractional: throw reject(text, start..<position, &rows, column, .malformed)
      default: throw reject(text, start..<position, &rows, column, .overflow)
      }
      return
    }
    try otherValue(text, &position, &rows, column, kind)
  }

  private mutating func stringValue(
    _ text: Span<UInt8>, _ token: JSONString, _ rows: inout RowAssembly, _ column: Int
  ) throws(JSONFault) {
    let plan = rows.plan.columns[column]
    if plan.kind == .other, rows.plan.schema.fields[column].type.isNested {
      return try nested(text, token.range.lowerBound - 1, &rows, column)
    }
    guard plan.kind != .boolean else { throw reject(text, token.range, &rows, column, .malformed) }
    let accepted: Bool
    if token.hasEscapes {
      scratch.removeAll(keepingCapacity: true)
      try JSONEscape.append(text, token.range, to: &scratch)
      accepted = rows.appendText(column, scratch.span, 0..<scratch.count)
    } else {
      accepted = rows.appendText(column, text, token.range)
    }
    guard accepted else { throw JSONFault(.rejected, at: token.range.lowerBound) }
  }

  /// Everything but strings and integers.
  private mutating func otherValue(
    _ text: Span<UInt8>, _ position: inout Int, _ rows: inout RowAssembly, _ column: Int, _ kind: ChangeKind
  ) throws(JSONFault) {
    let start = position
    switch (text[position], rows.plan.columns[column].kind) {
    case (0x6E, _):
      _ = try JSONTokenizer.literal(text, &position)
      guard rows.appendNull(column, kind) else { throw JSONFault(.rejected, at: start) }
    case (0x74, .boolean), (0x66, .boolean):
      rows.builders[column].append(int64: try JSONTokenizer.literal(text, &position) == 0x74 ? 1 : 0)
    case (0x2D, .real), (0x2D, .double), (0x2D, .decimal), (0x30...0x39, .real), (0x30...0x39, .double),
      (0x30...0x39, .decimal):
      let range = try JSONTokenizer.number(text, &position)
      guard rows.appendText(column, text, range) else { throw JSONFault(.rejected, at: start) }
    case (_, .other):
      try nested(text, start, &rows, column)
      try JSONTokenizer.skipValue(text, &position, depth: 2)
    case (0x5B, .binary): try binary(text, &position, &rows, column)
    default:
      try JSONTokenizer.skipValue(text, &position, depth: 2)
      throw reject(text, start..<position, &rows, column, .malformed)
    }
  }

  /// A value of one of the rare types, by its JSON form.
  private func nested(
    _ text: Span<UInt8>, _ start: Int, _ rows: inout RowAssembly, _ column: Int
  ) throws(JSONFault) {
    let type = rows.plan.schema.fields[column].type
    var position = start
    do throws(JSONFault) {
      var value = try NestedJSON.value(text, &position, as: type, depth: 2)
      if case .binary(let length) = type, case .bytes(let bytes) = value {
        guard bytes.count <= length else { throw JSONFault(.rejected, at: start) }
        value = .bytes(ValueText.fixed(bytes, length))
      }
      rows.builders[column].append(value)
    } catch {
      guard error.kind == .rejected else { throw error }
      position = start
      try JSONTokenizer.skipValue(text, &position, depth: 2)
      throw reject(text, start..<position, &rows, column, .malformed)
    }
  }

  /// An array of byte numbers.
  private mutating func binary(
    _ text: Span<UInt8>, _ position: inout Int, _ rows: inout RowAssembly, _ column: Int
  ) throws(JSONFault) {
    let start = position
    var length = 0
    position += 1
    if try JSONTokenizer.peek(text, &position) == 0x5D {
      position += 1
    } else {
      repeat {
        let byte = try JSONTokenizer.peek(text, &position)
        let isNumber = byte == 0x2D || TextScan.isDigit(byte)
        guard isNumber, case .value(let number) = try JSONTokenizer.integer(text, &position),
          0...255 ~= number
        else {
          position = start
          try JSONTokenizer.skipValue(text, &position, depth: 2)
          throw reject(text, start..<position, &rows, column, .malformed)
        }
        rows.builders[column].extend(byte: UInt8(truncatingIfNeeded: number))
        length += 1
      } while try Self.hasNext(text, &position, close: 0x5D)
    }
    guard length <= rows.plan.columns[column].lengthMax else {
      throw reject(text, start..<position, &rows, column, .overflow)
    }
    rows.builders[column].closeBytes()
  }

  private func reject(
    _ text: Span<UInt8>, _ range: Range<Int>, _ rows: inout RowAssembly, _ column: Int, _ failure: TextFailure
  ) -> JSONFault {
    rows.reject(column, text, range, failure)
    return JSONFault(.rejected, at: range.lowerBound)
  }
}
