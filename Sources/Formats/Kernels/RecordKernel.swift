import DataModel

/// The loop over the members of plain JSON records.
///
/// Reads memory that others own, for the length of one call of `DirectDecoder.records`. Text is only read through
/// `word` and `byte`, which check their place; entries and columns only by numbers that were checked when the
/// tables were made; values are only written through `RowBlock.Cells`, which checks its place. Every reader takes
/// the position of a value and returns the one behind it, or `notPlain`.
@safe struct RecordKernel {
  static let notPlain = -1

  let text: UnsafePointer<UInt8>
  let count: Int
  /// Words of text begin before it.
  private let wordEnd: UInt
  /// Pairs of words begin before it.
  private let pairEnd: UInt
  private let entries: UnsafePointer<KeyTable.Entry>
  private let entryCount: Int
  private let rest: UnsafeBufferPointer<UInt64>
  let columns: UnsafePointer<DirectColumn>
  let cells: RowBlock.Cells
  let envelope: Bool

  /// Columns of the entries lie inside `columns`; the text has at least eight bytes.
  init(
    text: UnsafeBufferPointer<UInt8>, keys: UnsafeBufferPointer<KeyTable.Entry>,
    rest: UnsafeBufferPointer<UInt64>, columns: UnsafeBufferPointer<DirectColumn>, _ block: borrowing RowBlock,
    envelope: Bool
  ) {
    guard let textStart = text.baseAddress, let firstKey = keys.baseAddress,
      let firstColumn = columns.baseAddress, text.count >= 8
    else { preconditionFailure("a kernel needs text, keys and columns") }
    for index in keys.indices { unsafe precondition(keys[index].column < columns.count) }
    unsafe self.text = textStart
    count = text.count
    wordEnd = UInt(text.count - 7)
    pairEnd = UInt(max(0, text.count - 15))
    unsafe entries = firstKey
    entryCount = keys.count
    unsafe self.rest = rest
    unsafe self.columns = firstColumn
    cells = block.cells
    self.envelope = envelope
  }

  // MARK: Text

  /// The eight bytes at `at`, zeros behind the end.
  @inline(__always)
  func word(_ at: Int) -> UInt64 {
    guard UInt(bitPattern: at) < wordEnd else { return lastWord(at) }
    return UInt64(
      littleEndian: unsafe UnsafeRawPointer(text).loadUnaligned(fromByteOffset: at, as: UInt64.self))
  }

  /// The words at `at` and behind it.
  @inline(__always)
  func words(_ at: Int) -> (UInt64, UInt64) {
    guard UInt(bitPattern: at) < pairEnd else { return (word(at), word(at &+ 8)) }
    let pair = unsafe UnsafeRawPointer(text).loadUnaligned(fromByteOffset: at, as: SIMD2<UInt64>.self)
    return (UInt64(littleEndian: pair[0]), UInt64(littleEndian: pair[1]))
  }

  @inline(never)
  private func lastWord(_ at: Int) -> UInt64 {
    TextKernels.word(unsafe UnsafeBufferPointer(start: text, count: count).span, at: at)
  }

  /// Zero behind the end.
  @inline(__always)
  func byte(_ at: Int) -> UInt8 {
    guard UInt(bitPattern: at) < UInt(bitPattern: count) else { return 0 }
    return unsafe text[at]
  }

  /// The next byte that is no blank, from one that is at most a blank on.
  @inline(never)
  func behindBlanks(_ start: Int) -> Int {
    var at = start
    while true {
      switch byte(at) {
      case 0x20, 0x0A, 0x0D, 0x09: at &+= 1
      default: return at
      }
    }
  }

