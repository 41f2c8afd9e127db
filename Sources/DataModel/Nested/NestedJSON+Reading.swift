/// JSON text to values of nested types.
extension NestedJSON {
  /// The value at `position` in the form of its type, for any type.
  ///
  /// Throws `.rejected` for JSON that is no value of the type, other faults for text that is no JSON. Strings
  /// are read as the text form of the type; unknown members of an object are skipped.
  package static func value(
    _ text: Span<UInt8>, _ position: inout Int, as type: ColumnType, depth: Int = 1
  ) throws(JSONFault) -> Value {
    let first = try JSONTokenizer.peek(text, &position)
    guard depth <= JSONTokenizer.depthMax else { throw JSONFault(.tooDeep, at: position) }
    let start = position
    if type == .variant {
      var bytes: [UInt8] = []
      try variant(text, &position, depth: depth, to: &bytes)
      return .bytes(bytes)
    }
    if first == 0x6E {
      _ = try JSONTokenizer.literal(text, &position)
      return .null
    }
    switch (first, type) {
    case (0x5B, .array(let element)):
      var items: [Value] = []
      try elements(text, &position) { (position) throws(JSONFault) in
        items.append(try value(text, &position, as: element, depth: depth + 1))
      }
      return .bytes(NestedCodec.array(items))
    case (0x5B, .binary), (0x5B, .varbinary):
      var bytes: [UInt8] = []
      try elements(text, &position) { (position) throws(JSONFault) in
        let number = try value(text, &position, as: .unsignedTinyint, depth: depth + 1)
        guard case .int64(let byte) = number else { throw JSONFault(.rejected, at: position) }
        bytes.append(UInt8(truncatingIfNeeded: byte))
      }
      return .bytes(bytes)
    case (0x7B, .map(let key, let element)):
      return try map(text, &position, key, element, depth: depth)
    case (0x7B, .row(let fields)): return try row(text, &position, fields, depth: depth)
    case (0x22, _):
      if type.isNested { throw JSONFault(.rejected, at: start) }
      let token = try JSONTokenizer.string(text, &position)
      var content: [UInt8] = []
      try JSONEscape.append(text, token.range, to: &content)
      return try parse(content, type, at: start)
    case (0x2D, _), (0x30...0x39, _):
      guard type.isNumeric else { throw JSONFault(.rejected, at: start) }
      let range = try JSONTokenizer.number(text, &position)
      var content: [UInt8] = []
      ByteKernels.append(text, range, to: &content)
      return try parse(content, type, at: start)
    case (0x74, .boolean), (0x66, .boolean):
      return .boolean(try JSONTokenizer.literal(text, &position) == 0x74)
    default:
      try JSONTokenizer.skipValue(text, &position, depth: depth)
      throw JSONFault(.rejected, at: start)
    }
  }

  private static func parse(_ content: [UInt8], _ type: ColumnType, at position: Int) throws(JSONFault)
    -> Value
  {
    do throws(EvaluationError) {
      return try ValueText.parse(content, as: type)
    } catch {
      throw JSONFault(.rejected, at: position)
    }
  }

  /// Runs the body on each element of the list at the position.
  private static func elements(
    _ text: Span<UInt8>, _ position: inout Int, _ body: (inout Int) throws(JSONFault) -> Void
  ) throws(JSONFault) {
    position += 1
    if try JSONTokenizer.peek(text, &position) == 0x5D {
      position += 1
      return
    }
    while true {
      try body(&position)
      let byte = try JSONTokenizer.peek(text, &position)
      guard byte == 0x2C || byte == 0x5D else { throw JSONFault(.unexpectedByte, at: position) }
      position += 1
      if byte == 0x5D { return }
    }
  }

  /// Runs the body on each member of the object at the position, with its name.
  private static func members(
    _ text: Span<UInt8>, _ position: inout Int, _ body: ([UInt8], inout Int) throws(JSONFault) -> Void
  ) throws(JSONFault) {
    position += 1
    if try JSONTokenizer.peek(text, &position) == 0x7D {
      position += 1
      return
    }
    while true {
      _ = try JSONTokenizer.peek(text, &position)
      let token = try JSONTokenizer.string(text, &position)
      var name: [UInt8] = []
      try JSONEscape.append(text, token.range, to: &name)
      try JSONTokenizer.expect(0x3A, text, &position)
      try body(name, &position)
      let byte = try JSONTokenizer.peek(text, &position)
      guard byte == 0x2C || byte == 0x7D else { throw JSONFault(.unexpectedByte, at: position) }
      position += 1
      if byte == 0x7D { return }
    }
  }

