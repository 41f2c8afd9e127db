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
  /// Contents that do not lie in the text: strings with escapes resolved, bytes of UUIDs.
  var side: [UInt8] = []
  /// The date read last, which the next row most likely has too.
  var lastDate = KnownDate()
  /// Values, column after column, then a word of NULL bits a row, then a word of kind a row.
  private let words: UnsafeMutableBufferPointer<UInt64>

  /// At most 64 columns.
  init(columns: Int, capacity: Int) {
    precondition(columns > 0 && columns <= 64 && capacity > 0 && capacity <= 4096)
    self.columns = columns
    self.capacity = capacity
    let memory = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: (columns + 2) * capacity)
    unsafe memory.initialize(repeating: 0)
    unsafe words = memory
  }

  deinit { unsafe words.deallocate() }

  var isFull: Bool { rows == capacity }

  /// A value of the row under way.
  @inline(__always)
  func set(_ column: Int, _ word: UInt64) {
    precondition(UInt(bitPattern: column) < UInt(bitPattern: columns) && rows < capacity)
    unsafe words[column &* capacity &+ rows] = word
  }

  /// The row under way is complete. Columns of `nulls` hold 0.
  @inline(__always)
  mutating func close(_ kind: ChangeKind, nulls: UInt64) {
    precondition(rows < capacity)
    unsafe words[columns &* capacity &+ rows] = nulls
    unsafe words[(columns &+ 1) &* capacity &+ rows] = UInt64(kind.rawValue)
    anyNulls |= nulls
    rows &+= 1
  }

  mutating func clear() {
    rows = 0
    anyNulls = 0
    side.removeAll(keepingCapacity: true)
  }

  /// The values of one column and the NULL bits of the rows.
  func withColumn(_ column: Int, _ body: (_ values: Span<UInt64>, _ rowNulls: Span<UInt64>) -> Void) {
    precondition(column >= 0 && column < columns)
    let values = unsafe UnsafeBufferPointer(rebasing: words[column * capacity..<column * capacity + rows])
    let nulls = unsafe UnsafeBufferPointer(rebasing: words[columns * capacity..<columns * capacity + rows])
    unsafe body(values.span, nulls.span)
  }

  func kind(_ row: Int) -> UInt8 {
    precondition(row >= 0 && row < rows)
    return unsafe UInt8(truncatingIfNeeded: words[(columns + 1) * capacity + row])
  }
}

/// A date as text, `YYYY-MM-` and `DD`, and its number: 1970-01-01 at first.
struct KnownDate {
  var yearAndMonth: UInt64 = 0x2D31_302D_3037_3931
  var day: UInt16 = 0x3130
  var number: Int64 = 0
}