  /// Calls `body` with the text, for readers that are not of the hot path.
  @inline(__always)
  func withText<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    unsafe body(UnsafeBufferPointer(start: text, count: count).span)
  }

  // MARK: Records

  /// Records of a shape, as many as the block takes.
  @inline(__always)
  func read(_ at: inout Int, _ block: inout RowBlock, _ shape: LaneShape) -> RowBlock.LaneEnd {
    unsafe block.read(UnsafeBufferPointer(start: text, count: count), &at, shape)
  }

  /// One whole record at `start`.
  @inline(__always)
  func record(_ start: Int, _ plan: DirectPlan, _ block: inout RowBlock) -> Int {
    var at = start
    var isDelete = false
    if envelope {
      switch word(at) {
      case 0x7472_6573_6E69_227B: break
      case 0x6574_656C_6564_227B: isDelete = true
      default: return RecordKernel.notPlain
      }
      let tail = word(at &+ 8)
      guard tail & 0xFFFF == 0x3A22 else { return RecordKernel.notPlain }
      at &+= 10
      if byte(at) <= 0x20 { at = behindBlanks(at) }
    }
    guard byte(at) == 0x7B else { return RecordKernel.notPlain }
    var row = RowUnderWay(at: at &+ 1)
    guard members(&row, &block) else { return RecordKernel.notPlain }
    at = row.at
    if envelope {
      if byte(at) <= 0x20 { at = behindBlanks(at) }
      guard byte(at) == 0x7D else { return RecordKernel.notPlain }
      at &+= 1
    }
    if row.seen != plan.all {
      guard fillMissing(&row, isDelete, plan, block.rows) else { return RecordKernel.notPlain }
    }
    block.close(isDelete: isDelete, nulls: row.nulls)
    return at
  }

  struct RowUnderWay {
    var at: Int
    /// Columns that the record has.
    var seen: UInt64 = 0
    var nulls: UInt64 = 0
  }

  /// The members of an object up to its closing brace.
  @inline(__always)
  private func members(_ row: inout RowUnderWay, _ block: inout RowBlock) -> Bool {
    var at = row.at
    var seen: UInt64 = 0
    var nulls: UInt64 = 0
    var last = 0
    let number = block.rows
    while true {
      var word = self.word(at)
      if UInt8(truncatingIfNeeded: word) <= 0x20 {
        at = behindBlanks(at)
        word = self.word(at)
      }
      var key = cells.successor(last)
      if !matches(key, at, word) {
        key = search(at, word)
        guard key >= 0 else { return false }
        block.setSuccessor(of: last, key)
      }
      last = key &+ 1
      let column = unsafe entries[key].column
      at &+= unsafe entries[key].length
      word = self.word(at)
      if UInt8(truncatingIfNeeded: word) <= 0x20 {
        at = behindBlanks(at)
        word = self.word(at)
      }
      guard column >= 0 else {
        at = pass(at)
        guard at >= 0, separator(&at) else { return finish(at, seen, nulls, &row) }
        continue
      }
      let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: column)
      guard seen & bit == 0 else { return false }
      seen |= bit
      var end = value(at, word, column, number, &block)
      if end < 0 {
        end = null(at, word, column, number)
        guard end >= 0 else { return false }
        nulls |= bit
      }
      at = end
      guard separator(&at) else { return finish(at, seen, nulls, &row) }
    }
  }

  /// True when a comma follows, which is passed; else the position is on a closing brace or below zero.
  @inline(__always)
  private func separator(_ at: inout Int) -> Bool {
    var found = byte(at)
    if found <= 0x20 {
      at = behindBlanks(at)
      found = byte(at)
    }
    if found == 0x2C {
      at &+= 1
      return true
    }
    if found != 0x7D { at = RecordKernel.notPlain }
    return false
  }

  @inline(__always)
  private func finish(_ at: Int, _ seen: UInt64, _ nulls: UInt64, _ row: inout RowUnderWay) -> Bool {
    row = RowUnderWay(at: at &+ 1, seen: seen, nulls: nulls)
    return at >= 0
  }

  /// NULLs for the columns that a record lacks, if it may.
  @inline(never)
  private func fillMissing(
    _ row: inout RowUnderWay, _ isDelete: Bool, _ plan: DirectPlan, _ number: Int
  ) -> Bool {
    let missing = plan.all & ~row.seen
    let optional = isDelete ? plan.deleteOptional : plan.insertOptional
    guard missing & ~optional == 0 else { return false }
    var left = missing
    while left != 0 {
      cells.set(left.trailingZeroBitCount, number, 0)
      left &= left &- 1
    }
    row.nulls |= missing
    return true
  }

  // MARK: Keys

  /// Whether the key of an entry stands at `at`, where `word` stands.
  @inline(__always)
  private func matches(_ key: Int, _ at: Int, _ word: UInt64) -> Bool {
    guard unsafe (word ^ entries[key].first) & entries[key].firstMask == 0 else { return false }
    guard unsafe entries[key].length > 8 else { return true }
    let second = self.word(at &+ 8)
    guard unsafe (second ^ entries[key].second) & entries[key].secondMask == 0 else { return false }
    return unsafe entries[key].length <= 16 || matchesRest(key, at)
  }

  @inline(never)
  private func matchesRest(_ key: Int, _ at: Int) -> Bool {
    let length = unsafe entries[key].length
    var offset = 16
    var place = unsafe entries[key].rest
    while offset < length {
      guard unsafe rest.indices.contains(place) else { return false }
      let difference = unsafe word(at &+ offset) ^ rest[place]
      guard difference & KeyTable.mask(length - offset) == 0 else { return false }
      offset += 8
      place += 1
    }
    return true
  }

  @inline(never)
  private func search(_ at: Int, _ word: UInt64) -> Int {
    for key in 0..<entryCount where matches(key, at, word) { return key }
    return -1
  }
}
