import CKernels
import DataModel

/// Up to `capacity` decoded rows before they go to the column builders: a word a value, column by column.
///
/// A row is written under the number `rows` and counts once it is closed; one that is given up costs nothing.
/// Owns its memory; every access is checked against it.
@safe struct RowBlock: ~Copyable {
  let columns: Int
  let capacity: Int
  private(set) var rows = 0
  private(set) var anyNulls: UInt64 = 0
  private(set) var hasDeletes = false
  /// The date read last, which the next row most likely has too.
  var lastDate = KnownDate()
  /// Contents that do not lie in the text: strings with escapes resolved, bytes of UUIDs.
  private(set) var side: [UInt8] = []
  /// Whether a successor was changed.
  private(set) var learned = false
  let cells: Cells

  /// Writes values of a block's rows, and remembers which key followed which. Must not outlive the block.
  @safe struct Cells {
    /// Values, column after column; a word of NULL bits a row; a word a row, 1 for a delete; successors.
    fileprivate let words: UnsafeMutableBufferPointer<UInt64>
    fileprivate let capacity: Int
    fileprivate let successorStart: Int

    @inline(__always)
    func set(_ column: Int, _ row: Int, _ word: UInt64) {
      let place = column &* capacity &+ row
      unsafe precondition(UInt(bitPattern: place) < UInt(bitPattern: words.count))
      unsafe words[place] = word
    }

    /// The entry that is likely to follow: at place 0 the one that begins a record, at i + 1 behind entry i.
    @inline(__always)
    func successor(_ last: Int) -> Int {
      let place = successorStart &+ last
      unsafe precondition(UInt(bitPattern: place) < UInt(bitPattern: words.count))
      return unsafe Int(truncatingIfNeeded: words[place])
    }
  }

  /// At most 64 columns. `successors` are numbers below their count less one.
  init(columns: Int, capacity: Int, successors: [Int]) {
    precondition(columns > 0 && columns <= 64 && capacity > 0 && capacity <= 4096)
    self.columns = columns
    self.capacity = capacity
    let start = (columns + 2) * capacity
    let memory = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: start + successors.count)
    unsafe memory.initialize(repeating: 0)
    for (index, key) in successors.enumerated() {
      precondition(key >= 0 && key < successors.count - 1)
      unsafe memory[start + index] = UInt64(key)
    }
    cells = unsafe Cells(words: memory, capacity: capacity, successorStart: start)
  }

  deinit { unsafe cells.words.deallocate() }

  var isFull: Bool { rows == capacity }

  /// The row under way is complete. Columns of `nulls` hold 0.
  @inline(__always)
  mutating func close(isDelete: Bool, nulls: UInt64) {
    precondition(rows < capacity)
    cells.set(columns, rows, nulls)
    cells.set(columns &+ 1, rows, isDelete ? 1 : 0)
    anyNulls |= nulls
    hasDeletes = hasDeletes || isDelete
    rows &+= 1
  }

  mutating func clear() {
    rows = 0
    anyNulls = 0
    hasDeletes = false
    if !side.isEmpty { side.removeAll(keepingCapacity: true) }
  }

  // MARK: Records of a known shape

  /// Why the fast lane ended.
  enum LaneEnd { case full, nearEnd, otherShape, otherValue }

  /// The same of a span.
  mutating func read(_ text: Span<UInt8>, _ position: inout Int, _ shape: borrowing LaneShape) -> LaneEnd {
    unsafe text.withUnsafeBufferPointer { unsafe read($0, &position, shape) }
  }

  /// Reads records that are exactly of the shape from `position` on, which ends behind the last one, until the block
  /// is full. The shape is one of this table's.
  @inline(__always)
  mutating func read(
    _ text: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ shape: borrowing LaneShape
  ) -> LaneEnd {
    let count = text.count
    precondition(shape.columns == columns && position >= 0 && position <= count)
    guard let base = text.baseAddress, let first = unsafe cells.words.baseAddress else { return .nearEnd }
    var block = unsafe tm_lane_block(
      cells: first, capacity: capacity, columns: columns, rows: rows, any_nulls: anyNulls,
      date_month: lastDate.yearAndMonth, date_number: lastDate.number, date_day: lastDate.day, reason: 0)
    let (before, start) = (rows, position)
    unsafe shape.withLane { lane in
      position = unsafe Int(
        shape.isCSV
          ? tm_lane_csv(lane, &block, base, count, start) : tm_lane_json(lane, &block, base, count, start))
    }
    rows = unsafe block.rows
    anyNulls = unsafe block.any_nulls
    lastDate = unsafe KnownDate(yearAndMonth: block.date_month, day: block.date_day, number: block.date_number)
    hasDeletes = hasDeletes || rows > before && shape.isDelete
    return switch unsafe Int(block.reason) {
    case TM_LANE_FULL: .full
    case TM_LANE_END: .nearEnd
    case TM_LANE_SHAPE: .otherShape
    default: .otherValue
    }
  }

  // MARK: Keys

  mutating func setSuccessor(of last: Int, _ next: Int) {
    let count = unsafe cells.words.count - cells.successorStart
    precondition(last >= 0 && last < count && next >= 0 && next < count - 1)
    unsafe cells.words[cells.successorStart + last] = UInt64(next)
    learned = true
  }

  var successors: [Int] {
    unsafe cells.words[cells.successorStart...].map { Int(truncatingIfNeeded: $0) }
  }

  // MARK: Side buffer

  /// The side buffer, to be given back.
  mutating func takeSide() -> [UInt8] {
    defer { side = [] }
    return side
  }

  mutating func giveSide(_ bytes: [UInt8]) { side = bytes }

  /// The piece that the bytes become; nil when there is no room.
  mutating func appendSide(_ bytes: [UInt8]) -> Int64? {
    guard bytes.count < TextPiece.limit - side.count else { return nil }
    let start = side.count
    side += bytes
    return Int64(bitPattern: TextPiece.word(start..<side.count, inSide: true))
  }

  // MARK: Rows

  /// The values of one column and the NULL bits of the rows.
  func withColumn(_ column: Int, _ body: (_ values: Span<UInt64>, _ rowNulls: Span<UInt64>) -> Void) {
    precondition(column >= 0 && column < columns)
    let words = unsafe cells.words
    let values = unsafe UnsafeBufferPointer(rebasing: words[column * capacity..<column * capacity + rows])
    let nulls = unsafe UnsafeBufferPointer(rebasing: words[columns * capacity..<columns * capacity + rows])
    unsafe body(values.span, nulls.span)
  }

  func isDelete(_ row: Int) -> Bool {
    precondition(row >= 0 && row < rows)
    return unsafe cells.words[(columns + 1) * capacity + row] == 1
  }
}

/// A date as text, `YYYY-MM-` and `DD`, and its number: 1970-01-01 at first.
struct KnownDate {
  var yearAndMonth: UInt64 = 0x2D31_302D_3037_3931
  var day: UInt16 = 0x3130
  var number: Int64 = 0
}
