import DataModel

/// Records of a CSV text (RFC 4180): no header, one row to insert a record, empty lines passed over.
///
/// An empty cell is NULL for a nullable column and the empty string for a NOT NULL string.
struct CSVStreamDecoder: Sendable {
  /// Finds the end of a record that goes beyond its chunk.
  var boundary = CSVBoundary()
  private var scratch: [UInt8] = []
  private let direct: DirectPlan?
  private var lane: LaneMemory

  init(_ plan: RowPlan) {
    direct = DirectPlan(plan)
    lane = LaneMemory(direct.flatMap { LaneShape(csv: $0) })
  }

  mutating func decode(_ text: Span<UInt8>, from start: Int, _ context: inout RecordContext) -> StreamProgress
  {
    var position = start
    while position < text.count {
      if let direct, lane.isOpen, text.count < TextPiece.limit {
        plain(text, &position, direct, &context)
        if position == text.count { break }
      }
      if text[position] == 0x0A {
        position += 1
        continue
      }
      if text[position] == 0x0D, position + 1 < text.count, text[position + 1] == 0x0A {
        position += 2
        continue
      }
      let begin = position
      let outcome = record(text, &position, &context.rows)
      if outcome != .incomplete { lane.missed() }
      switch outcome {
      case .row:
        context.rows.finishRow(.insert)
        context.events += 1
      case .incomplete:
        context.rows.undo(to: context.rows.rows)
        return .consumed(begin)
      case .rejected:
        context.rows.undo(to: context.rows.rows)
        var scanner = CSVBoundary()
        guard let end = scanner.scan(text, from: begin) else { return .consumed(begin) }
        position = end
        context.events += 1
        let rejection = context.rows.rejection ?? Rejection(message: "unexpected value")
        context.rows.rejection = nil
        let shown = Self.withoutLineEnd(text, begin..<end)
        context.errors.record(rejection, format: "CSV", event: context.events, text: text, range: shown)
      }
    }
    return .consumed(position)
  }

  /// Records that are plain, one block after the other.
  private mutating func plain(
    _ text: Span<UInt8>, _ position: inout Int, _ direct: DirectPlan, _ context: inout RecordContext
  ) {
    guard let shape = lane.shapes.first, text.count - position >= CSVStreamDecoder.laneBytesMin else { return }
    var block = RowBlock(columns: direct.columns.count, capacity: DirectDecoder.blockRows, successors: [])
    while true {
      let end = block.read(text, &position, shape)
      lane.found(0, rows: block.rows)
      context.events += UInt64(block.rows)
      context.rows.append(&block, text, direct)
      guard end == .full else { return }
    }
  }

  /// A shorter text has no record that the lane would read.
  private static let laneBytesMin = 256

  private static func withoutLineEnd(_ text: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var end = range.upperBound - 1
    if end > range.lowerBound, text[end - 1] == 0x0D { end -= 1 }
    return range.lowerBound..<end
  }

  private enum Outcome { case row, incomplete, rejected }

  /// Where a cell's content lies; quoted cells with doubled quotes lie in the scratch buffer.
  private struct Cell {
    var range: Range<Int>
    var inScratch = false
    /// Index of the comma or line end behind it.
    var end: Int
  }

  private mutating func record(_ text: Span<UInt8>, _ position: inout Int, _ rows: inout RowAssembly)
    -> Outcome
  {
    let columns = rows.builders.count
    var column = 0
    while true {
      guard let cell = nextCell(text, position) else { return .incomplete }
      if column < columns {
        let accepted =
          cell.inScratch
          ? Self.append(column, scratch.span, cell.range, &rows)
          : Self.append(column, text, cell.range, &rows)
        guard accepted else { return .rejected }
      }
      column += 1
      position = cell.end + 1
      if text[cell.end] == 0x2C { continue }
      guard column == columns else {
        rows.rejection = Rejection(message: "\(column) fields, but the table has \(columns) columns")
        return .rejected
      }
      return .row
    }
  }

  /// The cell that starts at `start`; nil when its end has not come.
  private mutating func nextCell(_ text: Span<UInt8>, _ start: Int) -> Cell? {
    if start < text.count, text[start] == 0x22 { return quotedCell(text, start) }
    guard let end = Self.cellEnd(text, start) else { return nil }
    var last = end
    if text[end] == 0x0A, end > start, text[end - 1] == 0x0D { last -= 1 }
    return Cell(range: start..<last, end: end)
  }

  /// The next comma or line feed from `start` on.
  @inline(__always)
  private static func cellEnd(_ text: Span<UInt8>, _ start: Int) -> Int? {
    var at = start
    while at &+ 8 <= text.count {
      let word = ByteKernels.word(text, at: at)
      let mask =
        ByteKernels.zeroMask(word ^ 0x2C2C_2C2C_2C2C_2C2C)
        | ByteKernels.zeroMask(word ^ 0x0A0A_0A0A_0A0A_0A0A)
      if mask != 0 { return at &+ mask.trailingZeroBitCount >> 3 }
      at &+= 8
    }
    while at < text.count {
      if text[at] == 0x2C || text[at] == 0x0A { return at }
      at &+= 1
    }
    return nil
  }

  /// Content between quotes, doubled quotes as one; bytes behind the closing quote are taken as they are.
  private mutating func quotedCell(_ text: Span<UInt8>, _ start: Int) -> Cell? {
    let first = start + 1
    guard var close = Self.quote(text, first) else { return nil }
    guard close + 1 < text.count else { return nil }
    if text[close + 1] == 0x2C || text[close + 1] == 0x0A {
      return Cell(range: first..<close, end: close + 1)
    }
    scratch.removeAll(keepingCapacity: true)
    ByteKernels.append(text, first..<close, to: &scratch)
    while close + 1 < text.count, text[close + 1] == 0x22 {
      let from = close + 1
      guard let next = Self.quote(text, from + 1) else { return nil }
      ByteKernels.append(text, from..<next, to: &scratch)
      close = next
    }
    guard let end = Self.cellEnd(text, close + 1) else { return nil }
    var last = end
    if text[end] == 0x0A, end > close + 1, text[end - 1] == 0x0D { last -= 1 }
    ByteKernels.append(text, close + 1..<last, to: &scratch)
    return Cell(range: 0..<scratch.count, inScratch: true, end: end)
  }

  private static func quote(_ text: Span<UInt8>, _ start: Int) -> Int? {
    var at = start
    while at < text.count {
      if text[at] == 0x22 { return at }
      at &+= 1
    }
    return nil
  }

  private static func append(
    _ column: Int, _ text: Span<UInt8>, _ range: Range<Int>, _ rows: inout RowAssembly
  ) -> Bool {
    let plan = rows.plan.columns[column]
    if plan.isSkipped {
      rows.builders[column].appendNull()
      return true
    }
    if range.isEmpty, plan.kind != .string || plan.nullable { return rows.appendNull(column, .insert) }
    if plan.kind == .string, UTF8Check.firstInvalid(text, range) != nil {
      rows.reject(column, text, range, .malformed)
      return false
    }
    return rows.appendText(column, text, range)
  }
}
