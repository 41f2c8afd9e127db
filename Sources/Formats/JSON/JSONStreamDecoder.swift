import DataModel

/// Records of a JSON text: a sequence of values, or of arrays of values that are taken whole or not at all.
struct JSONStreamDecoder: Sendable {
  private enum Place: Sendable {
    case outside
    /// Behind the opening bracket, a comma, or an element.
    case opened, comma, element
  }

  /// Finds the end of a record that goes beyond its chunk.
  var boundary = JSONBoundary()
  private var decoder: JSONRecordDecoder
  private let direct: DirectDecoder?
  private var lane: LaneMemory
  private let array: Bool
  private let arrayBytesMax: Int
  private var place = Place.outside
  private var arrayStart = 0
  private var arrayBytes = 0
  private var arrayFailed = false

  init(_ format: InputFormat, _ plan: RowPlan, limits: InputLimits) {
    decoder = JSONRecordDecoder(format.updateFormat, plan)
    direct = DirectDecoder(plan, format.updateFormat)
    lane = direct?.memory() ?? LaneMemory(nil)
    array = format.array
    arrayBytesMax = limits.arrayBytesMax
  }

  /// Number of rows before the array that is open; nil outside of arrays.
  var openArrayStart: Int? { place == .outside ? nil : arrayStart }

  mutating func rowsTaken(_ count: Int) { arrayStart = max(0, arrayStart - count) }

  /// Undoes the rows of the array that is open.
  mutating func abandonArray(_ context: inout RecordContext) {
    if place != .outside { context.rows.undo(to: arrayStart) }
    place = .outside
  }

  mutating func decode(_ text: Span<UInt8>, from start: Int, _ context: inout RecordContext) -> StreamProgress
  {
    array ? arrays(text, from: start, &context) : values(text, from: start, &context)
  }

  private mutating func values(
    _ text: Span<UInt8>, from start: Int, _ context: inout RecordContext
  ) -> StreamProgress {
    var position = start
    while true {
      if let direct {
        context.events += UInt64(direct.records(text, &position, &decoder.keys, &lane, &context.rows))
      }
      JSONTokenizer.skipBlanks(text, &position)
      guard position < text.count else { return .consumed(position) }
      let begin = position
      do throws(JSONFault) {
        try decoder.record(text, &position, &context.rows)
        context.events += 1
      } catch {
        position = begin
        if let end = recover(error, text, &position, &context) { return end }
      }
    }
  }

  /// Takes back the row, and passes and records a rejected record; otherwise how decoding ends.
  private mutating func recover(
    _ fault: JSONFault, _ text: Span<UInt8>, _ position: inout Int, _ context: inout RecordContext
  ) -> StreamProgress? {
    let begin = position
    context.rows.undo(to: context.rows.rows)
    if fault.kind == .incomplete { return .consumed(begin) }
    guard fault.kind == .rejected else { return .failed(message: fault.reason, at: fault.position) }
    do throws(JSONFault) {
      try JSONTokenizer.skipValue(text, &position, depth: array ? 1 : 0)
    } catch {
      return error.kind == .incomplete ? .consumed(begin) : .failed(message: error.reason, at: error.position)
    }
    context.events += 1
    let rejection = context.rows.rejection ?? Rejection(message: "unexpected value")
    context.rows.rejection = nil
    context.errors.record(
      rejection, format: "JSON", event: context.events, text: text, range: begin..<position)
    return nil
  }

  private mutating func arrays(
    _ text: Span<UInt8>, from start: Int, _ context: inout RecordContext
  ) -> StreamProgress {
    var position = start
    var counted = start
    while true {
      JSONTokenizer.skipBlanks(text, &position)
      arrayBytes += position - counted
      counted = position
      guard place == .outside || arrayBytes <= arrayBytesMax else {
        return .failed(message: "array longer than \(arrayBytesMax) bytes", at: position)
      }
      guard position < text.count else { return .consumed(position) }
      let byte = text[position]
      switch (place, byte) {
      case (.outside, 0x5B):
        place = .opened
        arrayStart = context.rows.rows
        arrayFailed = false
        arrayBytes = 0
        position += 1
      case (.outside, _): return .failed(message: "expected an array of records", at: position)
      case (.opened, 0x5D), (.element, 0x5D):
        place = .outside
        position += 1
      case (.element, 0x2C):
        place = .comma
        position += 1
      case (.element, _): return .failed(message: JSONFault(.unexpectedByte, at: 0).reason, at: position)
      case (.opened, _), (.comma, _):
        if let end = element(text, &position, &context) { return end }
        place = .element
      }
    }
  }

  private mutating func element(
    _ text: Span<UInt8>, _ position: inout Int, _ context: inout RecordContext
  ) -> StreamProgress? {
    let begin = position
    do throws(JSONFault) {
      if arrayFailed {
        try JSONTokenizer.skipValue(text, &position, depth: 1)
      } else {
        try decoder.record(text, &position, &context.rows)
      }
      context.events += 1
    } catch {
      position = begin
      if let end = recover(error, text, &position, &context) { return end }
      context.rows.undo(to: arrayStart)
      arrayFailed = true
    }
    return nil
  }
}