  private static func map(
    _ text: Span<UInt8>, _ position: inout Int, _ key: ColumnType, _ element: ColumnType, depth: Int
  ) throws(JSONFault) -> Value {
    var entries: [(key: Value, value: Value)] = []
    try members(text, &position) { (name, position) throws(JSONFault) in
      let found: Value
      if key == .variant {
        var bytes: [UInt8] = []
        VariantCodec.append(.bytes(name), as: .varchar(length: nil), to: &bytes)
        found = .bytes(bytes)
      } else {
        found = try parse(name, key, at: position)
      }
      entries.append((found, try value(text, &position, as: element, depth: depth + 1)))
    }
    return .bytes(NestedCodec.map(entries))
  }

  private static func row(
    _ text: Span<UInt8>, _ position: inout Int, _ fields: [RowField], depth: Int
  ) throws(JSONFault) -> Value {
    let start = position
    var values = [Value](repeating: .null, count: fields.count)
    try members(text, &position) { (name, position) throws(JSONFault) in
      let spelled = String(decoding: name, as: UTF8.self)
      let exact = fields.firstIndex { $0.name.spelled == spelled }
      let found = exact ?? fields.firstIndex { $0.name == SQLIdentifier(spelled) && !$0.name.caseSensitive }
      if let found {
        values[found] = try value(text, &position, as: fields[found].type, depth: depth + 1)
      } else {
        _ = try JSONTokenizer.peek(text, &position)
        try JSONTokenizer.skipValue(text, &position, depth: depth + 1)
      }
    }
    var bytes: [UInt8] = []
    for (field, value) in zip(fields, values) {
      guard field.nullable || !value.isNull else { throw JSONFault(.rejected, at: start) }
      NestedCodec.append(value, to: &bytes)
    }
    return .bytes(bytes)
  }

  // MARK: VARIANT

  /// Any JSON value: integers are BIGINT when negative, else BIGINT UNSIGNED, other numbers DECIMAL where
  /// they fit and DOUBLE where not.
  static func variant(
    _ text: Span<UInt8>, _ position: inout Int, depth: Int, to bytes: inout [UInt8]
  ) throws(JSONFault) {
    guard depth <= JSONTokenizer.depthMax else { throw JSONFault(.tooDeep, at: position) }
    switch try JSONTokenizer.peek(text, &position) {
    case 0x5B:
      var items: [Value] = []
      try elements(text, &position) { (position) throws(JSONFault) in
        var item: [UInt8] = []
        try variant(text, &position, depth: depth + 1, to: &item)
        items.append(.bytes(item))
      }
      bytes.append(VariantCodec.Code.array.rawValue)
      bytes += NestedCodec.array(items)
    case 0x7B:
      bytes.append(VariantCodec.Code.map.rawValue)
      if case .bytes(let map) = try map(text, &position, .variant, .variant, depth: depth) { bytes += map }
    case 0x22:
      let token = try JSONTokenizer.string(text, &position)
      bytes.append(VariantCodec.Code.string.rawValue)
      try JSONEscape.append(text, token.range, to: &bytes)
    case 0x2D, 0x30...0x39:
      let range = try JSONTokenizer.number(text, &position)
      var digits: [UInt8] = []
      ByteKernels.append(text, range, to: &digits)
      number(digits, to: &bytes)
    default:
      switch try JSONTokenizer.literal(text, &position) {
      case 0x6E: bytes.append(VariantCodec.Code.null.rawValue)
      case let letter: VariantCodec.append(.boolean(letter == 0x74), as: .boolean, to: &bytes)
      }
    }
  }

  private static func number(_ digits: [UInt8], to bytes: inout [UInt8]) {
    let text = String(decoding: digits, as: UTF8.self)
    if let value = UInt64(text) {
      return VariantCodec.append(.int128(Int128(value)), as: .unsignedBigint, to: &bytes)
    }
    if let value = Int64(text) { return VariantCodec.append(.int64(value), as: .bigint, to: &bytes) }
    let fraction = digits.firstIndex(of: 0x2E).map { digits.count - $0 - 1 } ?? 0
    let isPlain = !digits.contains { $0 | 0x20 == 0x65 } && fraction <= DecimalArithmetic.digitsMax
    if isPlain,
      let value = try? DecimalArithmetic.parse(
        digits, precision: DecimalArithmetic.digitsMax, scale: fraction)
    {
      return VariantCodec.append(
        .int128(value), as: .decimal(precision: DecimalArithmetic.digitsMax, scale: fraction), to: &bytes)
    }
    VariantCodec.append(.float64(Double(text) ?? .nan), as: .double, to: &bytes)
  }

  /// The one JSON value that is all of `text` in the form of the type; nil when it is none.
  package static func parse(_ text: [UInt8], as type: ColumnType) -> Value? {
    // The tokenizer wants a byte behind numbers and literals that ends them.
    let closed = text + [0x20]
    var position = 0
    guard UTF8Check.firstInvalid(closed.span, 0..<closed.count) == nil,
      let value = try? value(closed.span, &position, as: type)
    else { return nil }
    JSONTokenizer.skipBlanks(closed.span, &position)
    return position == closed.count ? value : nil
  }
}
